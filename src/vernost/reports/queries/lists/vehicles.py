"""The list of cars."""

from collections.abc import Collection

from django.db.models import Q

from vernost.accounts.queries import branches_visible_to
from vernost.core import plate, sensitive
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.rights import Sensitive
from vernost.customers.queries import visible_to as customers_visible_to
from vernost.reports.queries.lists.definition import Cell, ListColumn, ListFilter, RecordList, Rows, between
from vernost.vehicles.models import Ownership, Vehicle
from vernost.vehicles.queries import visible_to


def branches(actor: Actor) -> list[tuple[str, str]]:
    return [(str(row.pk), row.name) for row in branches_visible_to(actor).order_by("name", "pk")]


def of_branch(said: str) -> Q:
    return Q(branch_id=int(said) if said.isdecimal() else 0)


def _read(ids: Collection[int], wanted: Collection[str], actor: Actor) -> Rows:
    rows: dict[int, dict[str, Cell]] = {}
    for one in Vehicle.objects.filter(pk__in=ids).select_related("branch"):
        rows[one.pk] = {
            "car": str(one),
            "plate": one.plate,
            "vin": sensitive.shown(actor, Sensitive.VIN, one.vin),
            "year": str(one.year or ""),
            "engine": one.engine,
            "sold_on": one.sold_on,
            "sold_by_us": one.sold_by_us,
            "branch": one.branch.name if one.branch else "",
            "warranty_until": one.warranty_until,
            "scrapped": one.scrapped,
            "ref": one.external_id or "",
        }
    if "owner" in wanted:
        # A car is seen in branches that do not see who owns it.
        owned = list(Ownership.objects.filter(vehicle_id__in=ids, owned_until=None).select_related("customer"))
        people = customers_visible_to(actor).filter(pk__in=[each.customer_id for each in owned])
        seen = set(people.values_list("pk", flat=True))
        for each in owned:
            if each.customer_id in seen:
                rows[each.vehicle_id]["owner"] = (each.customer_id, each.customer.full_name)
    return rows


def _begins(name: str, said: str) -> Q:
    """Ask for a beginning as a range: the index gives it under row-level security too."""
    beginning = plate.fold(said)
    return Q(**{f"{name}__gte": beginning, f"{name}__lt": f"{beginning}\U0010ffff"})


VEHICLES = RecordList(
    code="vehicles",
    title=_("Cars"),
    target="vehicle",
    visible_to=visible_to,
    read=_read,
    columns=(
        ListColumn("car", _("Car")),
        ListColumn("plate", _("Plate"), "plate", sort="plate"),
        ListColumn("vin", _("VIN")),
        ListColumn("year", _("Year")),
        ListColumn("owner", _("Owner"), "customer"),
        ListColumn("engine", _("Engine")),
        ListColumn("sold_on", _("Sold on"), "day"),
        ListColumn("sold_by_us", _("Sold by us"), "flag"),
        ListColumn("branch", _("Branch")),
        ListColumn("warranty_until", _("Warranty"), "day"),
        ListColumn("scrapped", _("Scrapped"), "flag"),
        ListColumn("ref", _("Id in the source"), sort="id"),
    ),
    filters=(
        ListFilter("plate", _("Plate begins with"), "text", lambda said: _begins("plate", said)),
        ListFilter("make", _("Make"), "text", lambda said: Q(make=said)),
        ListFilter("model", _("Model"), "text", lambda said: Q(model=said)),
        ListFilter("year", _("Year"), "numbers", lambda said: between("year", *said)),
        ListFilter("sold_by_us", _("Sold by us"), "flag", lambda said: Q(sold_by_us=said == "1")),
        ListFilter("branch", _("Branch"), "choice", of_branch, branches),
    ),
    usual=("car", "plate", "year", "owner", "vin"),
    order="-ref",
)
