"""Webhooks: whom other systems are told of what. Only administrators come here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vernost.automation.operations import webhooks as operations
from vernost.automation.operations.webhooks import MadeWebhook
from vernost.automation.queries import webhooks as queries
from vernost.automation.queries.webhooks import DeliveryRow, TryRow
from vernost.automation.rules.webhooks import EVENTS
from vernost.office.access import OfficeRequest, administrators
from vernost.office.forms.webhooks import WebhookForm
from vernost.office.pages import SIZE, page_of
from vernost.office.secrets_shown import shown_once
from vernost.office.webhook_words import FAILURES, STATES, TITLES


@administrators
def webhook_list(request: OfficeRequest) -> HttpResponse:
    rows = [(row, [EVENTS[event] for event in row.events]) for row in queries.webhooks(request.actor)]
    return render(request, "office/webhooks/list.html", {"rows": rows, "now": timezone.now()})


@administrators
def webhook_add(request: OfficeRequest) -> HttpResponse:
    form = WebhookForm(request.POST or None, actor=request.actor, initial={"scope": "group"})
    if request.method == "POST" and form.is_valid():
        made = operations.add_webhook(entry=form.entry(), actor=request.actor, now=timezone.now())
        return _secret(request, made, form.cleaned_data["name"])
    return render(request, "office/webhooks/form.html", {"form": form}, status=422 if form.errors else 200)


@administrators
def webhook(request: OfficeRequest, webhook_id: int) -> HttpResponse:
    row = queries.webhook(request.actor, webhook_id)
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    before = int(after) if after.isdecimal() else None
    found = queries.deliveries(webhook_id, request.actor, state=state, before=before, limit=SIZE + 1)
    page = page_of([_told(each) for each in found], key=lambda told: told[0].id)
    values = {
        "row": row,
        "events": [EVENTS[event] for event in row.events],
        "page": page,
        "state": state,
        "states": STATES,
        "now": timezone.now(),
    }
    return render(request, "office/webhooks/page.html", values)


@administrators
def webhook_edit(request: OfficeRequest, webhook_id: int) -> HttpResponse:
    found = queries.visible_to(request.actor).prefetch_related("branches").get(pk=webhook_id)
    form = WebhookForm(request.POST or None, actor=request.actor, initial=WebhookForm.initial_of(found))
    if request.method == "POST" and form.is_valid():
        entry, now = form.entry(), timezone.now()
        operations.change_webhook(webhook_id=webhook_id, entry=entry, actor=request.actor, now=now)
        messages.success(request, _("Saved"))
        return redirect("office:webhook", webhook_id)
    values = {"form": form, "webhook_id": webhook_id}
    return render(request, "office/webhooks/form.html", values, status=422 if form.errors else 200)


@administrators
@require_POST
def webhook_test(request: OfficeRequest, webhook_id: int) -> HttpResponse:
    operations.send_test(webhook_id=webhook_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The test is on its way: its answer appears below in a few seconds"))
    return redirect("office:webhook", webhook_id)


@administrators
@require_POST
def webhook_secret(request: OfficeRequest, webhook_id: int) -> HttpResponse:
    row = queries.webhook(request.actor, webhook_id)
    made = operations.renew_secret(webhook_id=webhook_id, actor=request.actor, now=timezone.now())
    return _secret(request, made, row.name)


@administrators
@require_POST
def webhook_switch(request: OfficeRequest, webhook_id: int) -> HttpResponse:
    active = request.POST.get("active") == "1"
    operations.switch_webhook(webhook_id=webhook_id, active=active, actor=request.actor, now=timezone.now())
    messages.success(request, _("The webhook works") if active else _("The webhook is switched off"))
    return redirect("office:webhook", webhook_id)


@administrators
@require_POST
def webhook_remove(request: OfficeRequest, webhook_id: int) -> HttpResponse:
    operations.remove_webhook(webhook_id=webhook_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The webhook is removed"))
    return redirect("office:webhooks")


@administrators
@require_POST
def webhook_replay(request: OfficeRequest, webhook_id: int) -> HttpResponse:
    count = operations.replay_dead(webhook_id=webhook_id, actor=request.actor, now=timezone.now())
    words = ngettext("%(count)d message is sent again", "%(count)d messages are sent again", count)
    messages.success(request, words % {"count": count})
    return redirect("office:webhook", webhook_id)


@administrators
@require_POST
def webhook_send_again(request: OfficeRequest, delivery_id: int) -> HttpResponse:
    webhook_id = queries.deliveries_visible_to(request.actor).values_list("webhook_id", flat=True).get(pk=delivery_id)
    operations.replay(delivery_id=delivery_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The message is sent again"))
    return redirect("office:webhook", webhook_id)


def _secret(request: OfficeRequest, made: MadeWebhook, name: str) -> HttpResponse:
    return shown_once(
        request,
        title=_("Secret of the webhook"),
        name=name,
        label=_("Secret"),
        secret=made.secret,
        done=reverse("office:webhook", args=[made.webhook_id]),
    )


def _told(row: DeliveryRow) -> tuple[DeliveryRow, str, list[dict[str, object]]]:
    return row, TITLES[row.event], [_answered(each) for each in row.attempts]


def _answered(row: TryRow) -> dict[str, object]:
    words = FAILURES.get(row.failure, row.failure)
    return {"at": row.at, "status": row.status, "words": words, "answer": row.answer}
