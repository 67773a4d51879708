"""Plans by month, branch and programme; what a period is compared with; the stage that is behind; a scheme's units."""

from datetime import date
from decimal import Decimal

from vernost.reports import rules
from vernost.reports.rules import Kpi, PlanFigure, WeakStage

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
KAZAN, SAMARA = 1, 2


def figure(value: int, *, month: date = MARCH, branch: int | None = None, programme: str | None = None) -> PlanFigure:
    return PlanFigure(month, branch, programme, "booked", Decimal(value))


def booked(*figures: PlanFigure, branch: int | None = None, programme: str | None = None, **more: object) -> object:
    asked = {"months": [MARCH], "branch_ids": None} | more
    return rules.planned(figures, branch_id=branch, programme=programme, **asked).get("booked")  # type: ignore[arg-type]


def test_a_figure_of_its_own_holds() -> None:
    figures = (figure(100), figure(30, branch=KAZAN), figure(7, branch=KAZAN, programme="lost"))
    assert booked(*figures) == 100
    assert booked(*figures, branch=KAZAN) == 30
    assert booked(*figures, branch=KAZAN, programme="lost") == 7


def test_without_one_the_parts_are_summed() -> None:
    figures = (
        figure(30, branch=KAZAN),
        figure(4, branch=SAMARA, programme="lost"),
        figure(5, branch=SAMARA, programme="x"),
    )
    assert booked(*figures) == 39
    assert booked(*figures, branch=SAMARA) == 9
    assert booked(*figures, programme="lost") == 4
    assert booked(figure(2, programme="lost"), figure(3, programme="x")) == 5


def test_who_sees_some_branches_has_no_plan_of_the_group() -> None:
    figures = (figure(100), figure(30, branch=KAZAN), figure(40, branch=SAMARA))
    assert booked(*figures, branch_ids=frozenset({KAZAN})) == 30
    assert booked(figure(100), branch_ids=frozenset({KAZAN})) is None


def test_every_month_of_the_period_needs_a_figure() -> None:
    assert booked(figure(30), months=[MARCH, APRIL]) is None
    assert booked(figure(30), figure(20, month=APRIL), months=[MARCH, APRIL]) == 50


def test_a_stage_is_not_planned_above_the_one_before() -> None:
    assert rules.growing_stage({"targeted": Decimal(10), "booked": Decimal(5), "arrived": Decimal(6)}) is Kpi.ARRIVED
    assert rules.growing_stage({"targeted": Decimal(10), "booked": Decimal(10), "revenue": Decimal(99)}) is None


def test_months_are_compared_with_months() -> None:
    today = date(2026, 3, 15)
    assert rules.period_before(MARCH, date(2026, 3, 31), today) == (date(2026, 2, 1), date(2026, 2, 15))
    assert rules.period_before(date(2026, 2, 1), date(2026, 2, 28), today) == (date(2026, 1, 1), date(2026, 1, 31))
    assert rules.period_before(date(2026, 1, 1), date(2026, 3, 31), today) == (date(2025, 10, 1), date(2025, 12, 15))
    assert rules.period_before(date(2026, 3, 2), date(2026, 3, 8), today) == (date(2026, 2, 23), date(2026, 3, 1))
    assert rules.months_of(date(2026, 1, 1), date(2026, 3, 31)) == [date(2026, 1, 1), date(2026, 2, 1), MARCH]
    assert rules.months_of(MARCH, date(2026, 3, 30)) == []


def test_the_weak_stage_is_the_one_with_most_missing() -> None:
    counts = {"targeted": 1000, "attempted": 900, "reached": 700, "booked": 210, "arrived": 150, "paid": 100}
    expected = {"attempted": 0.92, "booked": 0.38, "arrived": 0.9}
    assert rules.weak_stage(counts, expected, revenue=1_000_000) == WeakStage(
        Kpi.BOOKED, 0.3, 0.38, missing=56, kopecks=266_666
    )
    assert rules.weak_stage(counts, {"attempted": 0.9}, revenue=0) is None
    assert rules.weak_stage({**counts, "targeted": 9, "attempted": 0}, {"attempted": 1.0}, revenue=0) is None


def test_facts_of_a_scheme_are_in_its_units() -> None:
    figures = {"attempts": 8, "reached": 6, "booked": 2, "arrived": 0, "talk_seconds": 100, "revenue": 1_234_567}
    assert {kpi: rules.motivation_fact(kpi, figures) for kpi in (Kpi.ATTEMPTS, Kpi.TALK_MINUTES, Kpi.REVENUE)} == {
        Kpi.ATTEMPTS: Decimal("8.00"),
        Kpi.TALK_MINUTES: Decimal("1.67"),
        Kpi.REVENUE: Decimal("12.35"),
    }
    assert rules.motivation_fact(Kpi.BOOKING_PERCENT, figures) == Decimal("33.33")
    assert rules.motivation_fact(Kpi.ARRIVAL_PERCENT, {**figures, "booked": 0}) == Decimal("0.00")
