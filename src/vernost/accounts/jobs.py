"""Housekeeping of the accounts by the clock."""

from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.accounts import audit, sign_in, tokens


@app.periodic(cron="20 4 * * *")
@app.task(name="accounts.forget_old_answers", queueing_lock="accounts.forget_old_answers", pass_context=False)
def forget_old_answers(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Let go of answers whose Idempotency-Key nobody repeats any more, and wrong passwords of yesterday."""
    tokens.forget_old_answers(now=timezone.now())
    sign_in.forget_old_failures(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="accounts.seal_journal", queueing_lock="accounts.seal_journal", pass_context=False)
def seal_journal(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Chain the lines of the journal that were written since the last minute."""
    audit.seal(now=timezone.now())
