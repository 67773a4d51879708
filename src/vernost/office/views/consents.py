"""A customer's consents: what is in force, every statement with its proof, new ones."""

from datetime import date, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vernost.core.endpoints import may_open
from vernost.core.errors import DomainError
from vernost.core.views import words_of
from vernost.customers import operations
from vernost.customers.queries import ledger
from vernost.customers.queries.duplicates import standing_card
from vernost.customers.queries.visible import visible_to
from vernost.customers.rules.consents import WAYS, Way
from vernost.office import consents
from vernost.office.access import OfficeRequest, managers
from vernost.office.files import handed_out
from vernost.office.forms.consents import StatementForm
from vernost.privacy import papers


@managers
def customer_consents(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Show the state on any day and the whole ledger; write down what he said."""
    if (standing := standing_card(customer_id)) != customer_id:
        return redirect("office:customer-consents", standing)
    customer = visible_to(request.actor).get(pk=customer_id)
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.record_statement(
                customer_id=customer_id, said=form.said(), actor=request.actor, now=timezone.now()
            )
        except DomainError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("Written into the ledger"))
            return redirect("office:customer-consents", customer_id)
    on = _day(request.GET.get("on", ""))
    values = {
        "customer": customer,
        "may_copy": may_open(request.actor, "office:customer-copy"),
        "form": form,
        "on": on,
        "consents": consents.card_of(customer_id, actor=request.actor, on=on),
        "lines": [
            (line, papers.said(line), _(WAYS[Way(line.entry.way)]))
            for line in ledger.ledger_of(request.actor, customer_id)
        ],
    }
    return render(request, "office/customers/consents.html", values, status=422 if form.errors else 200)


@managers
@require_POST
def consents_withdraw(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Write down that he takes back everything that he has agreed to."""
    evidence = request.POST.get("evidence", "").strip()[:2000]
    operations.withdraw_all(
        customer_id=customer_id,
        way=Way.PAPER,
        on=timezone.localdate(),
        evidence=evidence,
        actor=request.actor,
        now=timezone.now(),
    )
    messages.success(request, _("Every consent is withdrawn; the data are to be destroyed within 30 days"))
    return redirect("office:customer-consents", customer_id)


@managers
def consents_proof(request: OfficeRequest, customer_id: int) -> HttpResponse:
    """Give the proof of all statements of a customer as PDF."""
    customer = visible_to(request.actor).get(pk=customer_id)
    paper = papers.evidence_pack(
        request.actor, customer_id, customer.full_name, now=timezone.now(), zone=ZoneInfo(settings.TIME_ZONE)
    )
    return as_download(papers.pdf(paper), _("Consents of customer %(number)s") % {"number": customer_id})


@managers
def consent_scan(request: OfficeRequest, customer_id: int, entry_id: int) -> HttpResponse:
    return handed_out(ledger.scan_of(request.actor, customer_id, entry_id))


def as_download(content: bytes, name: str, *, kind: str = "pdf") -> HttpResponse:
    types = {"pdf": "application/pdf", "json": "application/json; charset=utf-8"}
    response = HttpResponse(content, content_type=types[kind])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    response["Cache-Control"] = "no-store"
    return response


def _day(words: str) -> date:
    try:
        return datetime.strptime(words, "%Y-%m-%d").replace(tzinfo=timezone.get_current_timezone()).date()
    except ValueError:
        return timezone.localdate()
