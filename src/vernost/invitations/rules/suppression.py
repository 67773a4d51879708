"""Who is not invited, and why: the reasons up to `outranked`, in their order, as expressions over candidates."""

from collections.abc import Sequence
from datetime import timedelta

import ibis
from ibis import _
from ibis.expr.types import Table

from vernost.invitations.rules import reach
from vernost.invitations.rules.expressions import add_days, first_that_applies, or_false, small_table
from vernost.invitations.rules.known import Known
from vernost.invitations.rules.programme import ProgrammeRule
from vernost.invitations.rules.states import Suppression

_R = Suppression

# Asked of every candidate by itself; what follows them depends on the other candidates.
OWN_REASONS = (
    _R.BLOCKED,
    _R.NOT_OWNER,
    _R.NO_CONSENT,
    _R.NO_CONTACT,
    _R.DO_NOT_DISTURB,
    _R.OPEN_APPOINTMENT,
    _R.VISITED_RECENTLY,
    _R.ALREADY_INVITED,
    _R.CONTACTED_RECENTLY,
)
# What tells one cycle of a pair from another. `seat` is the car, or the customer where there is none.
CYCLE = ("programme", "seat", "anchor", "customer_id")
CANDIDATE = ("programme", "vehicle_id", "customer_id", "due_on", "expires_on", "anchor")


def seat(table: Table) -> ibis.Value:
    return ibis.coalesce(table.vehicle_id, -table.customer_id)


def windowed(due: Table, rule: ProgrammeRule, known: Known) -> Table:
    """Add `in_window`: the pair is a candidate on the day; `expires_on` becomes the last day for certain."""
    expires_on = ibis.coalesce(due.expires_on, add_days(due.due_on, rule.grace_days))
    due = due.mutate(expires_on=expires_on)
    begun = due.due_on <= known.as_of + timedelta(days=rule.lead_days)
    return due.mutate(in_window=due.left_out.isnull() & or_false(begun) & or_false(due.expires_on >= known.as_of))


def standing(known: Known) -> Table:
    """Invitations of earlier nights that nobody had ended by the day."""
    made = known.table("invitations")
    return made.filter(made.created_for < known.as_of, made.ended_on.isnull() | (made.ended_on > known.as_of))


def settled_today(known: Known, programmes: Sequence[str], found: Table) -> Table:
    """Return those invited or held out on the day already who are not among the candidates any more."""
    pair = ("programme", "vehicle_id", "customer_id", "due_on", "anchor")
    made = known.table("invitations").filter(_.created_for == known.as_of).select(*pair)
    drawn = known.table("cycles").filter(_.started_on == known.as_of, _.held_out).select(*pair)
    today = made.union(drawn).filter(_.programme.isin(programmes))
    present = found.mutate(seat=seat(found)).select(*CYCLE)
    gone = today.mutate(seat=seat(today)).anti_join(present, list(CYCLE))
    return gone.mutate(expires_on=ibis.null("date")).select(*CANDIDATE)


OTHER_BRANCH = "other_branch"
OTHER_SEGMENT = "other_segment"


def of_branches(due: Table, rule: ProgrammeRule, known: Known) -> Table:
    """Leave out the pairs of branches that the programme does not work for."""
    if not rule.branch_ids:
        return due
    cars = known.pairs.filter(_.branch_id.isin(sorted(rule.branch_ids))).select(branch_car="vehicle_id")
    due = due.left_join(cars, [("vehicle_id", "branch_car")])
    elsewhere = due.branch_car.isnull().ifelse(OTHER_BRANCH, ibis.null("string"))
    return due.mutate(left_out=ibis.coalesce(due.left_out, elsewhere)).drop("branch_car")


def of_segment(due: Table, people: Table) -> Table:
    """Leave out the pairs whose owner is not among the people (customer_id) that the programme is for."""
    due = due.left_join(people.select(member_id="customer_id"), [("customer_id", "member_id")])
    outside = due.member_id.isnull().ifelse(OTHER_SEGMENT, ibis.null("string"))
    return due.mutate(left_out=ibis.coalesce(due.left_out, outside)).drop("member_id")


