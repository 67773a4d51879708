"""Cards of one and the same customer: the list to review, two cards side by side, merging and undoing."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from vernost.core.actor import Actor
from vernost.core.custom_fields import targets
from vernost.core.i18n import _
from vernost.core.views import words_of
from vernost.customers import operations
from vernost.customers.queries import duplicates, visible_to
from vernost.customers.queries.duplicates import ComparedPart, PairRow
from vernost.customers.queries.looks import look_at
from vernost.customers.rules.merging import PARTS, Side, field_code
from vernost.customers.timeline import value_words
from vernost.office.access import OfficeRequest, managers
from vernost.office.own_fields import seen_fields, shown_fields_of

SHOWN = 50
# What a pair is told by, in the words of the page.
_COMPARED = {
    "family": _("Surname"),
    "given": _("First name"),
    "middle": _("Patronymic"),
    "phones": _("Phone"),
    "emails": _("E-mail"),
    "cars": _("Car"),
    "born": _("Date of birth"),
    "address": _("Address"),
    "inn": _("INN"),
}


@dataclass(frozen=True, slots=True)
class ShownPair:
    row: PairRow
    percent: float
    agrees: tuple[str, ...]
    differs: tuple[str, ...]


@managers
def duplicate_list(request: OfficeRequest) -> HttpResponse:
    template = "office/duplicates/list.html"
    waiting = duplicates.pairs_to_review(request.actor)
    values = {
        "search": duplicates.last_search(),
        "pairs": [_shown(row) for row in duplicates.pair_rows(waiting[:SHOWN])],
        "total": waiting.count(),
        "merges": duplicates.merges_to_undo(request.actor, now=timezone.now()),
    }
    return render(request, f"{template}#pairs" if request.htmx else template, values)


@managers
@require_POST
def duplicates_search(request: OfficeRequest) -> HttpResponse:
    operations.ask_for_duplicates(actor=request.actor, now=timezone.now())
    return redirect("office:duplicates")


@managers
def duplicate_pair(request: OfficeRequest, pair_id: int) -> HttpResponse:
    """Show two cards side by side; merge them as was chosen. `survivor` is the card that stands."""
    pair = duplicates.pairs_to_review(request.actor).get(pk=pair_id)
    first, second = operations.better_first(pair.left_id, pair.right_id)
    if request.POST.get("survivor", request.GET.get("survivor", "")) == str(second):
        first, second = second, first
    if request.method == "POST":
        codes = [*PARTS, *(field_code(field.id) for field in seen_fields("customer", request.actor))]
        chosen = {code: Side(request.POST[code]) for code in codes if request.POST.get(code) in set(Side)}
        seen, now = request.POST.get("seen", ""), timezone.now()
        try:
            operations.merge_customers(
                survivor_id=first,
                gone_id=second,
                chosen=chosen,
                seen=seen,
                score=pair.score,
                actor=request.actor,
                now=now,
            )
        except operations.CardsChanged as changed:
            return _again(request, changed, f"{reverse('office:duplicate', args=[pair_id])}?survivor={first}")
        messages.success(request, gettext("The cards are merged; for 30 days this can be undone here"))
        return redirect("office:duplicates")
    return render(request, "office/duplicates/pair.html", _side_by_side(request, pair.pk, first, second))


@managers
@require_POST
def duplicate_apart(request: OfficeRequest, pair_id: int) -> HttpResponse:
    seen = request.POST.get("seen", "")
    try:
        operations.keep_apart(pair_id=pair_id, seen=seen, actor=request.actor, now=timezone.now())
    except operations.CardsChanged as changed:
        return _again(request, changed, reverse("office:duplicate", args=[pair_id]))
    messages.success(request, gettext("Remembered: these are two different customers"))
    return redirect("office:duplicates")


def _again(request: OfficeRequest, changed: operations.CardsChanged, address: str) -> HttpResponse:
    """Let who has decided look at the cards as they are by now."""
    messages.error(request, words_of(changed))
    return redirect(address)


@managers
@require_POST
def merge_undo(request: OfficeRequest, merge_id: int) -> HttpResponse:
    operations.undo_merge(merge_id=merge_id, actor=request.actor, now=timezone.now())
    messages.success(request, gettext("These are two cards again"))
    return redirect("office:duplicates")


def _side_by_side(request: OfficeRequest, pair_id: int, first: int, second: int) -> dict[str, Any]:
    # Before anything is read to be shown: what changes in between is told as changed.
    seen = look_at([first, second])
    cards = visible_to(request.actor).select_related("advisor").in_bulk([first, second])
    survivor, gone = cards[first], cards[second]
    addresses = duplicates.addresses_by_customer([first, second], actor=request.actor)
    pair = next(iter(duplicates.pair_rows(duplicates.pairs_to_review(request.actor).filter(pk=pair_id))))
    return {
        "pair": _shown(pair),
        "seen": seen,
        "survivor": survivor,
        "gone": gone,
        "survivor_addresses": addresses[first],
        "gone_addresses": addresses[second],
        "parts": [_in_words(part) for part in duplicates.side_by_side(survivor, gone) if _is_worth_showing(part)],
        "fields": _fields(first, second, request.actor),
    }


def _fields(first: int, second: int, actor: Actor) -> list[ComparedPart]:
    """Return what the two cards say in the fields that an administrator has added."""
    of_first, of_second = shown_fields_of(targets["customer"], [first, second], actor)
    return [
        ComparedPart(
            code=field_code(own.definition.id),
            title=own.definition.title,
            survivor=own.words,
            gone=other.words,
            differs=bool(other.values) and own.values != other.values,
            taken=Side.SURVIVOR if own.values else Side.GONE,
        )
        for own, other in zip(of_first, of_second, strict=True)
        if own.values or other.values
    ]


def _is_worth_showing(part: ComparedPart) -> bool:
    return part.differs or part.survivor not in {None, ""}


def _in_words(part: ComparedPart) -> ComparedPart:
    return replace(part, survivor=value_words(part.code, part.survivor), gone=value_words(part.code, part.gone))


def _shown(row: PairRow) -> ShownPair:
    words = {name: gettext(title) for name, title in _COMPARED.items() if name in row.agreement}
    return ShownPair(
        row,
        row.score * 100,
        tuple(title for name, title in words.items() if row.agreement[name] > 0),
        tuple(title for name, title in words.items() if row.agreement[name] < 0),
    )
