"""The mirror forgets too: it is built anew, and its older versions go."""

from datetime import datetime

from vernost.accounts import audit
from vernost.facts import operations as facts
from vernost.privacy.models import Erasure
from vernost.sales.models import Deal
from vernost.workshop.models import RepairOrder


def clean_mirror(*, now: datetime) -> int:
    """Let no version of the mirror have those who were erased; return how many erasures that ends.

    A version that somebody is reading at this moment goes with the next cleaning.
    """
    ids = list(Erasure.objects.filter(mirror_cleaned_at=None).values_list("pk", flat=True))
    clean_journals(now=now)
    if not ids or not facts.forget_the_past(now=now):
        return 0
    return Erasure.objects.filter(pk__in=ids).update(mirror_cleaned_at=now)


def clean_journals(*, now: datetime) -> None:
    """Take the contents out of the journals of those who were erased, their cars and papers.

    Only who owns the tables may: the pages' role may not.
    """
    waiting = Erasure.objects.filter(mirror_cleaned_at=None)
    cards = [pk for customers in waiting.values_list("customers", flat=True) for pk in customers]
    cars = [pk for vehicles in waiting.values_list("vehicles", flat=True) for pk in vehicles]
    journals: dict[str, list[int]] = {
        "customer": cards,
        "consent": cards,
        "vehicle": cars,
        "order": list(RepairOrder.objects.filter(customer_id__in=cards).values_list("pk", flat=True)),
        "deal": list(Deal.objects.filter(customer_id__in=cards).values_list("pk", flat=True)),
    }
    for subject, subject_ids in journals.items():
        audit.erase(subject=subject, subject_ids=subject_ids, now=now)
