"""The figures of one customer, as the report `customers` has them."""

from datetime import date

from django.utils import timezone
from ninja import Router, Schema
from ninja.params.functions import Query

from vernost.accounts import source_ids
from vernost.accounts.tokens import Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.types import Day, Ref
from vernost.core.rights import Sensitive
from vernost.customers import queries as customers
from vernost.reports.queries.one_customer import figures_of

router = Router(tags=["customers"])


class MetricsOut(Schema):
    """Money in roubles as a text with two decimals, the margin null for a key that is not told it.

    `r`, `f`, `m` are scores, null outside the window.
    """

    customer_id: str
    as_of: date
    state: str
    dna_code: str
    last_visit_on: date | None
    visits: int
    revenue: str
    margin: str | None
    cumulative_margin: str | None
    r: int | None
    f: int | None
    m: int | None
    abc: str
    p_alive: float | None
    expected_visits: float | None
    risks: list[str]


@router.get(
    "/customers/{path:customer_id}/metrics",
    response=MetricsOut,
    auth=Needs(Scope.METRICS),
    summary="Figures of a customer",
)
def customer_metrics(request: ApiRequest, customer_id: Ref, as_of: Day = Query(None)) -> MetricsOut:
    """State, RFM, ABC and money on a day (today where none is given), over what the key sees."""
    refs = source_ids.load()
    customer = refs.find(customers.visible_to(request.actor), customer_id)
    day = as_of or timezone.localdate()
    figures = dict(figures_of(customer.pk, as_of=day, actor=request.actor))
    if not request.actor.shows(Sensitive.MARGIN):
        figures |= dict.fromkeys(("margin", "cumulative_margin"))
    return MetricsOut(**{**figures, "customer_id": refs.of(customer), "as_of": day})
