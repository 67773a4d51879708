"""The clock's work on customers."""

from django.utils import timezone
from procrastinate.contrib.django import app

from vernost.core.actor import system
from vernost.customers import operations

# Cards are compared by one job at a time: it takes the memory of a search.
SEARCH = "customers.duplicates"
_AN_HOUR = 3600


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


@app.periodic(cron="0 20-23 * * *")
@app.task(name="customers.find_duplicates", queueing_lock="customers.find_duplicates", lock=SEARCH, pass_context=False)
def find_duplicates(timestamp: int) -> None:
    """Compare all cards in the night, once a week. A night that was slept through is not made up by day."""
    if timezone.now().timestamp() - timestamp > _AN_HOUR:
        return
    operations.search_where_due(actor=system("duplicates"), now=timezone.now())


@app.task(name="customers.search_duplicates", queueing_lock="customers.search_duplicates", lock=SEARCH)
def search_duplicates() -> None:
    """Compare all cards, as somebody has asked."""
    operations.search_where_asked(actor=system("duplicates"), now=timezone.now())


@app.task(name="customers.merge_certain", queueing_lock="customers.merge_certain")
def merge_certain() -> None:
    """After a night, merge the pairs of which there is no doubt, where that is switched on."""
    operations.merge_certain_where_wished(actor=system("duplicates"), now=timezone.now())
