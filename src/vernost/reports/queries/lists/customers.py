"""The list of customers."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Q
from django.utils.timezone import localdate

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.core.rights import Sensitive
from vernost.customers import queries
from vernost.customers.models import AddressKind, ContactAddress, Customer
from vernost.customers.queries.words import titles_of
from vernost.customers.rules.words import WordList
from vernost.reports.queries.lists.definition import Cell, ListColumn, ListFilter, RecordList, Rows
from vernost.segments.models import SegmentMember
from vernost.segments.queries import saved as segments
from vernost.vehicles.models import Ownership

KINDS = {"person": _("Person"), "company": _("Company")}


def _blocked(said: str) -> Q:
    today = localdate()
    is_blocked = Q(blocked=True, blocked_on=None) | Q(blocked_on__lte=today) & ~Q(blocked=False)
    return is_blocked if said == "1" else ~is_blocked | Q(blocked=None, blocked_on=None)


def _is_blocked(one: Customer) -> bool | None:
    """Return what the source says; where it says a day alone, whether it has come; None: nothing is said."""
    if one.blocked is None and one.blocked_on is not None:
        return one.blocked_on <= localdate()
    return one.blocked


def _of_source(said: str) -> Q:
    """Find by the word that the cards hold, or by its title."""
    return Q(origin__in=[said, *(word for word, title in titles_of(WordList.SOURCES).items() if title == said)])


def _in_segment(code: str) -> Q:
    return Q(pk__in=SegmentMember.objects.filter(segment__code=code).values("customer_id"))


def _segments(actor: Actor) -> list[tuple[str, str]]:
    return [(row.code, row.title) for row in segments.visible_to(actor).order_by("title", "pk")]


def _read(ids: Collection[int], wanted: Collection[str], actor: Actor) -> Rows:
    rows: dict[int, dict[str, Cell]] = {}
    for one in Customer.objects.filter(pk__in=ids).select_related("advisor"):
        rows[one.pk] = {
            "name": one.full_name,
            "ref": one.external_id or "",
            "kind": one.kind,
            "city": one.city,
            "category": one.category,
            "origin": one.origin,
            "advisor": one.advisor.name if one.advisor else "",
            "created_on": one.created_on,
            "birth_date": one.birth_date,
            "blocked": _is_blocked(one),
        }
    if "origin" in wanted:
        titles = titles_of(WordList.SOURCES)
        for row in rows.values():
            row["origin"] = titles.get(row["origin"], row["origin"])
    for column, values in (("phone", _phones), ("cars", _cars)):
        if column in wanted:
            for pk, value in values(ids).items():
                rows[pk][column] = sensitive.shown(actor, Sensitive.PHONE, value) if column == "phone" else value
    return rows


def _phones(ids: Collection[int]) -> dict[int, Cell]:
    found = ContactAddress.objects.filter(customer_id__in=ids, kind=AddressKind.PHONE, invalid_on=None)
    return dict(found.order_by("-position", "-pk").values_list("customer_id", "value"))


def _cars(ids: Collection[int]) -> dict[int, Cell]:
    cars: dict[int, list[Any]] = defaultdict(list)
    present = Ownership.objects.filter(customer_id__in=ids, owned_until=None, vehicle__scrapped=False)
    columns = ("customer_id", "vehicle__make", "vehicle__model", "vehicle__plate")
    for pk, make, model, plate in present.order_by("pk").values_list(*columns):
        cars[pk].append((f"{make} {model}".strip(), plate))
    return dict(cars)


def _search(text: str, actor: Actor, limit: int) -> list[int]:
    return [row.id for row in queries.search(text, actor=actor, limit=limit)]


CUSTOMERS = RecordList(
    code="customers",
    title=_("Customers"),
    target="customer",
    visible_to=queries.visible_to,
    read=_read,
    search=_search,
    columns=(
        ListColumn("name", _("Customer"), sort="sort_key"),
        ListColumn("phone", _("Phone"), "phone"),
        ListColumn("cars", _("Cars"), "cars"),
        ListColumn("city", _("City")),
        ListColumn("kind", _("Person or company"), "word", words=KINDS),
        ListColumn("category", _("Category")),
        ListColumn("origin", _("Source")),
        ListColumn("advisor", _("Advisor")),
        ListColumn("birth_date", _("Born"), "day"),
        ListColumn("created_on", _("Customer since"), "day"),
        ListColumn("blocked", _("Blocked"), "flag"),
        ListColumn("ref", _("Id in the source"), sort="id"),
    ),
    filters=(
        ListFilter(
            "kind", _("Person or company"), "choice", lambda said: Q(kind=said), lambda _: [*KINDS.items()], marked=True
        ),
        ListFilter("city", _("City"), "text", lambda said: Q(city=said)),
        ListFilter("category", _("Category"), "text", lambda said: Q(category=said)),
        ListFilter("origin", _("Source"), "text", _of_source),
        ListFilter("blocked", _("Blocked"), "flag", _blocked),
        ListFilter("segment", _("Segment"), "choice", _in_segment, _segments),
    ),
    usual=("name", "phone", "cars", "city"),
    order="name",
)
