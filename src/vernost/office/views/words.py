"""Lists of words on the page of directories: sources of customers, categories of works."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.customers.operations import words as operations
from vernost.customers.queries.words import sources_used, stored_words
from vernost.customers.rules.words import Listed, WordList, listed
from vernost.facts.mirror import MirrorMissing
from vernost.office.access import OfficeRequest, administrators, whole_group
from vernost.segments.queries.choices import choices
from vernost.workshop.rules import CATEGORIES

TITLES = {
    WordList.SOURCES: (
        _("Where customers learned of us"),
        _("The card suggests what you have named or added here; words that files bring are listed by themselves."),
    ),
    WordList.CATEGORIES: (
        _("Categories of works"),
        _("Rules and programmes know works by the category's own word: here it only gets another name."),
    ),
}


def words_of(kind: WordList, actor: Actor) -> list[Listed]:
    """Return the list with what the base has of it."""
    if kind is WordList.SOURCES:
        return listed({}, sources_used(), stored_words(kind))
    known = {word: gettext(title) for word, title in CATEGORIES.items()}
    return listed(known, _categories(actor), stored_words(kind))


def _categories(actor: Actor) -> list[str]:
    try:
        return [one.code for one in choices("categories", actor, timezone.localdate())]
    except MirrorMissing:
        return []


@administrators
@whole_group
@require_POST
def words_change(request: OfficeRequest, kind: str) -> HttpResponse:
    """Add a word, name one otherwise, archive it or bring it back."""
    if kind not in set(WordList):
        raise Http404
    one, said, actor, now = WordList(kind), request.POST, request.actor, timezone.now()
    among = words_of(one, actor)
    word = said.get("word", "")
    if "add" in said:
        operations.add_word(kind=one, title=said.get("title", ""), among=among, actor=actor, now=now)
    elif word not in {each.word for each in among}:
        raise Http404
    elif "archive" in said or "restore" in said:
        operations.archive_word(kind=one, word=word, archived="archive" in said, actor=actor, now=now)
    else:
        operations.name_word(kind=one, word=word, title=said.get("title", ""), among=among, actor=actor, now=now)
    return redirect(f"{reverse('office:directories')}#{kind}")
