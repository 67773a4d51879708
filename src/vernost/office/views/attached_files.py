"""Photos and documents of a card: put on it, handed out, taken away."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from vernost.core.custom_fields import FieldTarget
from vernost.customers.operations import attached as operations
from vernost.customers.queries import fields as queries
from vernost.customers.queries.attached import attached_file
from vernost.files.rules import PHOTOS
from vernost.office import own_fields
from vernost.office.access import OfficeRequest, everybody
from vernost.office.files import handed_out, uploaded


@everybody
def record_files(request: OfficeRequest, target: str, record_id: int) -> HttpResponse:
    """Show the block of a record's files, a fragment or a page of its own; a file that is sent is put in."""
    kind = own_fields.target_with_files(target)
    record = queries.visible_records(kind, request.actor).get(pk=record_id)
    if request.method == "POST":
        return _put_in(request, kind, record_id)
    values = {"target": target, "record_id": record_id, "title": own_fields.title_of(record)}
    return render(request, f"office/files/{'_files' if request.htmx else 'page'}.html", values)


def _put_in(request: OfficeRequest, kind: FieldTarget, record_id: int) -> HttpResponse:
    file = uploaded(request)
    if file is None:
        messages.error(request, _("Choose a photo or a PDF document first"))
    else:
        name, content = file
        operations.attach(
            target=kind, record_id=record_id, name=name, content=content, actor=request.actor, now=timezone.now()
        )
        messages.success(request, _("The file is on the card"))
    return _card(kind.code, record_id)


@everybody
@require_GET
def record_file(request: OfficeRequest, target: str, record_id: int, attached_id: int) -> HttpResponse:
    kind = own_fields.target_with_files(target)
    file = attached_file(kind, record_id, attached_id, actor=request.actor).file
    return handed_out(file, small="small" in request.GET and file.kind in PHOTOS)


@everybody
@require_POST
def record_file_drop(request: OfficeRequest, target: str, record_id: int, attached_id: int) -> HttpResponse:
    operations.detach(
        target=own_fields.target_with_files(target),
        record_id=record_id,
        attached_id=attached_id,
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("The file is taken away"))
    return _card(target, record_id)


def _card(target: str, record_id: int) -> HttpResponse:
    return redirect(f"{reverse(f'office:{target}', args=[record_id])}#files")
