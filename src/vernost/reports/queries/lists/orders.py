"""The list of repair orders."""

from collections.abc import Collection

from django.db.models import Q

from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.customers.queries import visible_to as customers_visible_to
from vernost.reports.queries.lists.definition import Cell, ListColumn, ListFilter, RecordList, Rows, between
from vernost.reports.queries.lists.vehicles import branches, of_branch
from vernost.workshop.queries import orders_visible_to, with_totals
from vernost.workshop.rules import ORDER_KINDS

STATUSES = {"open": _("Open"), "closed": _("Closed"), "cancelled": _("Cancelled")}


def _read(ids: Collection[int], wanted: Collection[str], actor: Actor) -> Rows:
    found = orders_visible_to(actor).filter(pk__in=ids).select_related("customer", "vehicle", "branch", "advisor")
    orders = list(with_totals(found) if "amount" in wanted else found)
    people = [one.customer_id for one in orders if one.customer_id]
    seen = set(customers_visible_to(actor).filter(pk__in=people).values_list("pk", flat=True))
    rows: dict[int, dict[str, Cell]] = {}
    for one in orders:
        rows[one.pk] = {
            "number": one.external_id or str(one.pk),
            "opened_on": one.opened_on,
            "closed_on": one.closed_on,
            "status": one.status,
            "kind": one.kind,
            "customer": (one.customer_id, one.customer.full_name) if one.customer_id in seen else None,
            "car": str(one.vehicle) if one.vehicle else "",
            "plate": one.vehicle.plate if one.vehicle else "",
            "branch": one.branch.name if one.branch else "",
            "advisor": one.advisor.name if one.advisor else "",
            "mileage_km": one.mileage_km,
            "amount": getattr(one, "total", None),
        }
    return rows


ORDERS = RecordList(
    code="orders",
    title=_("Orders"),
    target="order",
    visible_to=orders_visible_to,
    read=_read,
    columns=(
        ListColumn("number", _("Number"), sort="id"),
        ListColumn("opened_on", _("Opened"), "day", sort="opened_on"),
        ListColumn("closed_on", _("Closed"), "day", sort="closed_on"),
        ListColumn("status", _("State"), "word", words=STATUSES),
        ListColumn("kind", _("Kind"), "word", words=ORDER_KINDS),
        ListColumn("customer", _("Customer"), "customer"),
        ListColumn("car", _("Car")),
        ListColumn("plate", _("Plate"), "plate"),
        ListColumn("branch", _("Branch")),
        ListColumn("advisor", _("Advisor")),
        ListColumn("mileage_km", _("Mileage"), "km"),
        ListColumn("amount", _("Amount"), "money"),
    ),
    filters=(
        ListFilter(
            "status", _("State"), "choice", lambda said: Q(status=said), lambda _: [*STATUSES.items()], marked=True
        ),
        ListFilter(
            "kind", _("Kind"), "choice", lambda said: Q(kind=said), lambda _: [*ORDER_KINDS.items()], marked=True
        ),
        ListFilter("opened", _("Opened"), "days", lambda said: between("opened_on", *said)),
        ListFilter("branch", _("Branch"), "choice", of_branch, branches),
    ),
    usual=("number", "opened_on", "customer", "car", "status", "kind", "amount"),
    order="-opened_on",
)