def programme_table(rules: Sequence[ProgrammeRule], exempt: dict[str, frozenset[Suppression]]) -> Table:
    """Return the programmes as a small table: what the reasons have to know of them. `exempt` is by kind."""
    rows = [
        {
            "programme": rule.code,
            "rank": rule.rank,
            "place": place,
            "advertising": rule.message_class == "advertising",
            "is_recall": rule.message_class == "recall",
            "control_share": rule.control_share,
            **{f"uses_{channel}": channel in rule.channels for channel in reach.CHANNELS},
            **{f"exempt_{reason}": reason in exempt[rule.kind] for reason in Suppression},
        }
        for place, rule in enumerate(rules)
    ]
    types = {"programme": "string", "rank": "int64", "place": "int32", "control_share": "int32"}
    columns = ["programme", "rank", "place", "advertising", "is_recall", "control_share"]
    columns += [f"uses_{channel}" for channel in reach.CHANNELS] + [f"exempt_{reason}" for reason in Suppression]
    return small_table(rows, {name: types.get(name, "boolean") for name in columns})


def judged(candidates: Table, programmes: Table, known: Known) -> Table:
    """Add to the candidates what the day knows of each.

    `reason` (null: none of `OWN_REASONS`), invited_today; drawn_held_out, drawn_today and bucket (null
    where the cycle was never drawn); branch_id, customer_ref, zone; the programme's columns.
    """
    rows = candidates.mutate(seat=seat(candidates))
    people = known.keep("people", lambda: _people(candidates, known))
    cars = known.keep("cars", lambda: _cars(candidates, known))
    told = known.keep("history", lambda: history(rows, known))
    rows = rows.join(programmes, "programme")
    rows = rows.left_join(people, [("customer_id", "person_id")])
    rows = rows.left_join(cars, [("vehicle_id", "car_id")])
    rows = _for_companies(rows, known)
    rows = joined(rows, told, CYCLE)
    rows = rows.mutate(
        not_owner=rows.vehicle_id.notnull() & ~or_false((rows.owner_id == rows.customer_id) & ~rows.ended),
        open_appointment=or_false(rows.car_booked) | or_false(rows.person_booked),
        visited_recently=or_false(rows.car_visited),
        already_invited=or_false(rows.invited_before),
        invited_today=or_false(rows.invited_today),
        **reach.refusals(rows),
    )
    cases = [(rows[reason.value] & ~rows[f"exempt_{reason}"], reason.value) for reason in OWN_REASONS]
    return rows.select(
        *candidates.columns,
        "seat",
        "rank",
        "place",
        "is_recall",
        "control_share",
        "exempt_over_capacity",
        "exempt_held_out",
        "branch_id",
        "customer_ref",
        "zone",
        "invited_today",
        "drawn_held_out",
        "drawn_today",
        "cycle_id",
        "bucket",
        reason=first_that_applies(cases),
    )


def ranked(rows: Table) -> Table:
    """Give each car to one programme: add `settled` and `takes`, and `outranked` to the reasons.

    Of the candidates that no reason holds back the first by rank, due date and anchor takes the car.
    Who was invited or drawn today (`settled`) has it already.
    """
    settled = rows.invited_today | or_false(rows.drawn_today)
    open_to_all = rows.reason.isnull() | settled
    place = ibis.row_number().over(
        group_by=[rows.seat, open_to_all],
        order_by=[ibis.desc(settled), rows.rank, rows.place, rows.due_on, rows.anchor, rows.customer_id],
    )
    rows = rows.mutate(settled=settled, takes=open_to_all & (place == 0))
    outranked = rows.reason.isnull() & ~rows.takes & ~rows.settled
    return rows.mutate(
        takes=rows.takes | rows.settled,
        reason=outranked.ifelse(_R.OUTRANKED.value, rows.settled.ifelse(ibis.null("string"), rows.reason)),
    )


def _people(candidates: Table, known: Known) -> Table:
    """person_id, customer_ref, zone, blocked, contacted_recently, person_booked and the columns of `reach`."""
    asked = candidates.select("customer_id").distinct()
    people = known.customers.semi_join(asked, "customer_id")
    people = people.rename(person_id="customer_id", customer_ref="ref", zone="timezone")
    people = people.left_join(reach.tired(known), [("person_id", "tired_id")])
    people = people.left_join(appointments(known)[1], [("person_id", "booked_person")])
    return people.mutate(
        contacted_recently=people.tired_id.notnull(), person_booked=people.booked_person.notnull()
    ).drop("tired_id", "booked_person")


