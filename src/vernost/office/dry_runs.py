"""A dry run on the page of its programme, and the people behind each of its numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.customers.queries import names_of
from vernost.invitations.rules import SUPPRESSION_TITLES, Suppression
from vernost.invitations.wording import translated
from vernost.vehicles.queries import plates_of

if TYPE_CHECKING:
    from vernost.invitations.models import Programme
    from vernost.invitations.queries.dry_run import DryRun
    from vernost.invitations.queries.listing import Answer

INVITED = "invited"
SALT = "dry-run"
# So long a dry run lets a programme start.
FRESH_SECONDS = 24 * 3600
NAMED = 5
BY = {"history": _("by the programme's own history"), "default": _("by the rules, until there is history")}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person behind a number. `verdict` says why not, empty for the invited."""

    customer_id: int
    name: str
    car: str
    plate: str
    due_on: date
    reason: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Number:
    """A line of the result with the address of its people."""

    title: str
    count: int
    share: float
    url: str


@dataclass(frozen=True, slots=True)
class ShownRun:
    as_of: date
    candidates: Number
    invited: Number
    reasons: tuple[Number, ...]
    first: tuple[Candidate, ...]
    operator_hours: float
    attempts_by: str
    visits: float
    visits_by: str


def run(programme: "Programme", *, as_of: date, branch_ids: frozenset[int] | None, actor: Actor) -> ShownRun:
    """Decide the day for a programme, saved or not; `MirrorMissing` before any data."""
    from vernost import facts  # noqa: PLC0415 - Ibis is half a second that a web process spends when asked
    from vernost.invitations.queries.dry_run import dry_run  # noqa: PLC0415 - as above

    found = dry_run(
        facts.connect(), programme, as_of=as_of, branch_ids=branch_ids, visible=actor.branch_ids, shown=NAMED
    )
    return _shown(programme.pk, found)


def _shown(programme_id: int, found: "DryRun") -> ShownRun:
    counts, effort = found.counts, found.effort
    base = reverse("office:programme-people", args=[programme_id])

    def number(title: str, count: int, reason: str) -> Number:
        url = f"{base}?{urlencode({'on': found.as_of.isoformat(), 'reason': reason})}"
        return Number(gettext(title), count, count / counts.candidates if counts.candidates else 0.0, url)

    in_order = [reason for reason in Suppression if counts.suppressed.get(reason)]
    return ShownRun(
        as_of=found.as_of,
        candidates=number(_("Candidates"), counts.candidates, ""),
        invited=number(_("Would be invited"), counts.invited, INVITED),
        reasons=tuple(number(SUPPRESSION_TITLES[each], counts.suppressed[each], each) for each in in_order),
        first=tuple(named(found.invited)),
        operator_hours=effort.operator_hours,
        attempts_by=gettext(BY[effort.attempts_by]),
        visits=effort.visits,
        visits_by=gettext(BY[effort.visits_by]),
    )


def people(programme: "Programme", *, as_of: date, reason: str, actor: Actor, skip: int, limit: int) -> list[Candidate]:
    """Return the people of one number: of everybody (empty), of the invited, or of one reason."""
    wanted = _answers(programme, as_of, reason, actor)
    return named([each for place, each in enumerate(wanted) if skip <= place < skip + limit])


def customer_ids(programme: "Programme", *, as_of: date, reason: str, actor: Actor) -> set[int]:
    """Return the customers of one number, all of them."""
    return {each.customer_id for each in _answers(programme, as_of, reason, actor)}


def _answers(programme: "Programme", as_of: date, reason: str, actor: Actor) -> "Iterator[Answer]":
    from vernost import facts  # noqa: PLC0415 - as above
    from vernost.invitations.queries.dry_run import answers_of  # noqa: PLC0415 - as above

    found = answers_of(facts.connect(), programme, as_of=as_of, visible=actor.branch_ids)
    return (each for each in found if reason in ("", each.suppressed_reason or INVITED))


def named(answers: "Sequence[Answer]") -> list[Candidate]:
    names = names_of([each.customer_id for each in answers])
    cars = plates_of([each.vehicle_id for each in answers if each.vehicle_id is not None])
    return list(_candidates(answers, names, cars))


def _candidates(
    answers: "Sequence[Answer]", names: dict[int, str], cars: dict[int, tuple[str, str]]
) -> Iterable[Candidate]:
    for each in answers:
        car, plate = cars.get(each.vehicle_id or 0, ("", ""))
        suppressed = each.suppressed_reason
        yield Candidate(
            customer_id=each.customer_id,
            name=names.get(each.customer_id, each.customer),
            car=car,
            plate=plate,
            due_on=each.due_on,
            reason=translated(each.reason),
            verdict=gettext(SUPPRESSION_TITLES[Suppression(suppressed)]) if suppressed else "",
        )


def ticket(programme: "Programme") -> str:
    """Return what lets the programme start as it was counted."""
    return signing.dumps([programme.pk, programme.changed_at.isoformat()], salt=SALT)


def admits(words: str, programme: "Programme") -> bool:
    """Whether the ticket is of this programme, unchanged since, and not too old."""
    try:
        stated = signing.loads(words, salt=SALT, max_age=FRESH_SECONDS)
    except signing.BadSignature:
        return False
    return bool(stated == [programme.pk, programme.changed_at.isoformat()])


def is_same(draft: "Programme", saved: "Programme") -> bool:
    """Whether a page holds what is saved, its branches aside."""
    columns = [field.attname for field in saved._meta.concrete_fields if field.attname != "changed_at"]  # noqa: SLF001 - Django's public name for it
    return all(getattr(draft, name) == getattr(saved, name) for name in columns)


def title_of(reason: str) -> str:
    """Name the people of a number."""
    if reason == INVITED:
        return gettext("Would be invited")
    return gettext(SUPPRESSION_TITLES[Suppression(reason)]) if reason in set(Suppression) else gettext("Candidates")
