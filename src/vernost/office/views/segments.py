"""Segments: the list, the builder, the people of one."""

import json
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.accounts.audit import record_list
from vernost.core import formats
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.rights import Sensitive
from vernost.core.views import words_of
from vernost.facts.mirror import MirrorMissing
from vernost.office import segment_lists
from vernost.office.access import OfficeRequest, managers
from vernost.office.audit_titles import SEGMENT_LIST
from vernost.office.downloads import download, wanted
from vernost.office.forms import segments as drafts
from vernost.office.forms.saved_segments import LimitsForm, NameForm
from vernost.office.forms.segments import DraftGroup
from vernost.office.pages import page_of
from vernost.segments import operations, ready
from vernost.segments.models import Segment
from vernost.segments.queries import people as people_of
from vernost.segments.queries import saved
from vernost.segments.queries.known import known_attributes
from vernost.segments.rules import tree


@managers
def segment_list(request: OfficeRequest) -> HttpResponse:
    rows = segment_lists.shown(request.actor)
    return render(request, "office/segments/list.html", {"rows": rows, "ready": ready.READY})


@managers
def segment_new(request: OfficeRequest) -> HttpResponse:
    return _builder(request, None)


@managers
def segment_edit(request: OfficeRequest, segment_id: int) -> HttpResponse:
    segment = saved.visible_to(request.actor).get(pk=segment_id)
    if segment.rule is None:
        raise operations.RuleMissing
    return _builder(request, segment)


def _builder(request: OfficeRequest, segment: Segment | None) -> HttpResponse:
    """Show the builder; its tree alone after a button of the tree, its outcome alone after an edit."""
    from vernost.office import segment_builder  # noqa: PLC0415 - the start of the office must not wait for the engines

    known = known_attributes()
    error, focus = "", 0
    if request.method == "POST":
        root = drafts.of_post(request.POST, known)
        deed = request.POST.get("act", "")
        if deed == "save":
            try:
                return _save(request, segment, root)
            except DomainError as refusal:
                error = words_of(refusal)
        focus = drafts.act(root, deed, known) or int(request.POST.get("focus") or 0)
    else:
        root = drafts.of_rule(tree.read(_start(request, segment), known), known)
    try:
        built = segment_builder.build(
            root, actor=request.actor, on=timezone.localdate(), before=request.POST.get("before", ""), focus=focus
        )
    except MirrorMissing as missing:
        return render(request, "office/segments/none.html", {"words": words_of(missing)})
    values = {"segment": segment, "built": built, "error": error, **_told(request, segment)}
    template = "office/segments/builder.html"
    if request.htmx and not error:
        template = "office/segments/_tree.html" if request.POST.get("act") else "office/segments/_outcome.html"
        values["apart"] = True
    return render(request, template, values, status=422 if error else 200)


def _start(request: OfficeRequest, segment: Segment | None) -> Any:  # noqa: ANN401 - JSON of a rule
    """Return what the builder begins with: the segment, a ready one, a rule that a report hands over, or nothing."""
    if segment is not None:
        return segment.rule
    found = ready.ready(request.GET.get("start", ""))
    if found is not None:
        return found.rule
    try:
        return json.loads(request.GET["rule"])
    except (KeyError, ValueError):
        return {"attribute": drafts.FIRST, "operator": "at_least", "value": 1}


def _told(request: OfficeRequest, segment: Segment | None) -> dict[str, Any]:
    """Return the name and the rest of what a person gives a segment."""
    if request.method == "POST":
        return {
            "title": request.POST.get("title", ""),
            "about": request.POST.get("about", ""),
            "shared": "shared" in request.POST,
        }
    found = ready.ready(request.GET.get("start", ""))
    if segment is None:
        return {"title": _(found.title) if found else "", "about": _(found.about) if found else "", "shared": False}
    return {"title": segment.title, "about": segment.about, "shared": segment.shared}


def _save(request: OfficeRequest, segment: Segment | None, root: DraftGroup) -> HttpResponse:
    known = known_attributes()
    rule = drafts.understand(root, known)
    unfinished = [one for one in drafts.conditions(root) if one.read is None]
    if rule is None or unfinished:
        raise operations.RuleUnfinished
    stored = operations.save_segment(
        segment_id=segment.pk if segment else None,
        title=request.POST.get("title", ""),
        about=request.POST.get("about", ""),
        shared="shared" in request.POST,
        rule=tree.write(rule, known),
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("The segment is saved; it is being counted"))
    return redirect("office:segment", stored.pk)


