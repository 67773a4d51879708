"""Points of risk: events after which a customer is easily lost, each with its evidence.

They belong to the present owner of the car, since he owns it; those of a car whose owner nobody knows, of an
order without a car, and an answer, to its customer. A car that is scrapped or parted with has none.
"""

from datetime import date

import ibis
from ibis.backends.duckdb import Backend
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.facts import cars, derived, due, odometer, visits
from vernost.segments.rules import days

TITLES = {
    "body_repair": _("Expensive body repair"),
    "car_age": _("The car is of an age at which it is changed"),
    "low_satisfaction": _("Low satisfaction"),
    "repair_after_warranty": _("Expensive repair after the warranty"),
    "repeat_repair": _("Repeat repair"),
    "service_book": _("The service book was taken back"),
    "valuation": _("A trade-in valuation was asked for"),
    "warranty_cases": _("Frequent warranty cases"),
    "warranty_end": _("The warranty is about to end"),
}
EVENTS = {"valuation_asked": "valuation", "service_book_returned": "service_book"}
_KOPECKS = 100
# What an event may have beside whose it is, which and when. `number`: a score, an age, a count.
_EVIDENCE = {"order_ref": "string", "before_ref": "string", "amount": "int64", "number": "int64"}


def events(
    tables: Tables,
    as_of: date,
    settings: RuleSettings,
    *,
    stand: Table | None = None,
    every: Table | None = None,
    repeats: Table | None = None,
) -> Table:
    """Return every event that is a risk on the day.

    Where it is known already: `stand` (vehicle_id, last_km, last_day, rate_m_per_day), what the odometers say;
    `every`, the rows of `every_car`; `repeats`, those of `repeated`.

    Columns: customer_id, vehicle_id (null: of no car), code, on, and the evidence: order_ref, before_ref (the order
    before), amount (kopecks), number.
    """
    every = every_car(tables, as_of) if every is None else every
    known = every.filter(every.runs, every.customer_id.notnull())
    done = orders(tables, every, as_of, settings)
    repeats = repeated(tables, done, settings) if repeats is None else repeats
    found = [
        _warranty_ends(known, as_of, settings, _odometers(tables, as_of) if stand is None else stand),
        _event(
            repeats,
            "repeat_repair",
            on=repeats.on,
            order_ref=repeats.ref,
            before_ref=repeats.before_ref,
            amount=repeats.revenue,
        ),
        _dissatisfied(tables, as_of, settings),
        _warranty_cases(tables, every, as_of, settings),
        _expensive(done, settings),
        _aged(known, as_of, settings),
        _told(tables, known, as_of, settings),
    ]
    return ibis.union(*found)


def codes(tables: Tables, found: Table) -> Table:
    """Return customer_id and risks, the sorted list of codes of the events found, of every customer."""
    found = found.select(at_risk="customer_id", code="code").distinct()
    lists = found.group_by("at_risk").aggregate(codes=found.code.collect())
    customers = tables.table("customers").select("customer_id").left_join(lists, [("customer_id", "at_risk")])
    nothing = ibis.literal([], type="array<string>")
    return customers.select("customer_id", risks=ibis.coalesce(customers.codes.sort(), nothing))


def _event(rows: Table, code: str | Value, *, on: Value, **evidence: Value) -> Table:
    given = {name: evidence.get(name, ibis.null(kind)).cast(kind) for name, kind in _EVIDENCE.items()}
    named = ibis.literal(code) if isinstance(code, str) else code
    return rows.select("customer_id", "vehicle_id", code=named, on=on, **given)


def every_car(tables: Tables, as_of: date) -> Table:
    """Return a row of every car and owner, with `runs`: neither scrapped nor parted with by its owner."""
    engine = _engine(tables)
    if engine is not None and derived.holds(engine, "cars", as_of):
        known = engine.table("cars")
    else:
        known = cars.owned(tables if engine is None else engine, as_of)
    scrapped = known.scrapped | (known.scrapped_on <= as_of).fill_null(False)  # noqa: FBT003 - Ibis
    runs = ~scrapped.fill_null(False) & ~known.ended  # noqa: FBT003 - as above
    return known.select("vehicle_id", "customer_id", "owned_from", "year", "warranty_until", "warranty_km", runs=runs)


