"""What the journal says of roles, in words: rights by the names that it keeps, `reports.view`, `field phone`."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext

from vernost.core.i18n import _
from vernost.core.rights import Sensitive
from vernost.core.things import FIELD_TITLES, REACH_TITLES, things

_FIELD: Final = "field "
_OTHERS: Final = {"title": _("Name"), "copy_of": _("Copy of the role")}


def right_title(name: str) -> str:
    """Return the title of a right, of a field that is shown, or of what else a role has."""
    if name in _OTHERS:
        return gettext(_OTHERS[name])
    code = name.removeprefix(_FIELD)
    if name.startswith(_FIELD) and code in set(Sensitive):
        return f"{gettext('Is shown')}: {gettext(FIELD_TITLES[Sensitive(code)])}"
    for thing in things:
        if name in thing.by_right:
            return f"{gettext(thing.title)}: {gettext(thing.by_right[name].title)}"
    return name


def reaches() -> Mapping[str, Mapping[str, str]]:
    """Return the words for how far each right reaches."""
    return {right: dict(REACH_TITLES) for thing in things for right in thing.by_right}