@managers
def segment_page(request: OfficeRequest, segment_id: int) -> HttpResponse:
    """Show who is in a saved segment, how large it was, who came and who left."""
    segment = saved.visible_to(request.actor).get(pk=segment_id)
    on = _day(request.GET.get("on", ""))
    which = request.GET.get("of", "")
    shown = which if which in people_of.MOVES else ""
    if wanted(request.GET):
        rows = people_of.people(segment, actor=request.actor, moves=shown, on=on, limit=people_of.MOST)
        return download(request, segment_lists.sheet(segment.title, rows), people=True)
    rows = people_of.people(segment, actor=request.actor, moves=shown, on=on, after=request.GET.get("after", ""))
    page = page_of(rows, key=people_of.key)
    record_list(
        what=f"{SEGMENT_LIST}{segment.code}",
        kind="customers",
        ids=[row.id for row in page.rows],
        tells=Sensitive.PHONE,
        actor=request.actor,
        now=timezone.now(),
    )
    history = saved.history(segment.pk)
    values = {
        "segment": segment,
        "page": page,
        "count": people_of.count(segment, actor=request.actor, moves=shown, on=on),
        "last": history[-1] if history else None,
        "came_url": f"?of=came&on={history[-1].on:%Y-%m-%d}" if history else "",
        "left_url": f"?of=left&on={history[-1].on:%Y-%m-%d}" if history else "",
        "sizes": [one.size for one in history],
        "sentence": _sentence(segment, request.actor),
        "parents": list(saved.visible_to(request.actor).filter(code__in=saved.lineage().of(segment.code))),
        "children": saved.children_of(segment.code),
        "naming": NameForm(initial={"title": segment.title, "about": segment.about, "shared": segment.shared}),
        "limits": LimitsForm(initial={"least": segment.least, "most": segment.most}),
        "own": segment.owner_id in {None, request.actor.user_id},
        "shown": shown,
        "on": on,
        "export": f"of={shown}&on={on:%Y-%m-%d}",
    }
    return render(request, "office/segments/people.html", values)


def _sentence(segment: Segment, actor: Actor) -> str:
    """Say who is in a segment."""
    if segment.rule is None:
        return _("Exactly the people of a list, as it was on the day of the count: no rule changes them.")
    from vernost.office import segment_builder  # noqa: PLC0415 - the start of the office must not wait for the engines

    return segment_builder.words_of(segment.rule, actor=actor, on=timezone.localdate())


@managers
@require_POST
def segment_words(request: OfficeRequest, segment_id: int) -> HttpResponse:
    """Name a segment that has no rule, for which there is no builder, and share it."""
    form = NameForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the segment a name of up to 120 characters"))
        return redirect("office:segment", segment_id)
    operations.describe_segment(segment_id=segment_id, **form.cleaned_data, actor=request.actor, now=timezone.now())
    messages.success(request, _("Saved"))
    return redirect("office:segment", segment_id)


@managers
@require_POST
def segment_freeze(request: OfficeRequest, segment_id: int) -> HttpResponse:
    frozen = request.POST.get("frozen") == "1"
    operations.freeze_segment(segment_id=segment_id, frozen=frozen, actor=request.actor, now=timezone.now())
    messages.success(request, _("The people stay as they are") if frozen else _("The rule decides again"))
    return redirect("office:segment", segment_id)


@managers
@require_POST
def segment_watch(request: OfficeRequest, segment_id: int) -> HttpResponse:
    """Set between which sizes a segment is no news to its owner."""
    form = LimitsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write whole numbers of 0 or more, the least one first"))
        return redirect("office:segment", segment_id)
    operations.watch_segment(segment_id=segment_id, **form.cleaned_data, actor=request.actor, now=timezone.now())
    messages.success(request, _("You will be told on the home page when the segment leaves these limits"))
    return redirect("office:segment", segment_id)


@managers
@require_POST
def segment_remove(request: OfficeRequest, segment_id: int) -> HttpResponse:
    operations.remove_segment(segment_id=segment_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The segment is removed"))
    return redirect("office:segments")


@managers
@require_POST
def segment_count(request: OfficeRequest, segment_id: int) -> HttpResponse:
    """Count one now, without waiting for the night."""
    segment = saved.visible_to(request.actor).get(pk=segment_id)
    counted = operations.count_segment(segment_id=segment.pk, as_of=timezone.localdate())
    messages.success(request, _("Counted: %(size)s") % {"size": formats.number(counted.size)})
    return redirect(reverse("office:segment", args=[segment_id]))


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return timezone.localdate()
