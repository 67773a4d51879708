"""Housekeeping of the accounts by the clock."""

from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.accounts import tokens


@app.periodic(cron="20 4 * * *")
@app.task(name="accounts.forget_old_answers", queueing_lock="accounts.forget_old_answers", pass_context=False)
def forget_old_answers(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Let go of answers whose Idempotency-Key nobody repeats any more."""
    tokens.forget_old_answers(now=timezone.now())
