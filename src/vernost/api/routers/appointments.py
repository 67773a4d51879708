"""Appointments: what is booked, and booking by another system (a site, a bot, the maker's portal)."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from ninja.params.functions import Query
from pydantic import Field

from vernost.accounts import source_ids
from vernost.accounts.queries import branches_visible_to, employees_visible_to
from vernost.accounts.source_ids import References
from vernost.accounts.tokens import Given, Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.once import key_header, key_of, once
from vernost.api.pages import USUAL, Page, narrowed, page_of
from vernost.api.service import api, check_if_match
from vernost.api.types import Cursor, Day, Limit, Moment, Ref, Strict, Words
from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.customers import queries as customers
from vernost.vehicles import queries as vehicles
from vernost.workshop import operations, queries
from vernost.workshop.models import Appointment, AppointmentStatus
from vernost.workshop.operations import Booking

router = Router(tags=["appointments"])

OrderKinds = Literal["", "maintenance", "repair", "body", "warranty", "internal", "presale", "tyres", "accessories"]


class AppointmentOut(Schema):
    id: str
    branch_id: str | None
    customer_id: str | None
    vehicle_id: str | None
    advisor_id: str | None
    starts_at: datetime
    ends_at: datetime | None
    booked_on: date | None
    status: str
    order_id: str | None
    labour_hours: str | None
    note: str


class BookingIn(Strict):
    """`labour_hours` decides how long a bay is taken, `kind` which bays will do. Without an advisor one is found."""

    branch_id: Ref
    starts_at: Moment
    customer_id: Ref
    vehicle_id: Ref | None = None
    advisor_id: Ref | None = None
    labour_hours: Annotated[float, Field(gt=0, le=12, allow_inf_nan=False)] | None = None
    kind: OrderKinds = ""
    note: Words = ""


class MoveIn(Strict):
    starts_at: Moment
    branch_id: Ref | None = None


def of(row: Any, refs: References, actor: Actor) -> AppointmentOut:  # noqa: ANN401 - an Appointment with what it names
    return AppointmentOut(
        id=refs.of(row),
        branch_id=refs.of(row.branch),
        customer_id=refs.of(row.customer),
        vehicle_id=refs.of(row.vehicle),
        advisor_id=refs.of(row.advisor),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        booked_on=row.booked_on,
        status=row.status,
        order_id=refs.of(row.order),
        labour_hours=None if row.labour_hours is None else f"{row.labour_hours:.2f}",
        note=sensitive.told(actor, row.note),
    )


def shown(request: ApiRequest) -> "QuerySet[Any]":
    found = queries.visible_to(request.actor).exclude(status=AppointmentStatus.HELD)
    return found.select_related("branch", "customer", "vehicle", "advisor", "order")


@router.get("/appointments", response=Page[AppointmentOut], auth=Needs(Scope.APPOINTMENTS), summary="Appointments")
def list_appointments(
    request: ApiRequest,
    customer_id: Ref = Query(None),
    starts_from: Day = Query(None, description="On this day of the branch or later"),
    starts_to: Day = Query(None, description="On this day of the branch or earlier"),
    cursor: Cursor = Query(None),
    limit: Limit = Query(USUAL),
) -> Page[AppointmentOut]:
    refs = source_ids.load()
    rows = narrowed(
        shown(request),
        request.actor,
        refs,
        customer_id=customer_id,
        starts_on__gte=starts_from,
        starts_on__lte=starts_to,
    )
    return page_of(rows, partial(of, actor=request.actor), refs, cursor=cursor, limit=limit)


@router.post("/appointments", response={201: AppointmentOut}, auth=Needs(Scope.BOOKING), summary="Book")
def book(request: ApiRequest, booking: BookingIn, idempotency_key: str = key_header()) -> HttpResponse:
    """Take a free place of the branch. The same Idempotency-Key books once, however often it is sent."""
    now = timezone.now()

    def work() -> Given:
        refs = source_ids.load()
        made = operations.book(
            booking=_booking(booking, refs, request), key=key_of(request, idempotency_key), actor=request.actor, now=now
        )
        return Given(201, api.rendered(request, of(shown(request).get(pk=made.pk), refs, request.actor)))

    return once(request, idempotency_key, work, now)


def _booking(said: BookingIn, refs: References, request: ApiRequest) -> Booking:
    actor = request.actor
    branch = refs.named(branches_visible_to(actor), said.branch_id, field="branch_id")
    customer = refs.named(customers.visible_to(actor), said.customer_id, field="customer_id")
    vehicle = said.vehicle_id and refs.named(vehicles.visible_to(actor), said.vehicle_id, field="vehicle_id")
    advisors = employees_visible_to(actor).filter(branch=branch)
    advisor = said.advisor_id and refs.named(advisors, said.advisor_id, field="advisor_id")
    return Booking(
        branch_id=branch.pk,
        starts_at=said.starts_at,
        customer_id=customer.pk,
        vehicle_id=vehicle.pk if vehicle else None,
        labour_hours=None if said.labour_hours is None else round(Decimal(str(said.labour_hours)), 2),
        kind=said.kind,
        note=said.note,
        advisor_id=advisor.pk if advisor else None,
    )


@router.post(
    "/appointments/{path:appointment_id}/move",
    response=AppointmentOut,
    auth=Needs(Scope.BOOKING),
    summary="Move an appointment",
)
def move(request: ApiRequest, appointment_id: Ref, to: MoveIn) -> AppointmentOut:
    """Give it another time or branch. With If-Match it is moved only while it is as it was read."""
    now = timezone.now()

    def change(found: Appointment, refs: References) -> None:
        branches = branches_visible_to(request.actor)
        branch = refs.named(branches, to.branch_id, field="branch_id").pk if to.branch_id else found.branch_id
        operations.move(
            appointment_id=found.pk, branch_id=branch or 0, starts_at=to.starts_at, actor=request.actor, now=now
        )

    return _changed(request, appointment_id, change)


@router.post(
    "/appointments/{path:appointment_id}/cancel",
    response=AppointmentOut,
    auth=Needs(Scope.BOOKING),
    summary="Cancel an appointment",
)
def cancel(request: ApiRequest, appointment_id: Ref) -> AppointmentOut:
    """Give the place back. With If-Match it is cancelled only while it is as it was read."""
    now = timezone.now()

    def change(found: Appointment, _refs: References) -> None:
        operations.cancel(appointment_id=found.pk, actor=request.actor, now=now)

    return _changed(request, appointment_id, change)


# After the addresses that begin like it: an id may have slashes.
@router.get(
    "/appointments/{path:appointment_id}",
    response=AppointmentOut,
    auth=Needs(Scope.APPOINTMENTS),
    summary="One appointment",
)
def get_appointment(request: ApiRequest, appointment_id: Ref) -> AppointmentOut:
    refs = source_ids.load()
    return of(refs.find(shown(request), appointment_id), refs, request.actor)


@transaction.atomic
def _changed(
    request: ApiRequest, appointment_id: str, change: Callable[[Appointment, References], None]
) -> AppointmentOut:
    refs = source_ids.load()
    found = refs.find(shown(request).select_for_update(of=("self",)), appointment_id)
    check_if_match(request, api, of(found, refs, request.actor))
    change(found, refs)
    return of(shown(request).get(pk=found.pk), refs, request.actor)
