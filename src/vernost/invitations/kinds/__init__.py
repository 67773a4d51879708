"""Kinds of invitation programmes: a file each, which registers itself.

A kind finds pairs (car, present owner) with a due date. It names its conditions instead of only
filtering by them, so that the same expressions tell why a car is not among the pairs.
"""

from dataclasses import dataclass, field
from typing import Any

from ibis import literal, null
from ibis.expr.types import DateValue, StringValue, Table, Value

from vernost.contacts.rules import MessageClass
from vernost.core.registry import Registry
from vernost.invitations.rules.dense import Base, Found, Window
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.states import Suppression

# Named values of a reason: what stands in the card, the report and `why`.
FACTS: dict[str, str] = {
    "sold_on": "date",
    "last_visit_on": "date",
    "last_service_on": "date",
    "last_service_km": "int64",
    "service_number": "int64",
    "interval_months": "int64",
    "interval_km": "int64",
    "km_since_service": "int64",
    "mark_km": "int64",
    "rate_m_per_day": "int64",
    "last_reading_on": "date",
    "last_reading_km": "int64",
    "predicted_km": "int64",
    "by_date": "date",
    "by_km": "date",
    "binds": "string",
    "warranty_until": "date",
    "warranty_km": "int64",
    "months": "int64",
    "title": "string",
    "code": "string",
    "season": "string",
    "season_ends_on": "date",
    "order_ref": "string",
    "order_on": "date",
    "works": "string",
    "amount": "int64",
}

DUE_COLUMNS: dict[str, str] = {
    "vehicle_id": "int64",
    "customer_id": "int64",
    "due_on": "date",
    "due_from": "date",
    "due_to": "date",
    "expires_on": "date",
    "anchor": "string",
    "reason_code": "string",
    "left_out": "string",
}


@dataclass(frozen=True)
class NoParams:
    """For a kind that has nothing to set."""


class InvitationKind:
    """Subclass, fill in the class attributes and `due`, and put `@kinds.register` above.

    `Params` is stored as JSON, its fields make the form: metadata `label`, `help`, `minimum`, `maximum`.
    `reasons` maps a reason code, and `left_out` a leave-out code, to a marked text whose `%(name)s`
    are the kind's `facts`. `absent` says why a car is in no row at all.
    """

    code: str
    title: str
    about: str
    message_class: MessageClass = MessageClass.SERVICE
    lead_days: int = 0
    grace_days: int = 0
    rank: int
    standing: bool = True
    """One programme of the kind exists from the first day, switched on."""
    exempt: frozenset[Suppression] = frozenset()
    """Reasons that never hold this kind back."""
    facts: tuple[str, ...] = ()
    reasons: dict[str, str]
    left_out: dict[str, str] = {}
    absent: str
    Params: type[Any] = NoParams

    def due(self, known: Known, params: Any) -> Table:  # noqa: ANN401 - the kind's own Params
        """Return rows of `DUE_COLUMNS` and of the kind's `facts`, made by `due_rows`.

        A row with `left_out` is no pair. `expires_on` null: the programme's grace after the due date;
        `NEVER`: no end. `due_from` and `due_to` are the range of a predicted date.
        """
        raise NotImplementedError

    def dense(self, base: Base, params: Any, window: Window) -> Found | None:  # noqa: ANN401, ARG002 - as above
        """Return the candidates of the day, the same as `due` has in the window, found by compiled loops.

        None: the kind has only its definition.
        """
        return None


kinds: Registry[InvitationKind] = Registry("invitation kinds")


def discover() -> Registry[InvitationKind]:
    kinds.discover(__name__)
    return kinds


# Null where a kind does not say otherwise.
_OPTIONAL = ("due_from", "due_to", "expires_on", "left_out")


def due_rows(
    table: Table,
    kind: InvitationKind,
    *,
    due_on: DateValue,
    anchor: StringValue,
    reason_code: str | StringValue = "",
    **columns: Value | None,
) -> Table:
    """Select the columns of the contract, in its order and types.

    `columns` are optional ones of `DUE_COLUMNS` and facts; a fact not given is the column of its name.
    """
    reason = literal(reason_code or kind.code) if isinstance(reason_code, str) else reason_code
    found = {"vehicle_id": table.vehicle_id, "customer_id": table.customer_id, "due_on": due_on, "anchor": anchor}
    found |= {"reason_code": reason} | {name: null() for name in _OPTIONAL}
    found |= {name: table[name] for name in kind.facts if name not in columns} | columns
    types = DUE_COLUMNS | FACTS
    return table.select(**{name: found[name].cast(types[name]) for name in (*DUE_COLUMNS, *kind.facts)})


def number(default: int, label: str, minimum: int, maximum: int, help_text: str = "") -> int:
    """Declare a whole number of a kind's Params."""
    declared: int = field(
        default=default, metadata={"label": label, "help": help_text, "minimum": minimum, "maximum": maximum}
    )
    return declared