def _engine(tables: Tables) -> Backend | None:
    """Return the DuckDB behind the tables; None where they are of another engine."""
    return tables if isinstance(tables, Backend) else getattr(tables, "con", None)


def orders(tables: Tables, every: Table, as_of: date, settings: RuleSettings) -> Table:
    """Return the counted orders that may be a risk, with whose they are (null: nobody's); not of an owner before."""
    visited = tables.table("vehicle_visits")
    return _theirs(visited.filter(visited.on <= as_of, visited.on >= days.before(as_of, settings.risk_days)), every)


def _theirs(visited: Table, every: Table) -> Table:
    """Give each order to whom its risk belongs; leave out those of an owner before."""
    owned = every.select(
        "warranty_until", "warranty_km", "runs", own_car="vehicle_id", owner="customer_id", since="owned_from"
    )
    rows = visited.left_join(owned, [("vehicle_id", "own_car")])
    rows = rows.filter(rows.runs.fill_null(True), rows.since.isnull() | (rows.on >= rows.since))  # noqa: FBT003 - Ibis
    return rows.mutate(customer_id=ibis.coalesce(rows.owner, rows.customer_id))


def _odometers(tables: Tables, as_of: date) -> Table:
    # Spark has no engine of its own here, and reads the tables themselves.
    return odometer.state(_engine(tables) or tables, as_of).select(
        "vehicle_id", "last_km", "last_day", "rate_m_per_day"
    )


def _warranty_ends(known: Table, as_of: date, settings: RuleSettings, stand: Table) -> Table:
    """As the programme of the end of warranty has it: by date or by km, whichever comes first."""
    told = known.filter(known.warranty_until.notnull() | known.warranty_km.notnull())
    rows = told.join(stand.rename(read_id="vehicle_id"), [("vehicle_id", "read_id")])
    by_km = days.on_day(
        due.mark_day(
            mark=rows.warranty_km,
            last_km=rows.last_km,
            last_day=rows.last_day,
            rate=rows.rate_m_per_day,
            as_of=as_of,
        )
    )
    ends = ibis.coalesce(ibis.least(rows.warranty_until, by_km), rows.warranty_until, by_km)
    rows = rows.mutate(ends=ends)
    soon = rows.filter(rows.ends >= as_of, rows.ends <= days.before(as_of, -settings.risk_warranty_lead_days))
    return _event(soon, "warranty_end", on=soon.ends, number=soon.warranty_km)


def repeated(tables: Tables, done: Table, settings: RuleSettings) -> Table:
    """Orders that share a category of work, or their kind, with one closed shortly before.

    Returns customer_id, vehicle_id, on, ref, before_ref (of the order before) and revenue, of `done` by `orders`.
    """
    brought = done.filter(done.vehicle_id.notnull())
    first = brought.select(
        before_id="order_id",
        before_car="vehicle_id",
        before_on="on",
        before_ref="ref",
        before_second="closed_second",
        before_km="mileage_km",
    )
    pairs = brought.join(first, [("vehicle_id", "before_car")])
    gap = days.number(pairs.opened_on) - days.number(pairs.before_on)
    later = (pairs.on > pairs.before_on) | _after_on_the_day(pairs)
    near = (pairs.mileage_km - pairs.before_km <= settings.risk_repeat_km).fill_null(True)  # noqa: FBT003 - Ibis
    pairs = pairs.filter(pairs.customer_id.notnull(), gap >= 0, gap <= settings.risk_repeat_days, later, near)
    works = _works(tables, brought)
    shared = pairs.join(works.select("work", new_id="order_id"), [("order_id", "new_id")])
    shared = shared.semi_join(works.select(old_id="order_id", old="work"), [("before_id", "old_id"), ("work", "old")])
    return shared.select("customer_id", "vehicle_id", "on", "ref", "before_ref", "revenue").distinct()


