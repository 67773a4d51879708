"""The clock's work on customers."""

from procrastinate.contrib.django import app

from vernost.customers import operations


@app.periodic(cron="* * * * *")
@app.task(name="customers.follow_merges", queueing_lock="customers.follow_merges", pass_context=False)
def follow_merges(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Bring along what was being written to a card at the moment when it was merged."""
    operations.follow_merges()
