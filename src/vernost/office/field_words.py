"""Words of the journal that only settings of fields and directories know."""

from vernost.core.actor import ROLE_TITLES
from vernost.core.i18n import _
from vernost.customers.rules.fields import KIND_TITLES

FIELD_WORDS = {
    "title": _("Name"),
    "kind": _("Type"),
    "hint": _("Hint"),
    "unit": _("Unit"),
    "least": _("At least"),
    "most": _("At most"),
    "roles": _("Who sees it"),
    "kept_apart": _("Records kept in an archived field"),
    "order": _("Their order"),
    "values": _("Values"),
    "value": _("Value"),
    "records": _("What it belongs to"),
}
KIND_WORDS = {kind.value: title for kind, title in KIND_TITLES.items()}
ROLE_WORDS = {role.value: title for role, title in ROLE_TITLES.items()}
