"""The mirror forgets too: it is built anew, and its older versions go."""

from datetime import datetime

from vernost.accounts import audit
from vernost.facts import operations as facts
from vernost.privacy.models import Erasure


def clean_mirror(*, now: datetime) -> int:
    """Let no version of the mirror have those who were erased; return how many erasures that ends.

    A version that somebody is reading at this moment goes with the next cleaning.
    """
    waiting = Erasure.objects.filter(mirror_cleaned_at=None)
    ids = list(waiting.values_list("pk", flat=True))
    # Only who owns the tables may take contents out of the journal: the pages' role may not.
    cards = [pk for customers in waiting.values_list("customers", flat=True) for pk in customers]
    for subject in ("customer", "consent"):
        audit.erase(subject=subject, subject_ids=cards, now=now)
    if not ids or not facts.forget_the_past(now=now):
        return 0
    return Erasure.objects.filter(pk__in=ids).update(mirror_cleaned_at=now)
