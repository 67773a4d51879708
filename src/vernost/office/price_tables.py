"""The tables of a price test and its sentences: figures of both arms, effects with their intervals."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics.tables import Cell, Row, Table, decimal
from vernost.reports.exports import Column
from vernost.reports.models import PriceTest
from vernost.reports.queries.price_tests import Result
from vernost.reports.rules.figures import Interval
from vernost.reports.rules.price_test import CONTROL, FIGURES, TEST, Draw, Verdict

ARM_TITLES = {TEST: _("Trial price"), CONTROL: _("Usual price")}
FIGURE_TITLES = {
    "visits": _("Visits"),
    "labour_hundredths": _("Labour hours"),
    "revenue": _("Revenue"),
    "margin": _("Margin"),
}
STATE_TITLES = {"draft": _("Draft"), "running": _("Running"), "ended": _("Ended")}
STATE_LEVELS = {"draft": "", "running": "ok", "ended": ""}
VERDICTS: Mapping[Verdict, str] = {
    Verdict.STOP: _(
        "Stop the test: with the trial price a car brings %(percent)s less margin. That is beyond the stop line of "
        "%(guardrail)s, and it is no chance."
    ),
    Verdict.LOSS: _("The trial price loses: a car brings %(percent)s less margin, and it is no chance."),
    Verdict.GAIN: _("The trial price earns: a car brings %(percent)s more margin, and it is no chance."),
    Verdict.NO_PROOF: _("No difference of the margin is proved: the interval holds zero."),
    Verdict.NOT_ENOUGH_DATA: _("Not enough data: each arm needs 100 customers, and 30 of them who came."),
}
VERDICT_LEVELS = {
    Verdict.STOP: "bad",
    Verdict.LOSS: "bad",
    Verdict.GAIN: "ok",
    Verdict.NO_PROOF: "",
    Verdict.NOT_ENOUGH_DATA: "warn",
}
HUNDRED = 100


def verdict_words(test: PriceTest, result: Result) -> str:
    margin = result.judged.effects.get("margin")
    percent = abs(margin.percent) if margin and margin.percent is not None else None
    return gettext(VERDICTS[result.judged.verdict]) % {
        "percent": formats.percent(None if percent is None else percent / HUNDRED),
        "guardrail": formats.percent(test.guardrail / HUNDRED, 0 if test.guardrail % 1 == 0 else 2),
    }


def segment_words(test: PriceTest, segments: Mapping[str, str]) -> str:
    """Tell which cars are in the test."""
    words = [" ".join(filter(None, [test.make, test.model])) or gettext("Every make and model")]
    if test.age_from is not None and test.age_to is not None:
        words.append(gettext("%(low)s to %(high)s years old") % {"low": test.age_from, "high": test.age_to})
    elif test.age_from is not None:
        words.append(gettext("%(years)s years old and older") % {"years": test.age_from})
    elif test.age_to is not None:
        words.append(gettext("up to %(years)s years old") % {"years": test.age_to})
    if test.segment_code:
        words.append(
            gettext("customers of “%(title)s”") % {"title": segments.get(test.segment_code, test.segment_code)}
        )
    return ", ".join(words)


def price_change(test: PriceTest) -> str:
    return formats.percent_change(test.price_trial / test.price_before - 1)


class Links:
    """Addresses of the people and the orders behind a figure of an arm."""

    def __init__(self, test: PriceTest, result: Result) -> None:
        self._test, self._as_of = test, result.as_of

    def _of(self, name: str, arm: str, **more: str) -> str:
        words = {"arm": arm, "on": self._as_of.isoformat(), **more}
        return f"{reverse(f'office:{name}', args=[self._test.pk])}?{urlencode(words)}"

    def people(self, arm: str) -> str:
        return self._of("price-test-people", arm)

    def came(self, arm: str) -> str:
        return self._of("price-test-people", arm, came="1")

    def orders(self, arm: str, *, before: bool = False) -> str:
        return self._of("price-test-orders", arm, **({"before": "1"} if before else {}))


def arms(test: PriceTest, result: Result) -> Table:
    """Show what each arm is and brought in all."""
    links = Links(test, result)
    head = [Column(gettext("Arm"))]
    head += [Column(gettext(title), "count") for title in (_("Customers"), _("Cars"), _("Customers who came"))]
    head += [Column(gettext(FIGURE_TITLES["visits"]), "count")]
    head.append(Column(gettext(FIGURE_TITLES["labour_hundredths"]), "decimal"))
    head += [Column(gettext(title), "money") for title in (_("Revenue"), _("Margin"))]
    head += [Column(gettext("Hour paid in fact"), "money")]
    rows = []
    for arm in (TEST, CONTROL):
        sample, orders = result.judged.arms[arm], links.orders(arm)
        hours = Decimal(sample.total("labour_hundredths")) / HUNDRED
        cells = [
            Cell(sample.customers, "count", links.people(arm) if sample.customers else ""),
            Cell(sample.cars, "count", links.people(arm) if sample.customers else ""),
            Cell(sample.came, "count", links.came(arm) if sample.came else ""),
            Cell(sample.total("visits"), "count", orders if sample.came else ""),
            decimal(float(hours), 1, orders),
            *(
                Cell(amount, "money", orders if amount else "")
                for amount in (_roubles(sample.total("revenue")), _roubles(sample.total("margin")))
            ),
            Cell(_roubles(sample.price), "money", orders if sample.price else ""),
        ]
        rows.append(Row(gettext(ARM_TITLES[arm]), cells))
    return Table("arms", gettext("Both arms"), head, rows)


def effects(test: PriceTest, result: Result) -> Table:
    """Show what a car brought in each arm, and what the price did to it."""
    links, differenced = Links(test, result), result.compares_with_before
    head = [Column(gettext("Of a car")), *(Column(gettext(ARM_TITLES[arm]), "money") for arm in (TEST, CONTROL))]
    if differenced:
        head += [
            Column(gettext(title), "money")
            for title in (_("Trial price, a year before"), _("Usual price, a year before"))
        ]
    head += [Column(gettext("Effect of the price"), "money"), Column(gettext("95 %: from"), "money")]
    head += [Column(gettext("95 %: to"), "money"), Column(gettext("Effect, %"), "money")]
    rows = []
    for figure in FIGURES:
        write = _writer(figure)
        cells = [
            write(result.judged.arms[arm].a_car(figure, before=before), links.orders(arm, before=before))
            for before in ((False, True) if differenced else (False,))
            for arm in (TEST, CONTROL)
        ]
        effect = result.judged.effects.get(figure)
        ends = (effect.a_car.value, effect.a_car.low, effect.a_car.high) if effect else (None, None, None)
        percent = None if effect is None or effect.percent is None else effect.percent / HUNDRED
        cells += [write(value, "") for value in ends]
        cells.append(Cell(formats.percent_change(percent) if percent is not None else None, "text", end=True))
        rows.append(Row(gettext(FIGURE_TITLES[figure]), cells))
    note = gettext("Of every car of the arm, whether it came or not.")
    return Table("effects", gettext("What the price did"), head, rows, note=note)


def _writer(figure: str) -> Callable[[float | None, str], Cell]:
    """Money of a car is in roubles; visits and hours have two decimals."""

    def write(value: float | None, url: str) -> Cell:
        if value is None:
            return Cell(None, "text", end=True)
        link = url if value else ""
        if figure in {"revenue", "margin"}:
            return Cell(_roubles(value), "money", link)
        return decimal(value if figure == "visits" else value / HUNDRED, 2, link)

    return write


def _roubles(kopecks: float | None) -> Decimal | None:
    return None if kopecks is None else Decimal(round(kopecks)) / HUNDRED


def interval_words(interval: Interval, digits: int) -> dict[str, str]:
    values = {"value": interval.value, "low": interval.low, "high": interval.high}
    return {name: formats.signed(value, digits) for name, value in values.items()}


def margin_words(result: Result) -> dict[str, str] | None:
    """Write the effect on the margin of a car, in roubles, with its sign."""
    margin = result.judged.effects.get("margin")
    if margin is None:
        return None
    ends = {"value": margin.a_car.value, "low": margin.a_car.low, "high": margin.a_car.high}
    return {name: f"{formats.signed(round(value / HUNDRED))}\N{NO-BREAK SPACE}₽" for name, value in ends.items()}


def elasticity_words(result: Result) -> str:
    if result.judged.elasticity is None:
        return ""
    words = gettext(
        "With 1 %% of the price the labour hours of a car change by %(value)s %% (from %(low)s to %(high)s)."
    )
    return words % interval_words(result.judged.elasticity, 2)


def draw_words(test: PriceTest, names: Mapping[str, list[str]]) -> str:
    if test.draw == Draw.CUSTOMERS:
        words = gettext("%(share)s of the customers of %(test)s have the trial price, drawn at random")
        return words % {"share": formats.percent(test.share / 10_000, 0), "test": ", ".join(names[TEST])}
    words = gettext("%(test)s with the trial price, %(control)s with the usual one")
    return words % {"test": ", ".join(names[TEST]), "control": ", ".join(names[CONTROL])}
