"""The clock's work: the night at its hour, as a job that only one worker takes."""

from datetime import time

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.automation import rules
from vernost.automation.models import NightRun
from vernost.core.actor import system


@app.periodic(cron="*/5 * * * *")
@app.task(name="automation.night", queueing_lock="automation.night", lock="automation.night", pass_context=False)
def night(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Decide the day once its hour has come, also when the machine slept through it."""
    now = timezone.now()
    day = rules.night_due(timezone.localtime(now), time.fromisoformat(settings.NIGHT_AT))
    if day is None or NightRun.objects.filter(as_of__gte=day).exists():
        return
    from vernost.automation import operations  # noqa: PLC0415 - every process imports the jobs; this loads the engines

    operations.run_night(as_of=day, actor=system("night"), now=now)


@app.task(name="automation.follow_import", queueing_lock="automation.follow_import")
def follow_import() -> None:
    """After an import: orders find their appointments and invitations, customers their time zones."""
    from vernost.automation import operations  # noqa: PLC0415 - as above
    from vernost.calls import operations as calls  # noqa: PLC0415 - as above

    operations.follow_import(actor=system("import"), now=timezone.now())
    calls.place_in_zones(only_new=False)
