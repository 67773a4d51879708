"""Price tests as pages show them: both arms, what the price did, the people and the orders behind each figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from vernost.accounts.queries import branches_visible_to
from vernost.core.actor import Actor
from vernost.customers.models import Customer
from vernost.reports.asked import Asked
from vernost.reports.catalogue.price_test import cohort, folded, samples
from vernost.reports.models import PriceTest
from vernost.reports.queries.analytics.look import Base, Look
from vernost.reports.queries.source import open_source
from vernost.reports.rules import price_test as rules
from vernost.reports.rules.figures import Interval
from vernost.reports.rules.price_test import CONTROL, FIGURES, TEST, Draw, Effect, Sample, Trial, Verdict
from vernost.workshop.models import RepairOrder

if TYPE_CHECKING:
    from ibis.expr.types import Table

ARMS = (TEST, CONTROL)


def visible_to(actor: Actor) -> QuerySet[PriceTest]:
    """Return the tests all of whose branches the actor sees."""
    tests = PriceTest.objects.order_by("-starts_on", "-pk")
    if actor.branch_ids is None:
        return tests
    unseen = Q(test_branches__isnull=False) & ~Q(test_branches__in=actor.branch_ids)
    others = Q(control_branches__isnull=False) & ~Q(control_branches__in=actor.branch_ids)
    hidden = PriceTest.objects.filter(unseen | others)
    return tests.exclude(pk__in=hidden.values("pk"))


def one(actor: Actor, test_id: int) -> PriceTest:
    return visible_to(actor).select_related("owner").prefetch_related(*_ARM_FIELDS).get(pk=test_id)


_ARM_FIELDS = ("test_branches", "control_branches")


def every(actor: Actor) -> list[PriceTest]:
    return list(visible_to(actor).select_related("owner").prefetch_related(*_ARM_FIELDS))


def arm_names(test: PriceTest, actor: Actor) -> dict[str, list[str]]:
    """Return the names of the branches of each arm."""
    names = dict(branches_visible_to(actor).values_list("pk", "name"))
    ids = {TEST: test.test_branches.all(), CONTROL: test.control_branches.all()}
    return {arm: sorted(names.get(branch.pk, "") for branch in branches) for arm, branches in ids.items()}


def trial_of(test: PriceTest) -> Trial:
    return Trial(
        code=str(test.pk),
        start=test.starts_on,
        end=test.ends_on,
        draw=Draw(test.draw),
        test_branches=frozenset(branch.pk for branch in test.test_branches.all()),
        control_branches=frozenset(branch.pk for branch in test.control_branches.all()),
        share=test.share,
        make=folded(test.make),
        model=folded(test.model),
        age_from=test.age_from,
        age_to=test.age_to,
    )


@dataclass(frozen=True, slots=True)
class Arm:
    """A sample without its customers: small enough to be kept. `totals` are by figure, now and (True) a year before."""

    customers: int
    cars: int
    came: int
    price: float | None
    totals: Mapping[tuple[str, bool], int]

    def total(self, figure: str, *, before: bool = False) -> int:
        return self.totals[figure, before]

    def a_car(self, figure: str, *, before: bool = False) -> float | None:
        return self.totals[figure, before] / self.cars if self.cars else None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the data say. Figures of a car: visits, hundredths of hours, kopecks."""

    arms: Mapping[str, Arm]
    effects: Mapping[str, Effect]
    """Empty where there is not enough data."""
    elasticity: Interval | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Result:
    """What a test has shown by a day."""

    refreshed_at: datetime
    as_of: date
    period: tuple[date, date]
    period_before: tuple[date, date]
    judged: Judged
    compares_with_before: bool

    @property
    def has_begun(self) -> bool:
        return self.period[1] >= self.period[0]


def result(actor: Actor, test: PriceTest, *, as_of: date) -> Result:
    """Judge a test by the end of a day, or raise `mirror.MirrorMissing`."""
    trial = trial_of(test)
    base = Base(actor, Look(as_of, test.starts_on, segment=test.segment_code or None))
    prices = (test.price_before, test.price_trial, test.guardrail)
    return Result(
        refreshed_at=base.refreshed_at,
        as_of=as_of,
        period=trial.period(as_of),
        period_before=trial.period_before(as_of),
        judged=base.kept("price-test", lambda: _judged(base.asked, test, trial), trial, prices),
        compares_with_before=trial.compares_with_before,
    )


def _judged(asked: Asked, test: PriceTest, trial: Trial) -> Judged:
    arms, differenced = samples(asked, trial), trial.compares_with_before
    first, second = arms[TEST], arms[CONTROL]
    effects: dict[str, Effect] = {}
    slope = None
    if rules.enough_data(first, second):
        effects = {figure: rules.effect(first, second, figure, compares_with_before=differenced) for figure in FIGURES}
        slope = rules.elasticity(
            first, second, before=test.price_before, trial=test.price_trial, compares_with_before=differenced
        )
    return Judged(
        arms={arm: _arm(sample) for arm, sample in arms.items()},
        effects=effects,
        elasticity=slope,
        verdict=rules.verdict(first, second, effects.get("margin"), guardrail=test.guardrail),
    )


