"""Count or list the people of a segment, from a rule in a file."""

from datetime import date
from typing import TYPE_CHECKING, TextIO

import click

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.documents import document_of
from vernost.cli.failures import UnreadableInputError
from vernost.cli.output import emit, emit_report, json_option, report_format_option
from vernost.cli.parameters import Day
from vernost.cli.words import translated
from vernost.core.i18n import _

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


@spoken.group()
def command() -> None:
    """Count or list the people of a segment, from a rule in a file.

    FILE is a JSON document: {"all": [...]}, {"any": [...]}, {"not": [...]} or one condition; - reads it from the
    standard input. A text that is the code of a saved segment asks for that one.
    """


@command.command("count")
@spoken.argument("file", metavar=_("FILE"), type=click.File("r", encoding="utf-8-sig"))
@spoken.option("--as-of", type=Day(), help=_("The day; today where it is not given."))
@json_option
@database()
def count(file: TextIO, as_of: date | None) -> None:
    """Count the customers for whom the rule of a file holds on a day."""
    day, con, people = _people(file, as_of)
    emit({"as_of": day, "count": con.to_pyarrow(people.count()).as_py()})


@command.command("list")
@spoken.argument("file", metavar=_("FILE"), type=click.File("r", encoding="utf-8-sig"))
@spoken.option("--as-of", type=Day(), help=_("The day; today where it is not given."))
@report_format_option
@database()
def list_(file: TextIO, as_of: date | None) -> None:
    """List the customers for whom the rule of a file holds on a day, by the ids of the source."""
    from vernost.cli.taken import note  # noqa: PLC0415 - needs Django awake

    day, con, people = _people(file, as_of)
    named = people.join(con.table("customers").select("customer_id", "ref"), "customer_id").order_by("ref")
    rows = con.to_pyarrow(named.select(customer_id="ref")).to_pylist()
    if rows:
        note(rows=len(rows))
    emit_report(day, rows)


def _people(file: TextIO, as_of: date | None) -> "tuple[date, Backend, Table]":
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost import facts  # noqa: PLC0415 - as above
    from vernost.facts import operations as mirror  # noqa: PLC0415 - as above
    from vernost.segments import wording  # noqa: PLC0415 - as above
    from vernost.segments.queries import membership  # noqa: PLC0415 - as above
    from vernost.segments.queries.known import known_attributes  # noqa: PLC0415 - as above
    from vernost.segments.rules import tree  # noqa: PLC0415 - as above

    document = document_of(file)
    now = timezone.now()
    day = as_of or timezone.localdate(now)
    try:
        rule = None if isinstance(document, str) else tree.read(document, known_attributes())
    except tree.RuleRefused as refusal:
        words = translated(refusal.text, where=refusal.where, what=wording.misread_words(refusal.misread))
        raise UnreadableInputError(words) from refusal
    mirror.refresh(now=now)
    con = facts.connect()
    if rule is None:
        return day, con, membership.members(con, document, day)
    return day, con, membership.of_rule(con, rule, day)
