"""The classes of who makes the money, and what customers of class A and the others are like."""

from ibis.expr.types import Table

from vernost.facts import cars
from vernost.reports.queries.analytics.look import Base
from vernost.segments.rules import abc, lifecycle, rfm, sources

# Those of `described` that a customer has or has not.
TRAITS = ("companies", "loyal", "bought", "cars")


def classed(base: Base, unit: str = "customer", measure: abc.Measure = "revenue") -> Table:
    """Return id, value and abc of the look's customers or cars."""
    by: abc.AbcBy = "vehicle" if unit == "vehicle" else "customer"
    values = abc.values(base.asked, base.look.as_of, base.settings, by=by, measure=measure)
    rows = abc.classes(values, base.settings).select("id", "value", "abc")
    return base.asked.only(rows, "id") if unit == "customer" else rows


def described(base: Base, measure: abc.Measure) -> Table:
    """Return id, best (of class A), visits, revenue (kopecks) and the traits of who came in the window of RFM."""
    asked, as_of = base.asked, base.look.as_of
    classes = classed(base, "customer", measure)
    rows = classes.select("id", best=classes.abc == "A")
    came = rfm.figures(asked, as_of, base.settings).select(
        came_id="customer_id", visits="frequency", revenue="monetary"
    )
    rows = rows.join(came, [("id", "came_id")])
    people = asked.table("customers")
    kinds = people.select(kind_id="customer_id", companies=people.kind == "company")
    states = lifecycle.states(asked, as_of, base.settings)
    loyal = states.select(state_id="customer_id", loyal=states.state == lifecycle.LOYAL)
    first = sources.first_contacts(asked, as_of).select(first_id="customer_id", bought="bought")
    rows = rows.join(kinds, [("id", "kind_id")]).join(loyal, [("id", "state_id")]).join(first, [("id", "first_id")])
    owners = owned(base)
    many = owners.group_by(many_id="owner_id").aggregate(number=owners.count())
    rows = rows.left_join(many, [("id", "many_id")])
    cars_of = (rows.number >= 2).fill_null(False)  # noqa: FBT003, PLR2004 - Ibis; two and more
    return rows.select("id", "best", "visits", "revenue", "companies", "loyal", "bought", cars=cars_of)


def owned(base: Base) -> Table:
    """Return owner_id and make of each car with an owner."""
    known = base.asked.table("vehicles").select(car_id="vehicle_id", make="make")
    owners = cars.owners(base.asked, base.look.as_of).select("vehicle_id", owner_id="customer_id")
    return owners.join(known, [("vehicle_id", "car_id")]).select("owner_id", "make")


def owning(base: Base, rows: Table, make: str) -> Table:
    """Leave the rows of who owns a car of the make."""
    cars_of = owned(base)
    return rows.semi_join(cars_of.filter(cars_of.make == make), [("id", "owner_id")])
