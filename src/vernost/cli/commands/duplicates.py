"""Find cards of one and the same customer, look through them, merge two of them, undo a merge."""

import csv
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.output import emit, emit_report, json_option
from vernost.core.i18n import _

if TYPE_CHECKING:
    from vernost.customers.rules.certainty import Measured

TRUTH = _("TRUTH")


@spoken.group()
def command() -> None:
    """Find cards of one and the same customer, look through them, merge two of them, undo a merge."""


@command.command
@json_option
@database()
def find() -> None:
    """Compare all cards of the base; put the likely pairs on the list of the page “Duplicates”.

    The certain ones are merged at once where the rules say so; by default they do not.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.core.actor import system  # noqa: PLC0415 - as above
    from vernost.customers import operations  # noqa: PLC0415 - as above

    began = time.monotonic()
    found = operations.search_duplicates(actor=system("duplicates"), now=timezone.now())
    emit(
        {
            "customers": found.customers,
            "pairs": found.pairs,
            "merged": found.merged,
            "seconds": round(time.monotonic() - began, 3),
        }
    )


@command.command
@spoken.option("--least", type=click.FloatRange(0, 1), default=0.5, show_default=True, help=_("The least probability."))
@spoken.option("--limit", type=click.IntRange(1), default=100, show_default=True, help=_("How many pairs to show."))
@json_option
@database()
def review(least: float, limit: int) -> None:
    """List the pairs that wait for a decision, the likeliest first, with the evidence of each."""
    from vernost.core.actor import system  # noqa: PLC0415 - needs Django awake
    from vernost.customers.queries import duplicates  # noqa: PLC0415 - as above

    rows = duplicates.pair_rows(duplicates.pairs_to_review(system("duplicates"), least=least)[:limit])
    emit_report(
        None,
        (
            {
                "a": row.left_ref or f"vernost:{row.left_id}",
                "b": row.right_ref or f"vernost:{row.right_id}",
                "score": round(row.score, 6),
                "a_name": row.left_name,
                "b_name": row.right_name,
                "evidence": row.agreement,
            }
            for row in rows
        ),
    )


@command.command
@spoken.argument("truth", metavar=TRUTH, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@database()
def measure(truth: Path) -> None:
    """Compare all cards and count right and wrong pairs against the truth; nothing is changed.

    TRUTH is a CSV with the columns customer_id and same_as: whose second card is whose, by the ids of the source.
    `vernost demo-data` writes one. The last rows are the pairs that would be merged without a person's look.
    """
    from vernost.customers import operations  # noqa: PLC0415 - needs Django awake

    with truth.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and not {"customer_id", "same_as"} <= set(rows[0]):
        raise click.BadParameter(_translated(NO_TRUTH, name=truth.name), param_hint=_translated(TRUTH))
    found = operations.measure_duplicates(same_as={row["customer_id"]: row["same_as"] for row in rows})
    emit(
        {
            "customers": found.customers,
            "second_cards": len(rows),
            "listed": [_counted(row) for row in found.listed],
            "merged_automatically": [_counted(row) for row in found.certain],
        }
    )


def _counted(row: "Measured") -> dict[str, float]:
    return {
        "least_score": row.score,
        "pairs": row.pairs,
        "wrong": row.wrong,
        "precision": round(row.precision, 4),
        "at_least": round(row.at_least, 4),
    }


@command.command
@spoken.argument("survivor", metavar=_("SURVIVOR"))
@spoken.argument("gone", metavar=_("GONE"))
@spoken.option("--take", multiple=True, help=_("A part of the card whose value GONE has: name, city, birth_date, …"))
@json_option
@database()
def merge(survivor: str, gone: str, take: tuple[str, ...]) -> None:
    """Merge the card GONE into the card SURVIVOR; both are ids as the reports print them.

    Everything of the one becomes the other's. `vernost duplicates undo` makes two of them again.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.core.actor import system  # noqa: PLC0415 - as above
    from vernost.customers import operations  # noqa: PLC0415 - as above
    from vernost.customers.rules.merging import PARTS, Side  # noqa: PLC0415 - as above

    if unknown := [part for part in take if part not in PARTS]:
        words = _translated(NO_PART, unknown=", ".join(unknown), parts=", ".join(PARTS))
        raise click.BadParameter(words, param_hint="--take")
    merged = operations.merge_customers(
        survivor_id=_customer(survivor),
        gone_id=_customer(gone),
        chosen=dict.fromkeys(take, Side.GONE),
        actor=system("duplicates"),
        now=timezone.now(),
    )
    emit({"merge": merged.pk, "survivor": survivor, "gone": gone, "moved": merged.moved.count()})


@command.command
@spoken.argument("merge_id", metavar=_("MERGE"), type=int)
@json_option
@database()
def undo(merge_id: int) -> None:
    """Make two cards of one again, after work has gone on: each thing goes back where it belongs."""
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.core.actor import system  # noqa: PLC0415 - as above
    from vernost.customers import operations  # noqa: PLC0415 - as above
    from vernost.customers.models import CustomerMerge  # noqa: PLC0415 - as above

    try:
        undone = operations.undo_merge(merge_id=merge_id, actor=system("duplicates"), now=timezone.now())
    except CustomerMerge.DoesNotExist as error:
        raise click.ClickException(_translated(NO_MERGE, number=merge_id)) from error
    emit({"merge": undone.pk, "undone_at": undone.undone_at.isoformat() if undone.undone_at else None})


NO_TRUTH = _("%(name)s has no columns customer_id and same_as")
NO_PART = _("there is no part %(unknown)s; there are: %(parts)s")
NO_MERGE = _("There is no merge %(number)s")


def _customer(reference: str) -> int:
    from vernost.customers.queries.duplicates import by_reference  # noqa: PLC0415 - needs Django awake

    return by_reference(reference).pk


def _translated(text: str, **values: object) -> str:
    from vernost.cli.words import translated  # noqa: PLC0415 - as above

    return translated(text, **values)
