"""A person's own data: a copy for him, his erasure."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.output import emit, json_option, wants_json
from vernost.core.i18n import _

REASONS = ("demand", "withdrawn", "achieved", "unlawful", "retention")


@spoken.group()
def command() -> None:
    """A person's own data: a copy for him, his erasure."""


@command.command
@spoken.argument("reference", metavar="ID")
@spoken.option("--to", type=click.Path(path_type=Path, file_okay=False), help=_("A folder for the files JSON and PDF."))
@json_option
@database()
def export(reference: str, to: Path | None) -> None:
    """Print everything that is kept of a person as JSON, or write it into a folder, with a PDF for him to read.

    ID is the customer's id as the reports print it: of the source, `source:id` or `vernost:number`.
    """
    from django.conf import settings  # noqa: PLC0415 - needs Django awake
    from django.utils import timezone  # noqa: PLC0415 - as above

    from vernost.accounts.audit import record_copy  # noqa: PLC0415 - as above
    from vernost.cli.output import dumps  # noqa: PLC0415 - as above
    from vernost.cli.taken import login  # noqa: PLC0415 - as above
    from vernost.core.actor import system  # noqa: PLC0415 - as above
    from vernost.privacy import papers, queries  # noqa: PLC0415 - as above

    copy, now = queries.copy_of(system("privacy"), _customer(reference)), timezone.now()
    record_copy(customer_id=copy.customer_id, actor=system("privacy"), now=now, login=login())
    document = {
        "customer_id": copy.customer_id,
        "made_at": now.isoformat(),
        "tables": {table.code: list(table.rows) for table in copy.tables},
    }
    if to is None:
        click.echo(dumps(document))
        return
    to.mkdir(parents=True, exist_ok=True)
    name = f"customer-{copy.customer_id}"
    (to / f"{name}.json").write_text(dumps(document), encoding="utf-8")
    paper = papers.subject_copy(copy, now=now, zone=ZoneInfo(settings.TIME_ZONE))
    (to / f"{name}.pdf").write_bytes(papers.pdf(paper))
    emit({"customer": copy.customer_id, "files": [str(to / f"{name}.json"), str(to / f"{name}.pdf")]})


@command.command
@spoken.argument("reference", metavar="ID", required=False)
@spoken.option(
    "--reason",
    type=click.Choice(REASONS),
    help=_(
        "Why, for the journal and the act: the person demands it, has withdrawn the consent, the purpose is achieved, "
        "the processing was unlawful, the term of storage is over."
    ),
)
@spoken.option("--document", default="", help=_("Number and day of the demand; it must not name the person."))
@spoken.option("--yes", is_flag=True, help=_("Do not ask again."))
@spoken.option(
    "--act", type=click.Path(path_type=Path, dir_okay=False), help=_("A file for the act of destruction, PDF.")
)
@spoken.option("--replay", is_flag=True, help=_("Erase again whom the journal names: after a backup was restored."))
@spoken.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    help=_("The journal to replay, if not that of the data."),
)
@json_option
@database()
def erase(
    reference: str | None,
    reason: str | None,
    document: str,
    yes: bool,
    act: Path | None,
    replay: bool,
    journal: Path | None,
) -> None:
    """Erase a person from every table, index and file; orders and money stay, of nobody. It cannot be undone."""
    if replay:
        _replay(journal)
        return
    if reference is None or reason is None:
        raise click.UsageError(_translated(WHO_AND_WHY))
    customer_id = _customer(reference)
    if not yes and not wants_json():
        click.confirm(_translated(SURE, reference=reference), abort=True)
    _erase(customer_id, reason, document, act)


def _erase(customer_id: int, reason: str, document: str, act: Path | None) -> None:
    from django.conf import settings  # noqa: PLC0415 - needs Django awake
    from django.utils import timezone  # noqa: PLC0415 - as above

    from vernost.core.actor import system  # noqa: PLC0415 - as above
    from vernost.privacy import operations, papers, queries  # noqa: PLC0415 - as above
    from vernost.privacy.operations import cleaning  # noqa: PLC0415 - as above

    done = operations.erase_customer(
        customer_id=customer_id, reason=reason, document=document, actor=system("privacy"), now=timezone.now()
    )
    cleaned = cleaning.clean_mirror(now=timezone.now())
    if act is not None:
        paper = papers.act(queries.erasure(done.pk), zone=ZoneInfo(settings.TIME_ZONE))
        act.write_bytes(papers.pdf(paper))
    emit(
        {
            "erasure": done.pk,
            "customers": done.customers,
            "vehicles": done.vehicles,
            "rows": done.counts,
            "mirror_is_clean": bool(cleaned),
        }
    )


def _replay(journal: Path | None) -> None:
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.core.actor import system  # noqa: PLC0415 - as above
    from vernost.privacy import operations  # noqa: PLC0415 - as above
    from vernost.privacy.operations import cleaning  # noqa: PLC0415 - as above

    done = operations.replay(file=journal, actor=system("privacy"), now=timezone.now())
    cleaning.clean_mirror(now=timezone.now())
    emit({"lines": done.lines, "erased": done.erased, "known": done.known, "unlike": done.unlike})


WHO_AND_WHY = _("Name the customer and the reason: vernost customer erase ID --reason demand")
SURE = _("Erase the customer %(reference)s for good? It cannot be undone.")


def _customer(reference: str) -> int:
    from vernost.customers.queries.duplicates import standing  # noqa: PLC0415 - needs Django awake

    return standing(reference)


def _translated(text: str, **values: object) -> str:
    from vernost.cli.words import translated  # noqa: PLC0415 - as above

    return translated(text, **values)
