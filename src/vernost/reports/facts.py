"""The service funnel and the effect of programmes as Ibis expressions over fact tables."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
from ibis import _
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

FunnelBy = Literal["programme", "branch", "operator", "month"]

STAGES = ("targeted", "attempted", "reached", "booked", "arrived", "paid")
EFFECT_DAYS = 60
KEY_COLUMNS: dict[FunnelBy, str] = {
    "programme": "programme",
    "branch": "branch_id",
    "operator": "operator_id",
    "month": "month",
}


@dataclass(frozen=True, slots=True)
class FunnelTables:
    """Fact tables of the funnel: their columns are in the reference of the mirror."""

    invitations: Table
    attempts: Table
    attributions: Table
    orders: Table
    appointments: Table


def paths(tables: FunnelTables, *, start: date, end: date, as_of: date | None = None) -> Table:
    """One row an invitation whose target date is in [start, end]: how far it got and what it brought.

    Attempts, bookings, arrivals and orders up to `as_of` count, which is `end` unless given. Columns:
    invitation_id, programme, branch_id, customer_id, vehicle_id, month, operator_id, created_for, state (the
    present one), attempts, talk_seconds, furthest (0 targeted … 5 paid), revenue, margin (kopecks). The operator is
    the one of the last attempt; an invitation nobody tried has none.
    """
    known_until = as_of or end
    invitations = tables.invitations.filter(_.created_for.between(start, end))
    tried = _tried(tables.attempts, known_until)
    brought = _brought(tables, known_until)
    taken = _taken(tables.appointments, known_until)
    joined = (
        invitations.left_join(tried, "invitation_id")
        .drop("invitation_id_right")
        .left_join(brought, "invitation_id")
        .drop("invitation_id_right")
        .left_join(taken, "appointment_id")
    )
    came = joined.orders.fill_null(0) > 0
    # One that was booked again since, or given up, stands on another appointment or on none.
    booked_before = _or_false(joined.booked_on <= known_until)
    return joined.select(
        "invitation_id",
        "programme",
        "branch_id",
        "customer_id",
        "vehicle_id",
        "created_for",
        "state",
        "operator_id",
        month=joined.created_for.truncate("M").cast("date"),
        attempts=joined.tries.fill_null(0),
        talk_seconds=joined.talk_seconds.fill_null(0),
        furthest=_furthest(
            paid=joined.closed.fill_null(0) > 0,
            arrived=came | _or_false(joined.shown_up),
            booked=_or_false(joined.in_book) | booked_before,
            reached=_or_false(joined.reached),
            attempted=joined.tries.fill_null(0) > 0,
        ),
        revenue=joined.revenue.fill_null(0),
        margin=joined.margin.fill_null(0),
    )


@dataclass(frozen=True, slots=True)
class Slice:
    """What of the paths or of the control group is looked at; None is everything, the id 0 is «none»."""

    programme: str | None = None
    branch_id: int | None = None
    operator_id: int | None = None
    month: date | None = None


def sliced(rows: Table, chosen: Slice) -> Table:
    """Keep the rows of the slice; `rows` have programme, branch_id, month and, where asked for, operator_id."""
    if chosen.programme is not None:
        rows = rows.filter(rows.programme == chosen.programme)
    if chosen.branch_id is not None:
        rows = rows.filter(rows.branch_id == chosen.branch_id if chosen.branch_id else rows.branch_id.isnull())
    if chosen.operator_id is not None:
        rows = rows.filter(rows.operator_id == chosen.operator_id if chosen.operator_id else rows.operator_id.isnull())
    if chosen.month is not None:
        rows = rows.filter(rows.month == chosen.month)
    return rows


def held_out(cycles: Table, *, start: date, end: date) -> Table:
    """Return the pairs of the control group drawn in [start, end] with `month`; nobody called them."""
    kept = cycles.filter(cycles.held_out, cycles.started_on.between(start, end))
    return kept.mutate(month=kept.started_on.truncate("M").cast("date"), operator_id=ibis.null("int64"))


def _tried(attempts: Table, end: date) -> Table:
    known = attempts.filter(_.on <= end)
    last = known.mutate(
        place=ibis.row_number().over(group_by="invitation_id", order_by=[ibis.desc("on"), ibis.desc("number")])
    ).filter(_.place == 0)
    return (
        known.group_by("invitation_id")
        .aggregate(
            tries=_.count(),
            reached=_.reached.any(),
            talk_seconds=_.talk_seconds.sum(),
        )
        .join(last.select("invitation_id", operator_id=_.user_id), "invitation_id")
    )


def _taken(appointments: Table, end: date) -> Table:
    """appointment_id, in_book (it was made by the day), shown_up (the customer came to it by the day)."""
    return appointments.select(
        "appointment_id",
        in_book=_or_false(appointments.booked_on <= end),
        shown_up=(appointments.status == "arrived") & (appointments.starts_on <= end),
    )


def _brought(tables: FunnelTables, end: date) -> Table:
    closed = (tables.orders.status == "closed") & (tables.orders.closed_on <= end)
    orders = tables.orders.filter(_.opened_on <= end).mutate(
        closed=_or_false(closed).cast("int64"),
    )
    return (
        tables.attributions.join(orders, "order_id")
        .group_by("invitation_id")
        .aggregate(
            orders=_.count(),
            closed=_.closed.sum(),
            revenue=(_.revenue * _.closed).sum().cast("int64"),
            margin=(_.margin * _.closed).sum().cast("int64"),
        )
    )


def _or_false(value: BooleanValue) -> BooleanValue:
    return ibis.coalesce(value, ibis.literal(value=False))


def _furthest(**reached_at: BooleanValue) -> IntegerValue:
    depth = ibis.literal(0, type="int8")
    for stage in STAGES[1:]:
        depth = ibis.ifelse(reached_at[stage], ibis.literal(STAGES.index(stage), type="int8"), depth)
    return depth


def _sum(values: Value) -> Value:
    # The sum of no rows is 0 to a manager, null to a database.
    return values.sum().fill_null(0).cast("int64")


def funnel(rows: Table, *, by: FunnelBy | None) -> Table:
    """Count the paths at each stage, in total or for each value of `by` (column `key`)."""
    figures = {stage: _sum(rows.furthest >= place) for place, stage in enumerate(STAGES)}
    figures |= {name: _sum(rows[name]) for name in ("revenue", "margin", "attempts", "talk_seconds")}
    if by is None:
        return rows.aggregate(**figures)
    return rows.group_by(key=rows[KEY_COLUMNS[by]]).aggregate(**figures).order_by("key")


def outcomes(cycles: Table, visits: Table, *, as_of: date) -> Table:
    """One row a pair of either arm whose 60 days are over: programme, held_out, came, revenue, margin.

    Came: the vehicle has a counted visit within 60 days after the night of the decision (a pair
    without a vehicle: the customer).
    """
    window = ibis.interval(days=EFFECT_DAYS)
    ripe = cycles.filter((_.started_on + window).cast("date") <= as_of)
    known = visits.select(visitor="vehicle_id", guest="customer_id", on="on", revenue="revenue", margin="margin")
    by_vehicle = ripe.filter(_.vehicle_id.notnull()).join(known, [("vehicle_id", "visitor")])
    by_customer = ripe.filter(_.vehicle_id.isnull()).join(known, [("customer_id", "guest")])
    columns = ["cycle_id", "started_on", "on", "revenue", "margin"]
    return _arms(ripe, by_vehicle.select(columns).union(by_customer.select(columns)), window)


def _arms(ripe: Table, visited: Table, window: ibis.Value) -> Table:
    within = visited.filter(
        (visited.on >= visited.started_on) & (visited.on <= (visited.started_on + window).cast("date"))
    )
    brought = within.group_by("cycle_id").aggregate(
        revenue=_.revenue.sum().cast("int64"), margin=_.margin.sum().cast("int64"), visits=_.count()
    )
    joined = ripe.left_join(brought, "cycle_id")
    return joined.select(
        "cycle_id",
        "programme",
        "held_out",
        "branch_id",
        "started_on",
        came=joined.visits.fill_null(0) > 0,
        revenue=joined.revenue.fill_null(0),
        margin=joined.margin.fill_null(0),
    )


def operator_attempts(tables: FunnelTables, *, start: date, end: date) -> Table:
    """Return the attempts that people made on the days [start, end]."""
    return tables.attempts.filter(_.on.between(start, end), _.user_id.notnull())


def operator_bookings(tables: FunnelTables, *, start: date, end: date) -> Table:
    """Return the paths of the invitations last booked on the days [start, end]; `booker` booked it."""
    bookings = (
        tables.attempts.filter(_.on <= end, _.outcome == "booked")
        .mutate(place=ibis.row_number().over(group_by="invitation_id", order_by=[ibis.desc("on"), ibis.desc("number")]))
        .filter(_.place == 0, _.on >= start, _.user_id.notnull())
        .select("invitation_id", booker="user_id")
    )
    return bookings.join(paths(tables, start=date.min, end=end), "invitation_id")


def operators(tables: FunnelTables, *, start: date, end: date) -> Table:
    """What each operator did on the days [start, end], and what came of the visits he booked on them.

    Columns: user_id, attempts, talk_seconds, reached, booked (attempts that ended in a booking),
    arrived, paid (of the invitations he booked last on those days), revenue, margin (kopecks).
    """
    came = (
        operator_bookings(tables, start=start, end=end)
        .group_by("booker")
        .aggregate(
            arrived=(_.furthest >= STAGES.index("arrived")).sum().cast("int64"),
            paid=(_.furthest >= STAGES.index("paid")).sum().cast("int64"),
            revenue=_.revenue.sum().cast("int64"),
            margin=_.margin.sum().cast("int64"),
        )
    )
    work = (
        operator_attempts(tables, start=start, end=end)
        .group_by("user_id")
        .aggregate(
            attempts=_.count(),
            talk_seconds=_.talk_seconds.sum().cast("int64"),
            reached=_.reached.sum().cast("int64"),
            booked=(_.outcome == "booked").sum().cast("int64"),
        )
    )
    joined = work.left_join(came, [("user_id", "booker")])
    none = {figure: joined[figure].fill_null(0) for figure in ("arrived", "paid", "revenue", "margin")}
    return joined.select("user_id", "attempts", "talk_seconds", "reached", "booked", **none).order_by("user_id")
