"""Two cards become one, and two again: by whom and when, and what a card then says."""

from datetime import UTC, date, datetime, timedelta

from django.utils.timezone import localdate

from vernost.core.actor import system
from vernost.customers import operations
from vernost.customers.models import ConsentStatement, ContactAddress

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = localdate(NOW)
TESTER = system("tests")


def merge(survivor, gone, **more):
    return operations.merge_customers(survivor_id=survivor.pk, gone_id=gone.pk, actor=TESTER, now=NOW, **more)


def undo(merged, now=NOW + timedelta(days=3)):
    return operations.undo_merge(merge_id=merged.pk, actor=TESTER, now=now)


def addresses(customer):
    rows = ContactAddress.objects.filter(customer=customer).order_by("kind", "position", "pk")
    return list(rows.values_list("value", flat=True))


def in_force(customer, on=TODAY):
    """Return the answers in force by channel: the latest day's, of one day's a no."""
    answers = {}
    for channel in ("calls", "sms", "email", "messenger"):
        said = [
            (row.on or date.min, not getattr(row, channel))
            for row in ConsentStatement.objects.filter(customer=customer, **{f"{channel}__isnull": False})
            if row.on is None or row.on <= on
        ]
        answers[channel] = not max(said)[1] if said else None
    return answers
