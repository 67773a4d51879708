"""The clock's work, the night at its hour as a job that only one worker takes, and news to other systems."""

from datetime import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.automation.models import NightRun
from vernost.automation.operations import following
from vernost.automation.rules.nights import night_due
from vernost.core.actor import system


@app.periodic(cron="*/5 * * * *")
@app.task(name="automation.night", queueing_lock="automation.night", lock="automation.night", pass_context=False)
def night(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Decide the day once its hour has come, also when the machine slept through it."""
    now = timezone.now()
    day = night_due(timezone.localtime(now), time.fromisoformat(settings.NIGHT_AT))
    if day is None or NightRun.objects.filter(as_of__gte=day).exists():
        return
    from vernost.automation.operations import nights  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    nights.run_night(as_of=day, actor=system("night"), now=now)


@app.task(name="automation.follow_import", queueing_lock="automation.follow_import")
def follow_import() -> None:
    """After an import: orders find their appointments and invitations, customers their time zones."""
    from vernost.calls import operations as calls  # noqa: PLC0415 - as above

    following.follow_import(actor=system("import"), now=timezone.now())
    calls.place_in_zones(only_new=False)


@app.task(name="automation.appointment_news")
def appointment_news(appointment_id: int, news: str, message_id: str) -> None:
    """An appointment has changed: its invitation follows, and other systems are told."""
    from vernost.automation.operations import webhooks  # noqa: PLC0415 - as above
    from vernost.automation.queries.webhooks import appointment_data  # noqa: PLC0415 - as above
    from vernost.calls import operations as calls  # noqa: PLC0415 - as above

    now = timezone.now()
    calls.follow_appointment(appointment_id=appointment_id, now=now)
    told = appointment_data(appointment_id)
    if told is not None:
        data, branch_id = told
        event = f"appointment.{news}"
        webhooks.announce(event=event, data=data, branch_id=branch_id, message_id=UUID(message_id), now=now)


@app.task(name="automation.announce")
def announce(event: str, data: dict[str, Any], message_id: str) -> None:
    """Tell other systems of what concerns the whole group."""
    from vernost.automation.operations import webhooks  # noqa: PLC0415 - as above

    webhooks.announce(event=event, data=data, branch_id=None, message_id=UUID(message_id), now=timezone.now())


@app.task(name="automation.send_webhook")
def send_webhook(delivery_id: int) -> None:
    from vernost.automation.operations import webhooks  # noqa: PLC0415 - as above

    webhooks.send(delivery_id=delivery_id, now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="automation.send_due_webhooks", queueing_lock="automation.send_due_webhooks", pass_context=False)
def send_due_webhooks(timestamp: int) -> None:  # noqa: ARG001 - as above
    from vernost.automation.operations import webhooks  # noqa: PLC0415 - as above

    webhooks.send_due(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="automation.tell_news", queueing_lock="automation.tell_news", pass_context=False)
def tell_news(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Tell other systems of the contacts, consents and merges of the last minute."""
    from vernost.automation.operations import news  # noqa: PLC0415 - as above

    news.tell(now=timezone.now())


@app.periodic(cron="40 4 * * *")
@app.task(name="automation.forget_webhooks", queueing_lock="automation.forget_webhooks", pass_context=False)
def forget_webhooks(timestamp: int) -> None:  # noqa: ARG001 - as above
    from vernost.automation.operations import webhooks  # noqa: PLC0415 - as above

    webhooks.forget_old(now=timezone.now())
