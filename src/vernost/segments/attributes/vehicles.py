"""Cars that the customer owns on the day: not scrapped, not traded in, not told to be sold."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vernost.core.i18n import _
from vernost.segments.attributes import Attribute, Known, Rows, attributes
from vernost.segments.rules.tree import Condition
from vernost.segments.rules.values import Type

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value


def own_cars(known: Known) -> "Table":
    """Return a row for each car and its owner: customer_id, owned_from and the columns of `vehicles`."""
    from vernost.facts import cars  # noqa: PLC0415 - a list of attributes must not wait for Ibis

    vehicles = known.table("vehicles")
    # Said without a day, it holds on every day, whatever the events say.
    standing = vehicles.filter(
        vehicles.scrapped.isnull() | ~vehicles.scrapped,
        vehicles.scrapped_on.isnull() | (vehicles.scrapped_on > known.as_of),
    )
    owned = cars.owners(known.tables, known.as_of)
    owned = owned.anti_join(_sold(known, owned), ["vehicle_id", "customer_id"])
    return owned.join(standing, "vehicle_id")


def _sold(known: Known, owned: "Table") -> "Table":
    """vehicle_id, customer_id of cars that their owner has parted with, though no new owner is known."""
    deals, told, events = (known.table(name) for name in ("deals", "interactions", "vehicle_events"))
    traded = deals.filter(deals.status == "won", deals.kind == "trade_in", deals.customer_id.notnull())
    by_owner = traded.select("vehicle_id", "customer_id", on="closed_on").join(owned, ["vehicle_id", "customer_id"])
    words = told.filter(told.outcome == "car_sold", told.vehicle_id.notnull()).select("vehicle_id", "on")
    words = words.union(events.filter(events.kind == "car_sold").select("vehicle_id", "on"))
    by_word = words.join(owned, "vehicle_id")
    columns = ("vehicle_id", "customer_id", "on", "owned_from")
    ends = by_owner.select(*columns).union(by_word.select(*columns))
    ends = ends.filter(ends.on <= known.as_of, ends.owned_from.isnull() | (ends.on >= ends.owned_from))
    return ends.select("vehicle_id", "customer_id").distinct()


def _of_car(value: "Callable[[Table, Known], Value]") -> Rows:
    def rows(known: Known, _condition: Condition) -> "Table":
        cars = own_cars(known)
        return cars.select("customer_id", value=value(cars, known))

    return rows


def _age(cars: "Table", known: Known) -> "Value":
    return (known.as_of.year - cars.year).cast("int64")


_CHOICE, _DAY, _FLAG, _NUMBER = Type.CHOICE, Type.DAY, Type.FLAG, Type.NUMBER

for _code, _title, _type, _choices, _unit, _value in (
    ("car_make", _("Make of a car"), _CHOICE, "makes", "", lambda cars, _: cars.make_key),
    ("car_model", _("Model of a car"), _CHOICE, "models", "", lambda cars, _: cars.model_key),
    ("car_engine", _("Engine of a car"), _CHOICE, "engines", "", lambda cars, _: cars.engine_key.nullif("")),
    ("car_year", _("Model year of a car"), _NUMBER, "", "", lambda cars, _: cars.year.cast("int64")),
    ("car_age", _("Age of a car"), _NUMBER, "", _("years"), _age),
    ("car_sold_by_us", _("A car was sold by us"), _FLAG, "", "", lambda cars, _: cars.sold_by_us),
    ("car_sold_on", _("A car was sold on"), _DAY, "", "", lambda cars, _: cars.sold_on),
    ("car_owned_from", _("Owns a car since"), _DAY, "", "", lambda cars, _: cars.owned_from),
    ("warranty_until", _("Warranty of a car ends on"), _DAY, "", "", lambda cars, _: cars.warranty_until),
    (
        "warranty_km",
        _("Warranty of a car ends at"),
        _NUMBER,
        "",
        _("km"),
        lambda cars, _: cars.warranty_km.cast("int64"),
    ),
):
    attributes.add(
        Attribute(
            code=_code,
            title=_title,
            group="vehicle",
            type=_type,
            choices=_choices,
            unit=_unit,
            many=True,
            rows=_of_car(_value),
        )
    )


def _cars(known: Known, _condition: Condition) -> "Table":
    cars = own_cars(known)
    return cars.group_by("customer_id").aggregate(value=cars.vehicle_id.nunique())


def _branches(known: Known, _condition: Condition) -> "Table":
    # A car has a `ref` of its own.
    branches = known.table("branches").select("branch_id", value="ref")
    return own_cars(known).join(branches, "branch_id").select("customer_id", "value")


def _mileage(known: Known, _condition: Condition) -> "Table":
    """Kilometres of the latest accepted reading of each car, as the readings were judged on the day."""
    from vernost.facts import odometer  # noqa: PLC0415 - a list of attributes must not wait for Ibis

    latest = odometer.last_readings(known, known.as_of).select("vehicle_id", value="last_km")
    return own_cars(known).join(latest, "vehicle_id").select("customer_id", "value")


def _car_away(known: Known, _condition: Condition) -> "Table":
    """The last day on which each car was here, whoever brought it."""
    visits = known.table("vehicle_visits")
    visits = visits.filter(visits.vehicle_id.notnull(), visits.on <= known.as_of)
    latest = visits.group_by("vehicle_id").aggregate(value=visits.on.max())
    return own_cars(known).join(latest, "vehicle_id").select("customer_id", "value")


def _recalls(known: Known, _condition: Condition) -> "Table":
    """Codes of the makers' campaigns that are open for a car."""
    recalls = known.table("recalls")
    due = recalls.filter(
        recalls.starts_on <= known.as_of,
        recalls.closes_on.isnull() | (recalls.closes_on >= known.as_of),
        recalls.done_on.isnull() | (recalls.done_on > known.as_of),
        recalls.vin != "",
    ).select("vin", value="code")
    return own_cars(known).join(due, "vin").select("customer_id", "value")


