"""Directories: lists of values that administrators keep, and the reasons of refusals that operators choose from."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vernost.accounts import queries as accounts
from vernost.calls.operations import reasons
from vernost.calls.queries.reasons import decline_reasons
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.customers.models import Directory, DirectoryValue
from vernost.customers.operations import directories
from vernost.customers.queries import fields as queries
from vernost.office.access import OfficeRequest, administrators, whole_group
from vernost.office.field_words import FIELD_WORDS
from vernost.office.forms.own_fields import DirectoryForm, ValuesForm
from vernost.office.journal import journal
from vernost.office.views import words
from vernost.office.views.field_settings import ordered


@administrators
@whole_group
def directory_list(request: OfficeRequest) -> HttpResponse:
    values = {
        "rows": queries.directories(),
        "reasons": decline_reasons(),
        "lists": [
            (kind, title, hint, words.words_of(kind, request.actor)) for kind, (title, hint) in words.TITLES.items()
        ],
    }
    return render(request, "office/directories/list.html", values)


@administrators
@whole_group
def directory_add(request: OfficeRequest) -> HttpResponse:
    form = DirectoryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = directories.add_directory(
                title=form.cleaned_data["title"],
                titles=form.cleaned_data["values"].splitlines(),
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            return redirect("office:directory", made.pk)
    return render(request, "office/directories/form.html", {"form": form}, status=422 if form.errors else 200)


@administrators
@whole_group
def directory(request: OfficeRequest, directory_id: int) -> HttpResponse:
    """Show the values in their order; more of them are put in here."""
    row = Directory.objects.get(pk=directory_id)
    form = ValuesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        titles = form.cleaned_data["values"].splitlines()
        count = directories.add_values(
            directory_id=directory_id, titles=titles, actor=request.actor, now=timezone.now()
        )
        messages.success(
            request, ngettext("%(count)s value is new", "%(count)s values are new", count) % {"count": count}
        )
        return redirect("office:directory", directory_id)
    found = list(row.values.select_related("merged_into").order_by("position", "pk"))
    values = {
        "directory": row,
        "form": form,
        "values": [one for one in found if one.merged_into is None],
        "merged": [one for one in found if one.merged_into is not None],
        "changes": journal(accounts.changes(subject="directory", subject_id=directory_id), titles=FIELD_WORDS),
    }
    return render(request, "office/directories/detail.html", values, status=422 if form.errors else 200)


@administrators
@whole_group
@require_POST
def directory_change(request: OfficeRequest, directory_id: int) -> HttpResponse:
    """Rename a directory, archive it or bring it back."""
    now = timezone.now()
    if "archive" in request.POST or "restore" in request.POST:
        archived = "archive" in request.POST
        directories.archive_directory(directory_id=directory_id, archived=archived, actor=request.actor, now=now)
        return redirect("office:directories")
    title = request.POST.get("title", "")
    directories.rename_directory(directory_id=directory_id, title=title, actor=request.actor, now=now)
    return redirect("office:directory", directory_id)


@administrators
@whole_group
@require_POST
def directory_order(request: OfficeRequest, directory_id: int) -> HttpResponse:
    directories.order_values(
        directory_id=directory_id, value_ids=ordered(request, "value"), actor=request.actor, now=timezone.now()
    )
    return redirect("office:directory", directory_id)


@administrators
@whole_group
@require_POST
def value_change(request: OfficeRequest, value_id: int) -> HttpResponse:
    """Rename a value, archive it, bring it back, or merge it into another."""
    now, actor, said = timezone.now(), request.actor, request.POST
    directory_id = DirectoryValue.objects.get(pk=value_id).directory_id
    if "archive" in said or "restore" in said:
        directories.archive_value(value_id=value_id, archived="archive" in said, actor=actor, now=now)
    elif said.get("into", "").isdecimal():
        changed = directories.merge_values(value_id=value_id, into_id=int(said["into"]), actor=actor, now=now)
        words = ngettext("Merged: %(count)s record has changed", "Merged: %(count)s records have changed", changed)
        messages.success(request, words % {"count": changed})
    elif "title" in said:
        directories.rename_value(value_id=value_id, title=said["title"], actor=actor, now=now)
        messages.success(request, _("Saved"))
    return redirect("office:directory", directory_id)


@administrators
@whole_group
@require_POST
def reasons_change(request: OfficeRequest) -> HttpResponse:
    """Add a reason of refusals, rename one, switch it on or off, or put all into an order."""
    now, actor, said = timezone.now(), request.actor, request.POST
    if "add" in said:
        reasons.add_reason(title=said.get("title", ""), actor=actor, now=now)
    elif "order" in said:
        reasons.order_reasons(reason_ids=ordered(request, "reason"), actor=actor, now=now)
    elif said.get("reason", "").isdecimal():
        reason_id = int(said["reason"])
        if "switch" in said:
            reasons.switch_reason(reason_id=reason_id, actor=actor, now=now)
        else:
            reasons.rename_reason(reason_id=reason_id, title=said.get("title", ""), actor=actor, now=now)
    return redirect("office:directories")
