"""How words of the lists are called, and which are offered."""

from django.db.models import Count

from vernost.customers.models import Customer, ListedWord
from vernost.customers.rules.words import Listed, WordList

MOST = 200


def stored_words(kind: WordList) -> list[Listed]:
    rows = ListedWord.objects.filter(list=kind).order_by("word")
    return [Listed(row.word, row.title, row.archived_at is not None) for row in rows]


def titles_of(kind: WordList) -> dict[str, str]:
    """Return the titles that an administrator has given, by word."""
    return {one.word: one.title for one in stored_words(kind) if one.title}


def sources_used() -> list[str]:
    """Return what the cards say of where customers come from, the most frequent first."""
    rows = Customer.objects.exclude(origin="").values("origin").annotate(count=Count("pk"))
    return list(rows.order_by("-count", "origin").values_list("origin", flat=True)[:MOST])
