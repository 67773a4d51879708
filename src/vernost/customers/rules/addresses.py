"""How somebody makes sure that an address is the customer's."""

from collections.abc import Mapping
from typing import Final

from vernost.core.i18n import _

WAYS: Final[Mapping[str, str]] = {
    "call": _("by a call"),
    "code": _("by a code"),
    "person": _("in person"),
    "document": _("by a document"),
}