def _cars(candidates: Table, known: Known) -> Table:
    """car_id, owner_id, ended, branch_id, company_id, car_booked and car_visited."""
    asked = candidates.select("vehicle_id").distinct()
    cars = known.pairs.semi_join(asked, "vehicle_id")
    cars = cars.left_join(appointments(known)[0], [("vehicle_id", "booked_car")])
    branches = known.table("branches").select("company_id", company_branch="branch_id")
    cars = cars.left_join(branches, [("branch_id", "company_branch")])
    since = known.days_ago(known.settings.visited_recently_days)
    return cars.select(
        "branch_id",
        "company_id",
        "ended",
        car_id="vehicle_id",
        owner_id="customer_id",
        car_booked=cars.booked_car.notnull(),
        car_visited=or_false(cars.last_visit_on >= since),
    )


def _for_companies(rows: Table, known: Known) -> Table:
    """Let the consents be those to the company of the car's branch, of who has said something to it alone."""
    said = reach.company_consents(known, known.as_of)
    names = {f"to_company_{name}": name for name in reach.CONSENTS}
    said = said.rename(told_id="customer_id", told_company="company_id", **names)
    rows = rows.left_join(said, [("customer_id", "told_id"), ("company_id", "told_company")])
    return rows.mutate(
        **{name: rows.told_id.notnull().ifelse(rows[to_company], rows[name]) for to_company, name in names.items()}
    )


def history(rows: Table, known: Known, *carry: str) -> Table:
    """Of the cycles of `rows` that have one: invited_before, invited_today, what was drawn, and columns to carry.

    The invitation of an owner before is in the way only while it stands.
    """
    made = known.table("invitations").filter(_.created_for <= known.as_of)
    made = made.mutate(seat=seat(made), before=made.created_for < known.as_of)
    stands = standing(known).mutate(seat=seat)
    stands = stands.select(*CYCLE[:3]).distinct().mutate(stands=True)
    own = made.group_by(*CYCLE).aggregate(own_before=made.before.any(), invited_today=(~made.before).any())
    cycles = known.table("cycles").filter(_.started_on <= known.as_of)
    drawn = cycles.mutate(seat=seat(cycles)).select(
        *CYCLE,
        "cycle_id",
        "bucket",
        drawn_held_out=cycles.held_out,
        drawn_today=cycles.held_out & (cycles.started_on == known.as_of),
    )
    found = rows.select(*CYCLE, *carry)
    found = joined(found, own, CYCLE)
    found = joined(found, stands, CYCLE[:3])
    found = joined(found, drawn, CYCLE)
    found = found.mutate(invited_before=or_false(found.own_before) | or_false(found.stands))
    told = found.invited_before | found.invited_today.notnull() | found.bucket.notnull()
    return found.filter(told).drop("own_before", "stands")


def appointments(known: Known) -> tuple[Table, Table]:
    """Return booked_car and booked_person: appointments to come, and cars that are in the workshop."""
    booked = known.table("appointments")
    booked = booked.filter(
        booked.status.isin(["booked", "confirmed"]),
        booked.starts_on >= known.as_of,
        booked.booked_on.isnull() | (booked.booked_on <= known.as_of),
    )
    orders = known.table("orders")
    inside = orders.filter(
        orders.opened_on.between(known.days_ago(OPEN_ORDER_DAYS), known.as_of),
        (orders.status == "open") | ((orders.status == "closed") & (orders.closed_on > known.as_of)),
    )
    cars = booked.select(booked_car="vehicle_id").union(inside.select(booked_car="vehicle_id"))
    people = booked.filter(booked.vehicle_id.isnull()).select(booked_person="customer_id")
    return cars.filter(_.booked_car.notnull()).distinct(), people.filter(_.booked_person.notnull()).distinct()


def joined(rows: Table, facts: Table, keys: Sequence[str]) -> Table:
    others = {f"other_{key}": key for key in keys}
    return rows.left_join(facts.rename(others), [(key, other) for other, key in others.items()]).drop(*others)


# An order that has stood open for longer was forgotten, not worked on.
OPEN_ORDER_DAYS = 30
