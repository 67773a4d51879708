"""Lists of words, as an administrator keeps them: what he names, adds and archives. Records are never changed."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db import transaction

from vernost.accounts.operations import record_change
from vernost.core import names
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import ListedWord
from vernost.customers.rules.words import Listed, WordList, word_of

LONGEST: Final = 200


class WordMissing(DomainError):
    code = "word_missing"
    text = _("The list needs words")


class WordTaken(DomainError):
    code = "word_taken"
    text = _("“%(title)s” is in the list already")


@transaction.atomic
def add_word(*, kind: WordList, title: str, among: Collection[Listed], actor: Actor, now: datetime) -> None:
    """Add a word; `among` are those that the page shows."""
    title = _checked(title, among)
    ListedWord.objects.create(list=kind, word=word_of(kind, title), title=title)
    _note(kind, "added", {"title": [None, title]}, actor, now)


@transaction.atomic
def name_word(*, kind: WordList, word: str, title: str, among: Collection[Listed], actor: Actor, now: datetime) -> None:
    """Call a word otherwise wherever it is shown; records, files and rules keep the word."""
    before = next(one for one in among if one.word == word).title
    title = _checked(title, [one for one in among if one.word != word])
    if before != title:
        ListedWord.objects.update_or_create(list=kind, word=word, defaults={"title": title})
        _note(kind, "changed", {"value": [before, title]}, actor, now)


@transaction.atomic
def archive_word(*, kind: WordList, word: str, archived: bool, actor: Actor, now: datetime) -> None:
    """Offer a word no more, or again; records that have it keep it."""
    row, _made = ListedWord.objects.get_or_create(list=kind, word=word)
    if (row.archived_at is not None) != archived:
        row.archived_at = now if archived else None
        row.save(update_fields=["archived_at"])
        _note(kind, "archived" if archived else "restored", {"value": [str(row), str(row)]}, actor, now)


def _checked(title: str, others: Collection[Listed]) -> str:
    words = names.tidy(title)[:LONGEST]
    if not words:
        raise WordMissing
    taken = {names.sort_key(text) for one in others for text in (one.title, one.word)}
    if names.sort_key(words) in taken:
        raise WordTaken(title=words)
    return words


def _note(kind: WordList, action: str, fields: dict[str, list[str | None]], actor: Actor, now: datetime) -> None:
    record_change(subject="words", subject_id=kind, action=action, fields=fields, actor=actor, now=now)
