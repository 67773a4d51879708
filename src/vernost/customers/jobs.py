"""The clock's work on customers."""

from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.core.actor import system
from vernost.customers import operations


@app.periodic(cron="* * * * *")
@app.task(name="customers.follow_merges", queueing_lock="customers.follow_merges", pass_context=False)
def follow_merges(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate names the minute
    """Bring along what was being written to a card at the moment when it was merged."""
    operations.follow_merges()


@app.periodic(cron="* * * * *")
@app.task(name="customers.seal_consents", queueing_lock="customers.seal_consents", pass_context=False)
def seal_consents(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Chain what was added to the ledger of consents."""
    operations.seal_consents(now=timezone.now())


@app.periodic(cron="0 22 * * 6")
@app.task(name="customers.find_duplicates", queueing_lock="customers.find_duplicates", pass_context=False)
def find_duplicates(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Compare all cards in the night to Sunday."""
    operations.find_duplicates(actor=system("duplicates"), now=timezone.now())


@app.task(name="customers.merge_certain", queueing_lock="customers.merge_certain")
def merge_certain() -> None:
    """After a night, merge the pairs of which there is no doubt, where that is switched on."""
    operations.merge_certain_where_wished(actor=system("duplicates"), now=timezone.now())