def _arm(sample: Sample) -> Arm:
    totals = {(figure, before): sample.total(figure, before=before) for figure in FIGURES for before in (False, True)}
    return Arm(sample.customers, int(sample.cars.sum()), sample.came, sample.price, totals)


@dataclass(frozen=True, slots=True)
class ArmLook:
    """An arm of a test at a day, in the period of the test or in the one before; `came`: only who did."""

    arm: str
    as_of: date
    before: bool = False
    came: bool = False


@dataclass(frozen=True, slots=True)
class ArmPerson:
    """Money in roubles, hours in hours; `place` is the key of the list, `ref` the id of the source."""

    place: int
    ref: str
    customer: str
    cars: int
    visits: int
    labour_hours: Decimal
    revenue: Decimal
    margin: Decimal


@dataclass(frozen=True, slots=True)
class ArmOrder:
    """As `ArmPerson`; `on` is the day it was closed."""

    place: int
    order: str
    on: date
    customer_id: int | None
    customer: str
    car: str
    plate: str
    branch: str
    kind: str
    labour_hours: Decimal
    revenue: Decimal
    margin: Decimal


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list and the sums of the whole of it, which are those of the figure that opened it."""

    rows: Sequence[Any]
    count: int
    sums: Mapping[str, Decimal]


def _asked(actor: Actor, test: PriceTest, look: ArmLook) -> tuple[Asked, "Table", tuple[date, date]]:
    trial = trial_of(test)
    asked = Asked(open_source().con, actor, look.as_of, test.segment_code or None)
    cars = cohort(asked, trial)
    days = trial.period_before(look.as_of) if look.before else trial.period(look.as_of)
    return asked, cars.filter(cars.arm == look.arm), days


def people(actor: Actor, test: PriceTest, look: ArmLook, *, after: int | None, limit: int | None) -> Listed:
    """Return the customers of an arm by name's key, with what their cars of the test brought."""
    asked, cars, days = _asked(actor, test, look)
    found = rules.brought(asked, cars, *days)
    if look.came:
        found = found.filter(found.visits > 0)
    found = found.rename(place="customer_id")
    page = found if after is None else found.filter(found.place > after)
    rows = asked.rows(page.order_by("place").limit(limit))
    known = Customer.objects.filter(pk__in=[row["place"] for row in rows]).values_list("pk", "external_id", "full_name")
    names = {pk: (ref or "", name) for pk, ref, name in known}
    shown = [
        ArmPerson(
            place=row["place"],
            ref=names[row["place"]][0],
            customer=names[row["place"]][1],
            cars=row["cars"],
            visits=row["visits"],
            **_amounts(row),
        )
        for row in rows
        # Who was removed since the mirror was made has no name any more.
        if row["place"] in names
    ]
    return Listed(shown, *_sums(asked, found, ("cars", "visits")))


def orders(actor: Actor, test: PriceTest, look: ArmLook, *, after: int | None, limit: int | None) -> Listed:
    """Return the orders that an arm's figures are made of; the newest id first."""
    asked, cars, days = _asked(actor, test, look)
    found = rules.orders(asked, cars, *days).rename(place="order_id")
    page = found if after is None else found.filter(found.place < after)
    rows = asked.rows(page.order_by(page.place.desc()).limit(limit))
    known = RepairOrder.objects.select_related("customer", "vehicle", "branch").in_bulk([row["place"] for row in rows])
    # What was removed since the mirror was made has no name any more.
    shown = [_order(row, known[row["place"]]) for row in rows if row["place"] in known]
    return Listed(shown, *_sums(asked, found, ()))


def _order(row: Mapping[str, Any], order: RepairOrder) -> ArmOrder:
    customer, vehicle = order.customer, order.vehicle
    return ArmOrder(
        place=row["place"],
        order=order.external_id or f"vernost:{order.pk}",
        on=row["on"],
        customer_id=order.customer_id,
        customer=customer.full_name if customer else "",
        car=" ".join(filter(None, [vehicle.make, vehicle.model])) if vehicle else "",
        plate=vehicle.plate or "" if vehicle else "",
        branch=order.branch.name if order.branch else "",
        kind=order.kind,
        **_amounts(row),
    )


_AMOUNTS = {"labour_hours": "labour_hundredths", "revenue": "revenue", "margin": "margin"}


def _amounts(row: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(row[column] or 0) / 100 for name, column in _AMOUNTS.items()}


def _sums(asked: Asked, found: "Table", counts: Sequence[str]) -> tuple[int, dict[str, Decimal]]:
    names = (*counts, *_AMOUNTS.values())
    (total,) = asked.rows(found.aggregate(count=found.count(), **{f"{name}_": found[name].sum() for name in names}))
    sums = {name: Decimal(total[f"{name}_"] or 0) for name in counts}
    return total["count"], sums | _amounts({name: total[f"{name}_"] for name in _AMOUNTS.values()})
