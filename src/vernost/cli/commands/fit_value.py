"""Estimate from any file of purchases how often customers come, who is still ours, and what a purchase brings."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vernost.cli import spoken
from vernost.cli.output import emit, json_option
from vernost.cli.parameters import Day
from vernost.core.i18n import _

if TYPE_CHECKING:
    from vernost.segments.rules.value.choice import Fit, Tested
    from vernost.segments.rules.value.maximum import CannotBeEstimated
    from vernost.segments.rules.value.money import MoneyModel
    from vernost.segments.rules.value.visits import VisitModel

_EPOCH = date(1970, 1, 1).toordinal()
# Without later purchases this part of the days is kept from the fit, to test it.
_KEPT = 3


@spoken.command()
@spoken.argument("csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@spoken.option(
    "--until",
    type=Day(),
    help=_("The day of the estimate; later purchases test it. The last day of the file where it is not given."),
)
@json_option
def command(csv: Path, until: date | None) -> None:
    """Estimate from any file of purchases how often customers come, who is still ours, and what a purchase brings.

    CSV has a customer, a date and an amount a row. Purchases of one day are one; time is in weeks.
    """
    from vernost.cli.purchases import purchases  # noqa: PLC0415 - engines and scipy are slow to load

    with purchases(csv) as con:
        con.execute(
            """CREATE TEMP TABLE numbered AS
               SELECT dense_rank() OVER (ORDER BY customer_id)::BIGINT AS customer,
                      ("on" - DATE '1970-01-01')::BIGINT AS day, kopecks / 100 AS amount FROM purchases"""
        )
        columns = con.execute("SELECT customer, day, amount FROM numbered").fetchnumpy()
    last = int(columns["day"].max()) if len(columns["day"]) else 0
    day = until.toordinal() - _EPOCH if until else last
    emit(_document(*(columns[name] for name in ("customer", "day", "amount")), until=day, last=last))


def _document(customer: Any, day: Any, amount: Any, *, until: int, last: int) -> dict[str, Any]:  # noqa: ANN401 - arrays
    from vernost.segments.rules.value import choice, holdout, maximum  # noqa: PLC0415 - as above
    from vernost.segments.rules.value.histories import summary  # noqa: PLC0415 - as above

    known = summary(customer, day, amount, until=until)
    if last > until:
        kept = holdout.HeldOut(known, holdout.later(known, customer, day, until=until, end=last), until, last)
    else:
        first = int(day.min()) if len(day) else until
        cut = until - max(until - first, 0) // _KEPT
        kept = holdout.held_out(customer, day, amount, until=cut, end=until)
    fit = choice.fit_all(known, kept)
    failed = isinstance(fit.bg_nbd, maximum.CannotBeEstimated)
    document: dict[str, Any] = {"error": maximum.WORDS, "reason": fit.bg_nbd.why} if failed else {}  # type: ignore[union-attr]
    document |= {
        "bg_nbd": _visits(fit.bg_nbd, len(known.customer)),
        "gamma_gamma": _money(fit.gamma_gamma),
        "holdout": _holdout(fit),
        "mbg_nbd": _visits(fit.mbg_nbd, len(known.customer)),
        "chosen": fit.chosen.kind,
        "simple_rate": {"purchases_per_week": fit.simple_rate.per_week, "customers": fit.simple_rate.customers},
        "until": date.fromordinal(until + _EPOCH) if until or len(day) else None,
    }
    return document


def _visits(model: "VisitModel | CannotBeEstimated", customers: int) -> dict[str, Any]:
    from vernost.segments.rules.value import maximum  # noqa: PLC0415 - as above

    if isinstance(model, maximum.CannotBeEstimated):
        return {"error": maximum.WORDS, "reason": model.why, "customers": customers}
    return {name: value for name, value in asdict(model).items() if name != "kind"}


def _money(model: "MoneyModel | CannotBeEstimated") -> dict[str, Any]:
    from vernost.segments.rules.value import maximum  # noqa: PLC0415 - as above

    if isinstance(model, maximum.CannotBeEstimated):
        return {"error": maximum.WORDS, "reason": model.why}
    return asdict(model)


def _holdout(fit: "Fit") -> dict[str, Any] | None:
    """Return how BG/NBD did, or, where it has no estimate, what was chosen; and beside it all of them."""
    told = {kind: _test(test) for kind, test in fit.tests.items() if test.assessment}
    shown = "bg_nbd" if "bg_nbd" in told else fit.chosen.kind
    if shown not in told or fit.kept is None:
        return None
    period = {
        "from": date.fromordinal(fit.kept.until + _EPOCH + 1),
        "to": date.fromordinal(fit.kept.end + _EPOCH),
    }
    return {**told[shown], "model": shown, **period, "models": told}


def _test(tested: "Tested") -> dict[str, Any]:
    found = tested.assessment
    if found is None:
        return {}
    return {name: getattr(found, name) for name in ("actual", "expected", "mae", "brier", "customers")}