def _events(known: Known, condition: Condition) -> "Table":
    events = known.table("vehicle_events")
    events = events.filter(events.on.between(*condition.within.days(known.as_of)))
    return own_cars(known).join(events.select("vehicle_id", value="kind"), "vehicle_id").select("customer_id", "value")


def _put_off(known: Known, condition: Condition) -> "Table":
    """Works that the customer put off and that are not done on the day."""
    works = known.table("put_off")
    works = works.filter(
        works.on.between(*condition.within.days(known.as_of)),
        works.settled_since.isnull() | (works.settled_since > known.as_of),
    )
    return own_cars(known).join(works.select("vehicle_id", "amount"), "vehicle_id")


def _put_off_works(known: Known, condition: Condition) -> "Table":
    works = _put_off(known, condition)
    return works.group_by("customer_id").aggregate(value=works.count())


def _put_off_amount(known: Known, condition: Condition) -> "Table":
    works = _put_off(known, condition)
    return works.group_by("customer_id").aggregate(value=works.amount.sum().cast("int64"))


for _one in (
    Attribute(code="cars", title=_("Number of cars"), group="vehicle", type=Type.NUMBER, rows=_cars, absent=0),
    Attribute(
        code="car_branch",
        title=_("Branch of a car"),
        group="vehicle",
        type=Type.CHOICE,
        choices="branches",
        rows=_branches,
        many=True,
    ),
    Attribute(
        code="mileage",
        title=_("Mileage of a car"),
        group="vehicle",
        type=Type.NUMBER,
        unit=_("km"),
        rows=_mileage,
        many=True,
    ),
    Attribute(
        code="car_last_visit_on",
        title=_("A car was here last on"),
        group="vehicle",
        type=Type.DAY,
        rows=_car_away,
        many=True,
    ),
    Attribute(
        code="open_recall",
        title=_("A car is in a recall"),
        group="vehicle",
        type=Type.CHOICE,
        choices="recalls",
        rows=_recalls,
        many=True,
    ),
    Attribute(
        code="vehicle_event",
        title=_("Event of a car"),
        group="vehicle",
        type=Type.CHOICE,
        choices="vehicle_events",
        rows=_events,
        many=True,
        dated=True,
    ),
    Attribute(
        code="put_off_works",
        title=_("Works put off"),
        group="vehicle",
        type=Type.NUMBER,
        rows=_put_off_works,
        absent=0,
        dated=True,
    ),
    Attribute(
        code="put_off_amount",
        title=_("Sum of works put off"),
        group="vehicle",
        type=Type.MONEY,
        rows=_put_off_amount,
        absent=0,
        dated=True,
    ),
):
    attributes.add(_one)