def _after_on_the_day(pairs: Table) -> BooleanValue:
    same_second = (pairs.closed_second == pairs.before_second) & (pairs.ref > pairs.before_ref)
    return (pairs.on == pairs.before_on) & ((pairs.closed_second > pairs.before_second) | same_second)


def _works(tables: Tables, brought: Table) -> Table:
    """Return order_id and work: the categories of its lines, and its kind."""
    lines = tables.table("lines")
    lines = lines.filter(~lines.declined, lines.category_key != "")
    done = lines.select("order_id", work="category_key").semi_join(brought, "order_id")
    return done.union(brought.select("order_id", work="kind")).distinct()


def _dissatisfied(tables: Tables, as_of: date, settings: RuleSettings) -> Table:
    answers = tables.table("surveys")
    low = answers.filter(
        answers.customer_id.notnull(),
        answers.on <= as_of,
        answers.on >= days.before(as_of, settings.risk_days),
        answers.score <= settings.risk_score,
    )
    answered = tables.table("orders").select(answered_id="order_id", ref="ref", vehicle_id="vehicle_id")
    low = low.left_join(answered, [("order_id", "answered_id")])
    return _event(low, "low_satisfaction", on=low.on, order_ref=low.ref, number=low.score)


def _warranty_cases(tables: Tables, every: Table, as_of: date, settings: RuleSettings) -> Table:
    came = visits.vehicle_visits(tables, as_of)
    since = days.before(as_of, settings.risk_warranty_days)
    came = _theirs(came.filter(came.kind == "warranty", came.on >= since), every)
    came = came.filter(came.customer_id.notnull())
    counted = came.group_by("customer_id", "vehicle_id").aggregate(cases=came.count(), last=came.on.max())
    many = counted.filter(counted.cases >= settings.risk_warranty_cases)
    return _event(many, "warranty_cases", on=many["last"], number=many.cases)


def _expensive(done: Table, settings: RuleSettings) -> Table:
    """Body repairs, and repairs after the end of a warranty that is known, by date or by km."""
    over = (done.on > done.warranty_until).fill_null(False) | (done.mileage_km > done.warranty_km).fill_null(False)  # noqa: FBT003 - Ibis
    body = (done.kind == "body") & (done.revenue >= _kopecks(settings.risk_body_roubles))
    repair = (done.kind == "repair") & (done.revenue >= _kopecks(settings.risk_repair_roubles)) & over
    found = done.filter(done.customer_id.notnull(), body | repair)
    code = (found.kind == "body").ifelse("body_repair", "repair_after_warranty")
    return _event(found, code, on=found.on, order_ref=found.ref, amount=found.revenue)


def _kopecks(roubles: int) -> IntegerValue:
    amount: IntegerValue = ibis.literal(roubles * _KOPECKS, "int64")
    return amount


def _aged(known: Table, as_of: date, settings: RuleSettings) -> Table:
    age = as_of.year - known.year
    old = known.filter(age >= settings.risk_age_from, age <= settings.risk_age_to)
    return _event(old, "car_age", on=ibis.literal(date(as_of.year, 1, 1)), number=as_of.year - old.year)


def _told(tables: Tables, known: Table, as_of: date, settings: RuleSettings) -> Table:
    told = tables.table("vehicle_events")
    since = days.before(as_of, settings.risk_event_days)
    told = told.filter(told.kind.isin(list(EVENTS)), told.on <= as_of, told.on >= since)
    owned = known.select("customer_id", own_car="vehicle_id", since="owned_from")
    told = told.join(owned, [("vehicle_id", "own_car")])
    told = told.filter(told.since.isnull() | (told.on >= told.since))
    code = ibis.cases(*((told.kind == kind, word) for kind, word in EVENTS.items()), else_="")
    return _event(told, code, on=told.on)
