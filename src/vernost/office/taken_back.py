"""Changes that can be taken back, and what has come after those that cannot, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext

from vernost.accounts import undoing
from vernost.accounts.models import AuditRecord
from vernost.accounts.undoing import Later
from vernost.core import formats, sensitive
from vernost.core.actor import Actor
from vernost.office.audit_titles import Words
from vernost.office.audit_words import plain_words


@dataclass(frozen=True, slots=True)
class Undoing:
    """`can`: it can be taken back; else `after` says what stands there by now."""

    can: bool
    after: tuple[str, ...] = ()


NEVER = Undoing(can=False)


def undoings(records: Iterable[AuditRecord], actor: Actor) -> dict[int, Undoing]:
    """Return how it is with each change, by the id of its line; the others are not taken back by themselves."""
    of = {record.pk: record for record in records}
    words, found = Words(list(of.values())), undoing.later(of.values(), actor)
    return {
        pk: Undoing(
            can=not came,
            after=tuple(
                sensitive.told(actor, _words(one, words.title(of[pk].subject, one.field), words)) for one in came
            ),
        )
        for pk, came in found.items()
    }


def undoing_of(record_id: int, actor: Actor) -> Undoing:
    """The same of one line, of a thing that the actor is known to see."""
    return undoings(AuditRecord.objects.filter(pk=record_id), actor).get(record_id, NEVER)


def _words(one: Later, title: str, words: Words) -> str:
    values = {"field": title, "value": plain_words(one.value, one.field)}
    if one.by is None:
        return gettext("%(field)s: by now %(value)s") % values
    values |= {"at": formats.moment(timezone.localtime(one.by.at)), "who": words.who(one.by)}
    return gettext("%(field)s: by now %(value)s (%(at)s, %(who)s)") % values
