"""What is done with the customers of each cell of revenue × recency: read by everybody, written by managers."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from vernost.core import formats
from vernost.facts.mirror import MirrorMissing
from vernost.office.access import OfficeRequest, managers, whole_group
from vernost.office.analytics.chosen import chosen_of
from vernost.office.analytics.page import Asked
from vernost.office.analytics.strategy_table import brought
from vernost.office.downloads import download, wanted
from vernost.office.forms.strategies import StrategyForm
from vernost.reports import operations
from vernost.reports.queries.analytics.look import Base
from vernost.reports.queries.analytics.strategies import Strategy, strategies


@managers
def strategy_list(request: OfficeRequest) -> HttpResponse:
    chosen = chosen_of(request.GET, timezone.localdate())
    rows = [_shown(one) | {"url": chosen.people("rfm", r=one.r, m=one.m)} for one in strategies().values()]
    try:
        asked = Asked(Base(request.actor, chosen.look), chosen, request.GET, {})
        table = brought(asked)
    except MirrorMissing:
        return render(request, "office/analytics/none.html", {"tab": "rfm"})
    if wanted(request.GET):
        return download(request, table.sheet([formats.day(chosen.look.as_of)]))
    values = {"rows": rows, "editable": request.actor.branch_ids is None, "table": table}
    return render(request, "office/analytics/strategies.html", values)


@managers
@whole_group
def strategy_edit(request: OfficeRequest, r: int, m: int) -> HttpResponse:
    strategy = strategies().get((r, m))
    if strategy is None:
        raise Http404(f"R{r} M{m}")
    shown = _shown(strategy)
    form = StrategyForm(request.POST or None, initial={"title": shown["title"], "words": shown["words"]})
    if request.method == "POST" and form.is_valid():
        operations.save_strategy(r=r, m=m, **form.cleaned_data, actor=request.actor, now=timezone.now())
        messages.success(request, _("The strategy is saved"))
        return redirect("office:analytics-strategies")
    values = {"form": form, "strategy": shown}
    return render(request, "office/analytics/strategy.html", values, status=422 if form.errors else 200)


def _shown(strategy: Strategy) -> dict[str, object]:
    """Translate ours; a manager's words stay as they are written."""
    title, words = (text if strategy.own else _(text) for text in (strategy.title, strategy.words))
    return {"r": strategy.r, "m": strategy.m, "title": title, "words": words, "own": strategy.own}
