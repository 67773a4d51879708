"""The journal of changes in words: what was done, and each field from what to what."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.text import Truncator
from django.utils.translation import gettext

from vernost.accounts.audit import UNDONE
from vernost.accounts.queries import ChangeRow
from vernost.core import formats
from vernost.core.actor import ROLE_TITLES
from vernost.core.formats import DASH
from vernost.core.i18n import _
from vernost.office.forms.params import scaled
from vernost.office.forms.programmes import wait_words
from vernost.office.forms.settings import SCALES
from vernost.workshop.rules import ORDER_KINDS

LONGEST = 80
BASIS_POINTS = 10_000

ACTIONS = {
    "added": _("Added"),
    "changed": _("Changed"),
    "activated": _("Switched on"),
    "deactivated": _("Switched off"),
    "password_reset": _("New temporary password"),
    "totp_reset": _("Two-step sign-in reset"),
    "day_set": _("Special day"),
    "day_dropped": _("Special day removed"),
    "bays_set": _("Bays"),
    "imported": _("Year put in from the library"),
    "verified": _("Checked against the decree"),
    "reset": _("Back to the default"),
    UNDONE: _("Change taken back"),
    "dropped": _("Removed"),
    "started": _("Started"),
    "stopped": _("Stopped"),
    "archived": _("Put into the archive"),
    "restored": _("Brought back from the archive"),
    "ordered": _("Put into another order"),
    "converted": _("Type changed"),
    "values_added": _("Values added"),
    "values_merged": _("Values merged"),
    "fields": _("Fields"),
    "file_added": _("Photo or document put in"),
    "file_removed": _("Photo or document deleted"),
}

FIELDS = {
    "username": _("Login"),
    "first_name": _("First name and patronymic"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "role": _("Role"),
    "access_role_id": _("Role of the administrator's own"),
    "all_branches": _("The whole group"),
    "branches": _("Branches"),
    "employee_id": _("Employee of the accounting system"),
    "language": _("Language"),
    "density": _("Density"),
    "single_key_shortcuts": _("Single letters and digits as shortcuts"),
    "name": _("Name"),
    "timezone": _("Time zone"),
    "brands": _("Brands"),
    "address": _("Address"),
    "phone": _("Phone"),
    "open_at": _("Opens at"),
    "close_at": _("Closes at"),
    "vat": _("Pays VAT"),
    "daily_limit": _("New invitations a day, at most"),
    "bays": _("Bays"),
    "days": _("Days"),
    "file": _("File"),
    "value": _("Value"),
    "above": _("above"),
    "rate": _("rate"),
    "cap": _("not more than"),
}

# Figures of a plan are named `<programme>/<metric>`.
_OF_A_PLAN = "/"
# Numbers that are kept in other units than people think in, by field.
NUMBERS: Mapping[str, Callable[[Any], str]] = {
    "control_share": lambda points: formats.percent(Decimal(points) / BASIS_POINTS, 2 if points % 100 else 0),
    "attempt_delays": wait_words,
    **{name: partial(scaled, scale=scale) for name, scale in SCALES.items()},
    "above": lambda figure: formats.trimmed(Decimal(figure)),
    _OF_A_PLAN: lambda figure: formats.trimmed(Decimal(figure)),
    "rate": lambda figure: formats.roubles_trimmed(Decimal(figure)),
    "cap": lambda figure: formats.roubles_trimmed(Decimal(figure)),
}

# Words for stored codes, by field.
VALUES: Mapping[str, Mapping[str, str]] = {
    "role": {role.value: title for role, title in ROLE_TITLES.items()},
    "bay": ORDER_KINDS,
}


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A change as a person reads it."""

    at: datetime
    who: str
    title: str
    lines: tuple[str, ...]


def journal(
    changes: Iterable[ChangeRow],
    *,
    titles: Mapping[str, str] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> list[JournalLine]:
    """`titles` names fields that only one page knows, `values` gives words for their codes and ids."""
    names = {**FIELDS, **(titles or {})}
    words = values or {}
    return [
        JournalLine(
            at=change.at,
            who=change.who,
            title=gettext(ACTIONS.get(change.action, change.action)),
            # What was taken back has a line of its own, with what stands there since.
            lines=tuple(
                line(_title(names, field), words, field, *both)
                for field, both in change.fields.items()
                if isinstance(both, list)
            ),
        )
        for change in changes
    ]


Codes = Mapping[str, Mapping[str, str]]


def line(title: str, codes: Codes, field: str, before: object, after: object) -> str:
    """Say what became of a field; `codes` are words for its stored values."""
    codes = {**VALUES, **codes}
    return f"{title}: {_words(codes, field, before)} → {_words(codes, field, after)}"


def _title(names: Mapping[str, str], field: str) -> str:
    """Bays and days are many."""
    if field in names:
        return gettext(names[field])
    if field.startswith("bay "):
        return gettext("Bay %(number)s") % {"number": field.removeprefix("bay ")}
    return field


def _words(codes: Codes, field: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if value is None or value in ("", [], {}):
        return DASH
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_words(codes, field, part) for part in value)
    if isinstance(value, dict):
        # The database does not keep the order in which the names were written.
        told = [*(name for name in FIELDS if name in value), *(name for name in value if name not in FIELDS)]
        titles = {name: gettext(FIELDS[name]) if name in FIELDS else name for name in told}
        return ", ".join(f"{titles[name]} {_words(codes, name, value[name])}" for name in told)
    written = NUMBERS.get(_OF_A_PLAN if _OF_A_PLAN in field else field)
    if written:
        return written(value)
    title = codes.get(field.partition(" ")[0], {}).get(str(value), "")
    return gettext(title) if title else Truncator(str(value)).chars(LONGEST)
