"""What programmes did with the customer: invitations, attempts, control groups, visits that came of them."""

from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments.attributes import Attribute, Known, Option, attributes
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from ibis.expr.types import Table

OPTIONS = {"programme": Option(_("of the programme"), "programmes")}
# Nobody waits for the customer any more.
_ENDED = (
    "declined",
    "unreachable",
    "wrong_number",
    "do_not_call",
    "not_owner",
    "served_elsewhere",
    "expired",
    "cancelled",
    "paid",
)


def _made(known: Known, condition: Condition, table: str = "invitations", day: str = "created_for") -> "Table":
    rows = known.table(table)
    rows = rows.filter(rows.customer_id.notnull(), rows[day].between(*condition.within.days(known.as_of)))
    if chosen := condition.option("programme"):
        rows = rows.filter(rows.programme.isin(chosen))
    return rows


def _count(known: Known, condition: Condition) -> "Table":
    made = _made(known, condition)
    return made.group_by("customer_id").aggregate(value=made.count())


def _last(known: Known, condition: Condition) -> "Table":
    made = _made(known, condition)
    return made.group_by("customer_id").aggregate(value=made.created_for.max())


def _open(known: Known, condition: Condition) -> "Table":
    """Programmes that wait for the customer: invited up to the day and not ended by then."""
    states = _states(known)
    waits = _made(known, condition).anti_join(states.filter(states.value.isin(_ENDED)), "invitation_id")
    return waits.select("customer_id", value="programme").distinct()


def _outcomes(known: Known, condition: Condition) -> "Table":
    made = _made(known, condition).select("invitation_id", "customer_id")
    return made.join(_states(known), "invitation_id").select("customer_id", "value").distinct()


def _states(known: Known) -> "Table":
    """Return invitation_id and value: what had become of it by the end of the day."""
    states = known.table("invitation_states")
    states = states.filter(states.since <= known.as_of, states.until.isnull() | (states.until > known.as_of))
    return states.select("invitation_id", value="state")


def _held_out(known: Known, condition: Condition) -> "Table":
    cycles = _made(known, condition, "cycles", "started_on")
    return cycles.filter(cycles.held_out).select("customer_id", value="programme").distinct()


def _attempts(known: Known, condition: Condition) -> "Table":
    attempts, invited = known.table("attempts"), known.table("invitations")
    if chosen := condition.option("programme"):
        invited = invited.filter(invited.programme.isin(chosen))
    attempts = attempts.filter(attempts.on.between(*condition.within.days(known.as_of)))
    made = attempts.join(invited.select("invitation_id", "customer_id"), "invitation_id")
    made = made.filter(made.customer_id.notnull())
    return made.group_by("customer_id").aggregate(value=made.count())


def _brought(known: Known, condition: Condition) -> "Table":
    """Revenue of the orders that are the result of an invitation."""
    results, invited, orders = (known.table(name) for name in ("attributions", "invitations", "visits"))
    if chosen := condition.option("programme"):
        invited = invited.filter(invited.programme.isin(chosen))
    orders = orders.filter(orders.on.between(*condition.within.days(known.as_of)))
    made = results.join(invited.select("invitation_id", "customer_id"), "invitation_id")
    made = made.join(orders.select("order_id", "revenue"), "order_id")
    made = made.filter(made.customer_id.notnull())
    return made.group_by("customer_id").aggregate(value=made.revenue.sum().cast("int64"))


for _code, _title, _type, _absent, _rows, _choices, _many in (
    ("invitations", _("Invitations"), Type.NUMBER, 0, _count, "", False),
    ("last_invited_on", _("Invited last on"), Type.DAY, None, _last, "", False),
    ("open_invitation", _("Is invited now by"), Type.CHOICE, None, _open, "programmes", True),
    ("invitation_outcome", _("Outcome of an invitation"), Type.CHOICE, None, _outcomes, "invitation_states", True),
    ("held_out", _("In the control group of"), Type.CHOICE, None, _held_out, "programmes", True),
    ("attempts", _("Attempts to reach"), Type.NUMBER, 0, _attempts, "", False),
    ("brought_by_invitations", _("Revenue that invitations brought"), Type.MONEY, 0, _brought, "", False),
):
    attributes.add(
        Attribute(
            code=_code,
            title=_title,
            group="invitations",
            type=_type,
            rows=_rows,
            absent=_absent,
            choices=_choices,
            many=_many,
            dated=True,
            options={} if _choices == "programmes" else OPTIONS,
        )
    )
