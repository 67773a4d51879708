"""What is written on the customer's card."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments.attributes import Attribute, Known, Rows, attributes
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value


def _of_card(value: "Callable[[Table, Known], Value]") -> Rows:
    def rows(known: Known, _condition: Condition) -> "Table":
        card = known.table("customers")
        return card.select("customer_id", value=value(card, known))

    return rows


def _blocked(card: "Table", known: Known) -> "Value":
    from vernost.segments.rules import lifecycle  # noqa: PLC0415 - a list of attributes must not wait for Ibis

    return lifecycle.blocked(card, known.as_of)


def _addresses(kind: str, value: "Callable[[Table], Value]") -> Rows:
    """Of those that no call had found wrong by the day."""

    def rows(known: Known, _condition: Condition) -> "Table":
        found = known.table("addresses")
        usable = found.invalid_on.isnull() | (found.invalid_on > known.as_of)
        found = found.filter(found.kind == kind, usable)
        return found.group_by("customer_id").aggregate(value=value(found))

    return rows


def _advisor_branch(known: Known, _condition: Condition) -> "Table":
    card, branches = known.table("customers"), known.table("branches")
    return card.join(branches, card.advisor_branch_id == branches.branch_id).select("customer_id", value=branches.ref)


_CHOICE, _DAY, _FLAG, _NUMBER = Type.CHOICE, Type.DAY, Type.FLAG, Type.NUMBER

for _code, _title, _type, _choices, _value in (
    ("customer_kind", _("Person or company"), _CHOICE, "customer_kinds", lambda card, _: card.kind),
    ("city", _("City"), _CHOICE, "cities", lambda card, _: card.city.nullif("")),
    ("timezone", _("Time zone"), _CHOICE, "timezones", lambda card, _: card.timezone.nullif("")),
    ("created_on", _("Card was made on"), _DAY, "", lambda card, _: card.created_on),
    ("blocked", _("Is blocked"), _FLAG, "", _blocked),
    ("blocked_on", _("Was blocked on"), _DAY, "", lambda card, _: card.blocked_on),
):
    attributes.add(
        Attribute(code=_code, title=_title, group="customer", type=_type, choices=_choices, rows=_of_card(_value))
    )

for _code, _title, _kind in (
    ("has_phone", _("Has a telephone"), "phone"),
    ("has_email", _("Has an e-mail address"), "email"),
    ("has_messenger", _("Has a messenger"), "messenger"),
):
    attributes.add(
        Attribute(
            code=_code,
            title=_title,
            group="customer",
            type=_FLAG,
            rows=_addresses(_kind, lambda found: found.count() > 0),
            absent=False,
        )
    )

attributes.add(
    Attribute(
        code="phones",
        title=_("Number of telephones"),
        group="customer",
        type=_NUMBER,
        rows=_addresses("phone", lambda found: found.count()),
        absent=0,
    )
)

attributes.add(
    Attribute(
        code="advisor_branch",
        title=_("Branch of the customer's advisor"),
        group="customer",
        type=Type.CHOICE,
        choices="branches",
        rows=_advisor_branch,
    )
)
