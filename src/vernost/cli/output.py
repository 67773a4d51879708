"""What commands print: one JSON document, or text for a person."""

import csv
import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import PurePath
from typing import Any, TypeGuard, TypeVar
from uuid import UUID

import click

from vernost.cli import spoken
from vernost.cli.words import translated
from vernost.core.i18n import Text, _
from vernost.core.spreadsheets import escaped

Command = TypeVar("Command", bound=Callable[..., Any])
_FORMAT = "vernost.format"
_ROWS_AT_ONCE = 1000


def json_option(command: Command) -> Command:
    """Add `--json` and `--format json`, which mean the same, to a command that prints data."""
    as_flag = spoken.option(
        "--json", is_flag=True, expose_value=False, callback=_keep, help=_("Print one JSON document.")
    )
    as_choice = spoken.option(
        "--format",
        type=click.Choice(["text", "json"]),
        expose_value=False,
        callback=_keep,
        help=_("The same as --json."),
    )
    return as_flag(as_choice(command))


def report_format_option(command: Command) -> Command:
    """Add `--json` and `--format table`, `json` or `csv` to a report."""
    as_flag = spoken.option(
        "--json", is_flag=True, expose_value=False, callback=_keep, help=_("Print one JSON document.")
    )
    as_choice = spoken.option(
        "--format",
        type=click.Choice(["table", "json", "csv"]),
        expose_value=False,
        callback=_keep,
        help=_("A table for people (the default), one JSON document, or CSV."),
    )
    return as_flag(as_choice(command))


def wants_json() -> bool:
    return click.get_current_context().meta.get(_FORMAT) == "json"


def emit(document: Mapping[str, Any]) -> None:
    """Print a document: as JSON, or its plain values as lines and its lists of rows as tables."""
    if wants_json():
        click.echo(dumps(document))
        return
    for name, value in document.items():
        if _is_table(value):
            click.echo(f"{name}:")
            _print_table(value)
        else:
            click.echo(f"{name}: {_cell(value)}")


def _is_table(value: object) -> TypeGuard[Sequence[Any]]:
    if not isinstance(value, list | tuple) or not value:
        return False
    return isinstance(value[0], Mapping) or is_dataclass(value[0])


def emit_report(as_of: date | None, rows: Iterable[Any], *, columns: Iterable[str] = ()) -> None:
    """Print `{"as_of", "rows"}`. Rows (mappings or dataclasses) are written as they come, however many.

    `columns` head a CSV that has no rows.
    """
    rows = iter(rows)
    # What is refused is refused with the first row, before anything is printed.
    rows = chain(list(islice(rows, 1)), rows)
    if click.get_current_context().meta.get(_FORMAT) == "csv":
        _print_csv(rows, columns)
        return
    if not wants_json():
        _print_table(rows)
        return
    click.echo(f'{{"as_of": {dumps(as_of)}, "rows": [', nl=False)
    for number, row in enumerate(rows):
        click.echo((",\n" if number else "\n") + dumps(row), nl=False)
    click.echo("]}")


def _keep(ctx: click.Context, _: click.Parameter, value: bool | str | None) -> None:
    if value:
        ctx.meta[_FORMAT] = "json" if value is True else value


def dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


@functools.singledispatch
def _plain(value: object) -> object:
    """Return the JSON form of what JSON does not know."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"no JSON form for {type(value)}")


@_plain.register
def _plain_text(value: Text) -> str:
    return translated(value.source, **value.values)


@_plain.register
def _plain_number(value: Decimal) -> int | float:
    # Roubles with kopecks are exact as a number up to 90 trillion.
    return int(value) if value == value.to_integral_value() else float(value)


@_plain.register(date)
@_plain.register(time)
def _plain_date(value: date | time) -> str:
    return value.isoformat()


@_plain.register(set)
@_plain.register(frozenset)
def _plain_set(value: Iterable[Any]) -> list[Any]:
    return sorted(value)


@_plain.register(PurePath)
@_plain.register(UUID)
def _plain_name(value: PurePath | UUID) -> str:
    return str(value)


@_plain.register(Mapping)
def _plain_mapping(value: Mapping[str, Any]) -> dict[str, Any]:
    return dict(value)


def _print_csv(rows: Iterable[Any], columns: Iterable[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    named = map(_named, rows)
    first = next(named, None)
    if first is None:
        writer.writerow(columns)
        return
    writer.writerow(first)
    for row in chain([first], named):
        writer.writerow([_csv_cell(value) for value in row.values()])


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    return escaped(value) if isinstance(value, str) else _cell(value)


def _print_table(rows: Iterable[Any]) -> None:
    """Print rows under their names; widths are those of the first rows, so that any number can be shown."""
    widths: dict[str, int] = {}
    waiting: list[dict[str, str]] = []
    for row in rows:
        waiting.append({name: _cell(value) for name, value in _named(row).items()})
        if len(waiting) == _ROWS_AT_ONCE:
            widths = _flush(waiting, widths)
    _flush(waiting, widths)


def _flush(waiting: list[dict[str, str]], widths: dict[str, int]) -> dict[str, int]:
    if not waiting:
        return widths
    if not widths:
        widths = {name: max(len(name), *(len(row[name]) for row in waiting)) for name in waiting[0]}
        click.echo("  ".join(name.ljust(width) for name, width in widths.items()).rstrip())
    for row in waiting:
        click.echo("  ".join(row[name].ljust(width) for name, width in widths.items()).rstrip())
    waiting.clear()
    return widths


def _named(row: object) -> dict[str, Any]:
    named = row if isinstance(row, Mapping) else _plain(row)
    if not isinstance(named, Mapping):
        raise TypeError(f"a row is a mapping or a dataclass, not {type(row)}")
    return dict(named)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    plain = json.loads(dumps(value))
    return plain if isinstance(plain, str) else dumps(plain)
