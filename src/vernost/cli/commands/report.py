"""Print a report: `vernost report` lists them, `vernost report NAME --help` tells what each takes."""

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import click
from django.utils import timezone

from vernost import facts
from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.output import emit_report, report_format_option
from vernost.cli.parameters import Day
from vernost.core import actor
from vernost.core.i18n import _
from vernost.reports import catalogue
from vernost.reports.catalogue import Report

# A report with one of these columns tells of people one by one, or of their cars.
_PEOPLE: Final = frozenset({"id", "customer_id", "vehicle_id"})
# What the options of the reports mean; a report with a meaning of its own is named before the point.
_HELP: Final = {
    "as_of": _("The day of the report; today where it is not given."),
    "segment": _("The code of a segment: only its people count."),
    "from_": _("The first day of the period."),
    "to": _("The last day of the period."),
    "by": _("What makes a row."),
    "retention.by": _("Cut by this too."),
    "cohorts.by": _("Cut by this too."),
    "cascade.by": _("A row for each of these; all together where it is not given."),
    "funnel.by": _("A row for each of these; all together where it is not given."),
    "since": _("Only what happened on this day or later."),
    "days": _("How many last days of orders are looked at."),
    "strategies.days": _("How many days after a strategy was written count."),
    "minimum": _("How many orders a pair of works needs to be told."),
    "most": _("How many offers a customer gets at most."),
    "customer": _("The id of one customer: only his offers."),
    "measure": _("Whose shares make the classes."),
    "known_on": _("Count by the orders that were known at the end of this day."),
    "late": _("Tell what came in late, by month."),
    "of": _("Who is counted: customers or their cars."),
    "start": _("The first day of the test."),
    "cohorts.start": _("What a cohort begins with: the first visit or the sale."),
    "end": _("The last day of the test."),
    "branch": _("The id of one branch; all of them where it is not given."),
    "test": _("The branches with the trial price: their ids, with commas between them."),
    "control": _("The branches to compare with; without them the customers of the test are drawn."),
    "share": _("How many per cent of the customers are drawn."),
    "code": _("A text that decides the draw: the same text draws the same customers."),
    "make": _("Only cars of this make."),
    "model": _("Only cars of this model."),
    "age_from": _("Only cars of this age in years or older."),
    "age_to": _("Only cars of this age in years or younger."),
    "guardrail": _("The stop line: the fall of the margin, in per cent, at which the test should end."),
    "weeks": _("How many weeks ahead."),
    "holdout_days": _("How many last days the models do not see: the visits of these days test them."),
}


class Reports(spoken.Group):
    """A subcommand for each report of the catalogue."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        return sorted(report.code for report in catalogue.discover())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        found = catalogue.discover()
        return _command(found[cmd_name]) if cmd_name in found else None


@click.command(cls=Reports)
def command() -> None:
    """Print a report of the present data, as it stood on a day."""


def _command(report: Report) -> click.Command:
    shown = spoken.command(report.code, help=report.title)(_printer(report))
    for field in dataclasses.fields(report.Params):
        shown = _option(report, field, typing.get_type_hints(report.Params)[field.name])(shown)
    if _is_of_a_period(report):
        shown = spoken.option("--as-of", type=Day(), help=_("Nothing after this day is asked for."))(shown)
    return report_format_option(shown)


def _printer(report: Report) -> Callable[..., None]:
    @database()
    def show(**values: Any) -> None:  # noqa: ANN401 - the report's own parameters
        from vernost.cli.taken import taken_out  # noqa: PLC0415 - needs Django awake
        from vernost.facts import operations  # noqa: PLC0415 - as above

        if _is_of_a_period(report):
            values["to"] = min(values["to"], values.pop("as_of") or values["to"])
        elif values["as_of"] is None:
            values["as_of"] = timezone.localdate()
        params = report.Params(**values)
        operations.refresh(now=timezone.now())
        # Segments are found by DuckDB.
        portable = report.portable and values.get("segment") is None
        rows = report.rows(facts.connect_for_reports(portable=portable), params, actor=actor.system("cli"))
        if _PEOPLE.isdisjoint(report.columns):
            emit_report(report.as_of(params), rows, columns=report.columns)
            return
        with taken_out() as taken:
            emit_report(report.as_of(params), taken.counted(rows), columns=report.columns)

    return show


def _is_of_a_period(report: Report) -> bool:
    """Whether the report has a last day of its own instead of the day it is asked for."""
    return "as_of" not in {field.name for field in dataclasses.fields(report.Params)}


def _option(report: Report, field: "dataclasses.Field[Any]", hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type or a union
    """Return click's option for a field of a report's parameters."""
    kinds = [kind for kind in typing.get_args(hint) if kind is not types.NoneType] if _is_union(hint) else [hint]
    # To click a default of None is a default: an option that must be given has none at all.
    has_default = field.default is not dataclasses.MISSING
    more = {"default": field.default} if has_default else {"required": field.name != "as_of"}
    return spoken.option(
        f"--{field.name.rstrip('_').replace('_', '-')}",
        field.name,
        type=_bounded(field) if "minimum" in field.metadata else _type(kinds[0]),
        help=_HELP.get(f"{report.code}.{field.name}", _HELP[field.name]),
        **more,
    )


def _bounded(field: "dataclasses.Field[Any]") -> click.IntRange:
    return click.IntRange(field.metadata["minimum"], field.metadata["maximum"])


def _is_union(hint: Any) -> bool:  # noqa: ANN401 - a type or a union
    return typing.get_origin(hint) in {typing.Union, types.UnionType}


def _type(kind: Any) -> click.ParamType[Any]:  # noqa: ANN401 - a type or a Literal
    if typing.get_origin(kind) is typing.Literal:
        return click.Choice(typing.get_args(kind))
    return {date: Day(), str: click.STRING, int: click.INT, bool: click.BOOL}[kind]
