"""Imports: upload, check, start, progress, history; a dealer's own names of columns."""

from typing import IO, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.intake import formats, operations, queries
from vernost.office.access import OfficeRequest, managers, whole_group
from vernost.office.forms.imports import MappingForm, UploadForm
from vernost.office.journal import journal
from vernost.office.pages import SIZE, page_of
from vernost.office.samples import shown


@managers
@whole_group
def import_list(request: OfficeRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, initial={"source": queries.usual_source()})
    if request.method == "POST" and form.is_valid():
        try:
            return _check(request, form)
        except DomainError as error:
            form.add_error(None, words_of(error))
    before = request.GET.get("before", "")
    rows = queries.runs(before=int(before) if before.isdecimal() else None, limit=SIZE + 1)
    values = {
        "form": form,
        "page": page_of(rows, key=lambda row: row.id),
        "sources": queries.sources(),
        "kinds": formats.in_order(),
        "open_rows": queries.open_rows(),
    }
    return render(request, "office/imports/list.html", values, status=422 if form.errors else 200)


def _check(request: OfficeRequest, form: UploadForm) -> HttpResponse:
    operations.forget_old_checks(now=timezone.now())
    run = operations.upload_import(
        files=[(upload.name or "file", cast("IO[bytes]", upload)) for upload in form.uploads()],
        source=form.cleaned_data["source"],
        dry_run=True,
        actor=request.actor,
        now=timezone.now(),
    )
    return redirect("office:import", run.pk)


@managers
@whole_group
def import_page(request: OfficeRequest, run_id: int) -> HttpResponse:
    template = "office/imports/detail.html"
    page = queries.run_page(run_id)
    values = {"page": page, "run": page.run, "files": [] if page.at_work else [shown(file) for file in page.files]}
    return render(request, f"{template}#import-run" if request.htmx else template, values)


@managers
@whole_group
@require_POST
def import_start(request: OfficeRequest, run_id: int) -> HttpResponse:
    run = operations.import_checked(run_id=run_id, actor=request.actor, now=timezone.now())
    return redirect("office:import", run.pk)


@managers
@whole_group
@require_POST
def import_stop(request: OfficeRequest, run_id: int) -> HttpResponse:
    operations.stop_import(run_id=run_id)
    messages.info(request, _("The import stops after the file at work; files that are done stay"))
    return redirect("office:import", run_id)


@managers
@whole_group
def mapping_list(request: OfficeRequest) -> HttpResponse:
    values = {
        "mappings": queries.mappings(),
        "sources": queries.sources(),
        "kinds": formats.in_order(),
        "open_rows": queries.open_rows(),
    }
    return render(request, "office/imports/mappings.html", values)


@managers
@whole_group
def mapping_choose(request: OfficeRequest) -> HttpResponse:
    """Open the form of a source and a kind that were chosen in the list."""
    source, kind = request.GET.get("source", ""), request.GET.get("kind", "")
    if source not in queries.sources() or kind not in formats.kinds:
        raise Http404
    return redirect("office:mapping", source, kind)


@managers
@whole_group
def mapping_edit(request: OfficeRequest, source: str, kind: str) -> HttpResponse:
    if source not in queries.sources() or kind not in queries.kind_titles():
        raise Http404
    own = next((row.columns for row in queries.mappings() if (row.source, row.kind) == (source, kind)), {})
    form = MappingForm(request.POST or None, kind=(of_kind := queries.file_kind(kind)), columns=own)
    if request.method == "POST" and form.is_valid():
        operations.save_mapping(
            source=source, kind=kind, columns=form.columns(), actor=request.actor, now=timezone.now()
        )
        messages.success(request, _("Saved"))
        return redirect("office:mappings")
    values = {
        "form": form,
        "source": source,
        "kind": of_kind,
        "unknown": queries.unknown_columns(source, kind),
        "changes": journal(queries.mapping_changes(source, kind)),
    }
    return render(request, "office/imports/mapping.html", values, status=422 if form.errors else 200)
