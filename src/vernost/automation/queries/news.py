"""What other systems are told of contacts, consents and merges, in the API's own form.

A message goes where its receiver says, whatever rights of people or keys he has: so it carries ids, codes and days, and
never a name, a telephone, an e-mail, a VIN, an amount or words that people wrote. The rest is asked for with a key.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from vernost.accounts.source_ids import References
from vernost.accounts.source_ids import load as load_ids
from vernost.contacts.models import Interaction
from vernost.contacts.rules import outcome_title
from vernost.customers.models import ConsentEntry, CustomerMerge
from vernost.customers.rules.consents import CHANNELS, WHOLE

Told = tuple[str, dict[str, Any]]


def messages_of(noted: Mapping[str, Collection[int]]) -> Iterator[Told]:
    """Yield event and data of the rows noted by topic; of a row that is gone since, nothing."""
    refs = load_ids()
    for topic, ids in noted.items():
        yield from _SUBJECTS[topic.partition(".")[0]](topic, ids, refs)


def _contacts(topic: str, ids: Collection[int], refs: References) -> Iterator[Told]:
    for row in Interaction.objects.select_related("customer", "vehicle", "employee").filter(pk__in=ids).order_by("pk"):
        yield (
            topic,
            {
                "id": refs.of(row),
                "customer_id": refs.of(row.customer),
                "vehicle_id": refs.of(row.vehicle),
                "at": row.at.isoformat(),
                "channel": row.channel,
                "direction": row.direction,
                # The source's own words may name somebody.
                "outcome": row.outcome if outcome_title(row.outcome) != row.outcome else "",
                "employee_id": refs.of(row.employee),
            },
        )


def _consents(_topic: str, ids: Collection[int], refs: References) -> Iterator[Told]:
    for line in ConsentEntry.objects.select_related("customer").filter(pk__in=ids).order_by("pk"):
        said = {name: given for name in (*CHANNELS, WHOLE) if (given := getattr(line, name)) is not None}
        for event, of_it in (("consent.given", True), ("consent.withdrawn", False)):
            answers = {name: given for name, given in said.items() if given is of_it}
            if answers:
                yield (
                    event,
                    {
                        "customer_id": refs.of(line.customer),
                        "line": line.pk,
                        "purpose": line.purpose,
                        "answers": answers,
                        "on": _moment(line.on),
                        "way": line.way,
                        "recorded_at": line.recorded_at.isoformat(),
                    },
                )


def _merges(topic: str, ids: Collection[int], refs: References) -> Iterator[Told]:
    for merge in CustomerMerge.objects.select_related("survivor", "gone").filter(pk__in=ids).order_by("pk"):
        yield (
            topic,
            {
                "merge": merge.pk,
                "customer_id": refs.of(merge.survivor),
                "merged_id": refs.of(merge.gone),
                "at": merge.at.isoformat(),
                "undone_at": _moment(merge.undone_at),
            },
        )


def _moment(value: date | datetime | None) -> str | None:
    return value.isoformat() if value else None


_SUBJECTS: Final = {"contact": _contacts, "consent": _consents, "customer": _merges}
