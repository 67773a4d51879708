"""Cars and who owns them."""

from datetime import date
from functools import partial
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from ninja import Router, Schema
from ninja.params.functions import Query

from vernost.accounts import source_ids
from vernost.accounts.audit import record_view
from vernost.accounts.source_ids import References
from vernost.accounts.tokens import Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.fields import Fields, of_rows, shown_fields
from vernost.api.pages import USUAL, Page, page_of
from vernost.api.types import Cursor, Limit, Ref
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers import queries as customers
from vernost.vehicles import queries
from vernost.vehicles.models import Ownership

router = Router(tags=["vehicles"])


class OwnershipOut(Schema):
    """Days [owned_from, owned_until); null is without a border."""

    customer_id: str | None
    owned_from: date | None
    owned_until: date | None


class VehicleOut(Schema):
    """`owners` are those whom the key sees, the present one last."""

    id: str
    vin: str
    plate: str
    make: str
    model: str
    engine: str
    gearbox: str
    year: int | None
    sold_on: date | None
    sold_by_us: bool
    branch_id: str | None
    warranty_until: date | None
    warranty_km: int | None
    scrapped: bool
    owners: list[OwnershipOut]
    fields: Fields


def of(vehicle: Any, refs: References, actor: Actor) -> VehicleOut:  # noqa: ANN401 - a Vehicle with its ownerships
    return VehicleOut(
        id=refs.of(vehicle),
        vin=sensitive.shown(actor, Sensitive.VIN, vehicle.vin),
        plate=vehicle.plate,
        make=vehicle.make,
        model=vehicle.model,
        engine=vehicle.engine,
        gearbox=vehicle.gearbox,
        year=vehicle.year,
        sold_on=vehicle.sold_on,
        sold_by_us=vehicle.sold_by_us,
        branch_id=refs.of(vehicle.branch),
        warranty_until=vehicle.warranty_until,
        warranty_km=vehicle.warranty_km,
        scrapped=vehicle.scrapped,
        owners=[
            OwnershipOut(customer_id=refs.of(row.customer), owned_from=row.owned_from, owned_until=row.owned_until)
            for row in vehicle.shown_owners
        ],
        fields=of_rows(vehicle.shown_fields, actor),
    )


def shown(request: ApiRequest) -> "QuerySet[Any]":
    owners = Ownership.objects.filter(customers.whose_customer_is_visible_to(request.actor))
    owners = owners.select_related("customer").order_by("owned_until", "pk")
    found = queries.visible_to(request.actor).select_related("branch")
    return found.prefetch_related(Prefetch("ownerships", owners, to_attr="shown_owners"), shown_fields("vehicle"))


@router.get("/vehicles", response=Page[VehicleOut], auth=Needs(Scope.VEHICLES), summary="Cars")
def list_vehicles(
    request: ApiRequest,
    customer_id: Ref = Query(None, description="Only the cars that this customer owns or owned"),
    cursor: Cursor = Query(None),
    limit: Limit = Query(USUAL),
) -> Page[VehicleOut]:
    refs = source_ids.load()
    rows = shown(request)
    if customer_id is not None:
        owner = refs.find(customers.visible_to(request.actor), customer_id)
        rows = rows.filter(pk__in=Ownership.objects.filter(customer=owner).values("vehicle_id"))
    return page_of(rows, partial(of, actor=request.actor), refs, cursor=cursor, limit=limit)


@router.get("/vehicles/{path:vehicle_id}", response=VehicleOut, auth=Needs(Scope.VEHICLES), summary="One car")
def get_vehicle(request: ApiRequest, vehicle_id: Ref) -> VehicleOut:
    refs = source_ids.load()
    vehicle = refs.find(shown(request), vehicle_id)
    record_view(subject="vehicle", subject_id=vehicle.pk, actor=request.actor, now=timezone.now())
    return of(vehicle, refs, request.actor)
