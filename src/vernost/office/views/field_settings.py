"""Settings of fields: which there are, their types, their order. Only administrators of the whole group come here."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.accounts import queries as accounts
from vernost.core.actor import ROLE_TITLES
from vernost.core.custom_fields import targets
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.customers.models import CustomField
from vernost.customers.operations import conversions, directories, fields
from vernost.customers.queries import fields as queries
from vernost.customers.rules.fields import KIND_TITLES, Kind
from vernost.office import own_fields
from vernost.office.access import OfficeRequest, administrators, whole_group
from vernost.office.field_words import FIELD_WORDS, KIND_WORDS, ROLE_WORDS
from vernost.office.forms.own_fields import FieldForm, TypeForm
from vernost.office.journal import journal


@administrators
@whole_group
def field_list(request: OfficeRequest) -> HttpResponse:
    chosen = own_fields.target_of(request.GET.get("target", next(iter(targets)).code))
    rows = queries.field_rows(chosen)
    values = {
        "targets": targets,
        "chosen": chosen,
        "rows": [row for row in rows if not row.definition.archived],
        "archived": [row for row in rows if row.definition.archived],
        "kinds": KIND_TITLES,
        "roles": ROLE_TITLES,
        "most_counted": queries.MOST_COUNTED,
    }
    return render(request, "office/fields/list.html", values)


@administrators
@whole_group
def field_add(request: OfficeRequest, target: str) -> HttpResponse:
    chosen = own_fields.target_of(target)
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            field = _added(request, form, target)
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            words = _("The field “%(title)s” is there: on cards, in lists, segments and files")
            messages.success(request, words % {"title": field.title})
            return _back_to(target)
    values = {"form": form, "target": chosen}
    return render(request, "office/fields/form.html", values, status=422 if form.errors else 200)


def _added(request: OfficeRequest, form: FieldForm, target: str) -> CustomField:
    now, directory_id = timezone.now(), None
    with transaction.atomic():
        if form.makes_directory:
            title = form.cleaned_data["title"]
            made = directories.add_directory(title=title, titles=form.first_values(), actor=request.actor, now=now)
            directory_id = made.pk
        entry = form.entry(directory_id=directory_id)
        return fields.add_field(target=target, entry=entry, actor=request.actor, now=now)


@administrators
@whole_group
def field_edit(request: OfficeRequest, field_id: int) -> HttpResponse:
    field = queries.definition(field_id)
    form = FieldForm(request.POST or None, field=field)
    if request.method == "POST" and form.is_valid():
        try:
            entry = form.entry(kind=field.kind)
            fields.change_field(field_id=field_id, entry=entry, actor=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Saved"))
            return _back_to(field.target)
    values = {
        "form": form,
        "field": field,
        "target": targets[field.target],
        "kind_title": KIND_TITLES[field.kind],
        "changes": journal(
            accounts.changes(subject="field", subject_id=field_id),
            titles=FIELD_WORDS,
            values={"kind": KIND_WORDS, "roles": ROLE_WORDS},
        ),
    }
    return render(request, "office/fields/form.html", values, status=422 if form.errors else 200)


@administrators
@whole_group
def field_type(request: OfficeRequest, field_id: int) -> HttpResponse:
    """Choose another type; see what would not convert; convert."""
    field = queries.definition(field_id)
    form = TypeForm(request.POST or None, field=field)
    values: dict[str, object] = {"form": form, "field": field, "target": targets[field.target]}
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            if "convert" in request.POST:
                done = conversions.convert_field(
                    field_id=field_id, actor=request.actor, now=timezone.now(), **form.chosen()
                )
                words = _("The type is changed: %(fits)s records converted, %(misfits)s kept in an archived field")
                messages.success(request, words % {"fits": done.fits, "misfits": done.misfits})
                return redirect("office:field", field_id)
            values["found"] = conversions.preview(field_id=field_id, **form.chosen())
        except DomainError as error:
            form.add_error(None, words_of(error))
    if form.errors:
        status = 422
    return render(request, "office/fields/type.html", {**values, "file": Kind.FILE}, status=status)


@administrators
@whole_group
@require_POST
def field_archive(request: OfficeRequest, field_id: int) -> HttpResponse:
    field = queries.definition(field_id)
    archived = "restore" not in request.POST
    fields.archive_field(field_id=field_id, archived=archived, actor=request.actor, now=timezone.now())
    words = _("“%(title)s” is in the archive; its values are kept") if archived else _("“%(title)s” is back")
    messages.success(request, words % {"title": field.title})
    return _back_to(field.target)


@administrators
@whole_group
@require_POST
def field_order(request: OfficeRequest, target: str) -> HttpResponse:
    own_fields.target_of(target)
    fields.order_fields(target=target, field_ids=ordered(request, "field"), actor=request.actor, now=timezone.now())
    return _back_to(target)


def ordered(request: OfficeRequest, name: str) -> list[int]:
    """Return numbers in the order in which the form has them."""
    return [int(value) for value in request.POST.getlist(name) if value.isdecimal()]


def _back_to(target: str) -> HttpResponse:
    response = redirect("office:fields")
    response["Location"] += f"?target={target}"
    return response
