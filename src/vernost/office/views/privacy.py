"""Personal data: the subject's copy, his erasure, what is due, the texts and companies of consents."""

import json
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.accounts import companies
from vernost.accounts.audit import record_copy
from vernost.accounts.models import LegalEntity
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.customers import operations as customers
from vernost.customers.models import ConsentText
from vernost.customers.queries import names_of
from vernost.customers.queries.visible import visible_to
from vernost.customers.rules.consents import CHANNEL_TITLES, PURPOSES, Purpose
from vernost.office.access import OfficeRequest, administrators, managers, whole_group
from vernost.office.forms.consents import CompanyForm, ErasureForm, TextForm
from vernost.office.views.consents import as_download
from vernost.privacy import operations, papers, queries, rules, wording


@managers
def customer_copy(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Give the person's own copy, as PDF or with `?format=json`."""
    copy = queries.copy_of(request.actor, customer_id)
    record_copy(customer_id=customer_id, actor=request.actor, now=timezone.now())
    name = _("Personal data of customer %(number)s") % {"number": customer_id}
    if request.GET.get("format") == "json":
        tables = {table.code: list(table.rows) for table in copy.tables}
        document = {"customer_id": customer_id, "made_at": timezone.now().isoformat(), "tables": tables}
        return as_download(json.dumps(document, ensure_ascii=False, indent=1).encode(), name, kind="json")
    paper = papers.subject_copy(copy, now=timezone.now(), zone=ZoneInfo(settings.TIME_ZONE))
    return as_download(papers.pdf(paper), name)


@administrators
def customer_erase(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Show what would go and ask for the reason; erase when the number was typed once more."""
    customer = visible_to(request.actor).get(pk=customer_id)
    form = ErasureForm(request.POST or None, customer_id=customer_id)
    if request.method == "POST" and form.is_valid():
        try:
            done = operations.erase_customer(
                customer_id=customer_id,
                reason=form.cleaned_data["reason"],
                document=form.cleaned_data["document"],
                actor=request.actor,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("The person is erased; the act can be downloaded here"))
            return redirect("office:erasure", done.pk)
    copy = queries.copy_of(request.actor, customer_id)
    values = {
        "customer": customer,
        "form": form,
        "tables": [(wording.table_title(table.code), len(table.rows)) for table in copy.tables],
        "cards": len(copy.customers),
        "cars": len(copy.vehicles),
    }
    return render(request, "office/privacy/erase.html", values, status=422 if form.errors else 200)


@administrators
def erasure(request: OfficeRequest, erasure_id: int) -> HttpResponse:
    row = queries.erasure(erasure_id)
    values = {
        "row": row,
        "reason": rules.REASONS[row.reason],
        "tables": [(wording.table_title(table), count) for table, count in row.counts.items()],
    }
    return render(request, "office/privacy/erasure.html", values)


@administrators
def erasure_act(request: OfficeRequest, erasure_id: int) -> HttpResponse:  # noqa: ARG001 - every view takes it
    paper = papers.act(queries.erasure(erasure_id), zone=ZoneInfo(settings.TIME_ZONE))
    return as_download(papers.pdf(paper), _("Act of destruction %(number)s") % {"number": erasure_id})


@managers
@whole_group
def personal_data(request: OfficeRequest) -> HttpResponse:
    """Show the texts, the companies, what is due and who was erased."""
    due = queries.due(timezone.localdate())
    names = names_of([pk for row in due for pk in row.customers])
    values = {
        "texts": [
            (
                text,
                [PURPOSES[Purpose(code)] for code in text.purposes],
                [CHANNEL_TITLES[code] for code in text.channels],
            )
            for text in ConsentText.objects.select_related("legal_entity").annotate(used=Count("entries"))
        ],
        "companies": companies.companies(),
        "due": [(row, [(pk, names.get(pk, "")) for pk in row.customers]) for row in due],
        "erasures": [(row, rules.REASONS[row.reason]) for row in queries.erasures()],
    }
    return render(request, "office/privacy/page.html", values)


@managers
@whole_group
def consent_text(request: OfficeRequest, text_id: int | None = None) -> HttpResponse:
    """Add a text or change one; words that were used get a new version."""
    text = ConsentText.objects.get(pk=text_id) if text_id else None
    initial = (
        {name: getattr(text, name) for name in ("title", "body", "purposes", "channels", "legal_entity", "from_on")}
        if text
        else {"from_on": timezone.localdate()}
    )
    form = TextForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = customers.save_text(text_id=text_id, entry=form.entry(), actor=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Saved as version %(number)s") % {"number": saved.version})
            return redirect("office:personal-data")
    used = bool(text and text.entries.exists())
    values = {"form": form, "text": text, "used": used}
    return render(request, "office/privacy/text.html", values, status=422 if form.errors else 200)


@managers
@whole_group
@require_POST
def consent_text_archive(request: OfficeRequest, text_id: int) -> HttpResponse:
    customers.archive_text(text_id=text_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("Archived: nobody can consent to these words any more"))
    return redirect("office:personal-data")


@administrators
def company(request: OfficeRequest, company_id: int | None = None) -> HttpResponse:
    if request.actor.branch_ids is not None:
        raise PermissionDenied
    row = LegalEntity.objects.get(pk=company_id) if company_id else None
    initial = (
        {
            **{name: getattr(row, name) for name in ("name", "inn", "ogrn", "address")},
            "branches": list(row.branches.values_list("pk", flat=True)),
        }
        if row
        else {}
    )
    form = CompanyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        companies.save_company(company_id=company_id, entry=form.entry(), actor=request.actor, now=timezone.now())
        messages.success(request, _("The company is saved"))
        return redirect("office:personal-data")
    return render(
        request, "office/privacy/company.html", {"form": form, "row": row}, status=422 if form.errors else 200
    )


@administrators
@require_POST
def company_archive(request: OfficeRequest, company_id: int) -> HttpResponse:
    if request.actor.branch_ids is not None:
        raise PermissionDenied
    companies.archive_company(company_id=company_id, actor=request.actor, now=timezone.now())
    return redirect("office:personal-data")
