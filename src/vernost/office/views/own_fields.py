"""Administrators' fields on a record: the block of a card, edited in place, and its photos and files."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from vernost.core.errors import DomainError
from vernost.core.guard import back
from vernost.core.views import words_of
from vernost.customers.models import CustomField
from vernost.customers.operations.field_values import set_file, set_values
from vernost.customers.queries import fields as queries
from vernost.customers.rules import field_masks
from vernost.customers.rules.fields import Kind
from vernost.office import own_fields
from vernost.office.access import OfficeRequest, managers
from vernost.office.files import handed_out, uploaded
from vernost.office.forms.own_fields import RecordForm


@managers
def record_fields(request: OfficeRequest, target: str, record_id: int) -> HttpResponse:
    """Show the fields of a record, or, with `edit`, their form; a fragment, or a page for who has no scripts."""
    kind = own_fields.target_of(target)
    record = queries.visible_records(kind, request.actor).get(pk=record_id)
    values: dict[str, object] = {"target": target, "record_id": record_id, "title": own_fields.title_of(record)}
    status = 200
    if request.method == "POST" or "edit" in request.GET:
        seen = own_fields.seen_fields(target, request.actor)
        known = [one for one in seen if field_masks.is_whole(one.kind, request.actor)]
        held = queries.values_of(kind, [record_id], known).get(record_id, {})
        known = [one for one in known if not field_masks.hides(one.kind, held.get(one.code, ()), request.actor)]
        form = RecordForm(request.POST if request.method == "POST" else None, known=known, held=held)
        if request.method == "POST" and form.is_valid() and _saved(request, form, target, record_id):
            if not request.htmx:
                return redirect("office:record-fields", target, record_id)
        else:
            values["form"] = form
            status = 422 if form.errors else 200
    values["fields"] = own_fields.shown_fields(kind, record_id, request.actor)
    template = "office/fields/_block.html" if request.htmx else "office/fields/record.html"
    return render(request, template, values, status=status)


def _saved(request: OfficeRequest, form: RecordForm, target: str, record_id: int) -> bool:
    try:
        set_values(
            target=own_fields.target_of(target),
            record_id=record_id,
            said=form.said(),
            actor=request.actor,
            now=timezone.now(),
        )
    except DomainError as error:
        form.add_error(None, words_of(error))
        return False
    return True


@managers
def field_file(request: OfficeRequest, target: str, record_id: int, code: str) -> HttpResponse:
    """Hand out the photo or document of a field to who sees the record; never to be shown as a page of ours."""
    kind = own_fields.target_of(target)
    queries.visible_records(kind, request.actor).values_list("pk").get(pk=record_id)
    known = [one for one in queries.definitions(target, role=request.actor.role) if one.code == code]
    held = queries.values_of(kind, [record_id], known).get(record_id, {}).get(code, ())
    if not known or known[0].kind is not Kind.FILE or not held:
        raise CustomField.DoesNotExist(code)
    return handed_out(queries.stored_files(held)[held[0]])


@managers
@require_POST
def field_file_put(request: OfficeRequest, target: str, record_id: int, code: str) -> HttpResponse:
    """Put a photo or a document into a field; without one, take away what is there."""
    kind = own_fields.target_of(target)
    queries.visible_records(kind, request.actor).values_list("pk").get(pk=record_id)
    file = uploaded(request)
    if file is not None or "drop" in request.POST:
        name, content = file or ("", None)
        set_file(
            target=kind,
            record_id=record_id,
            code=code,
            name=name,
            content=content,
            actor=request.actor,
            now=timezone.now(),
        )
    return back(request, home="office:home")
