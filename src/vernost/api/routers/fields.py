"""Fields that administrators have added: which there are, and values put into records by another system."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from ninja import Router, Schema

from vernost.accounts import source_ids
from vernost.accounts.source_ids import References
from vernost.accounts.tokens import Scope
from vernost.api import fields
from vernost.api.access import ApiRequest, Needs
from vernost.api.fields import FieldsIn
from vernost.api.routers import customers, deals, orders, vehicles
from vernost.api.routers.customers import CustomerOut
from vernost.api.routers.deals import DealOut
from vernost.api.routers.orders import OrderOut
from vernost.api.routers.vehicles import VehicleOut
from vernost.api.service import api, check_if_match
from vernost.api.types import Ref
from vernost.core.actor import Actor
from vernost.core.custom_fields import targets
from vernost.customers.operations.field_values import set_values
from vernost.customers.queries.fields import definitions
from vernost.customers.rules.fields import Kind

router = Router(tags=["fields"])
Out = TypeVar("Out")


class ChoiceOut(Schema):
    code: str
    title: str


class FieldOut(Schema):
    """`records` is customer, vehicle, order or deal. `choices` are those of its directory, in their order."""

    records: str
    code: str
    title: str
    kind: Literal[
        "text",
        "long_text",
        "whole",
        "decimal",
        "money",
        "day",
        "flag",
        "choice",
        "choices",
        "phone",
        "link",
        "file",
    ]
    unit: str
    least: int | None
    most: int | None
    choices: list[ChoiceOut]


@router.get("/fields", response=list[FieldOut], auth=Needs(Scope.BRANCHES), summary="Fields of administrators")
def list_fields(request: ApiRequest) -> list[FieldOut]:  # noqa: ARG001 - ninja hands it over
    return [
        FieldOut(
            records=one.target,
            code=one.code,
            title=one.title,
            kind=Kind(one.kind).value,
            unit=one.unit,
            least=one.least,
            most=one.most,
            choices=[ChoiceOut(code=each.code, title=each.title) for each in one.open_choices],
        )
        for one in definitions()
    ]


@router.post(
    "/customers/{path:customer_id}/fields",
    response=CustomerOut,
    auth=Needs(Scope.FIELDS),
    summary="Put values into a customer's fields",
)
def set_customer(request: ApiRequest, customer_id: Ref, values: FieldsIn) -> CustomerOut:
    """Put in values, or take them away. With If-Match only while the customer is as he was read."""
    return _set(request, "customer", customer_id, values, customers.shown, customers.of)


@router.post(
    "/vehicles/{path:vehicle_id}/fields",
    response=VehicleOut,
    auth=Needs(Scope.FIELDS),
    summary="Put values into a car's fields",
)
def set_vehicle(request: ApiRequest, vehicle_id: Ref, values: FieldsIn) -> VehicleOut:
    """Put in values, or take them away. With If-Match only while the car is as it was read."""
    return _set(request, "vehicle", vehicle_id, values, vehicles.shown, vehicles.of)


@router.post(
    "/orders/{path:order_id}/fields",
    response=OrderOut,
    auth=Needs(Scope.FIELDS),
    summary="Put values into an order's fields",
)
def set_order(request: ApiRequest, order_id: Ref, values: FieldsIn) -> OrderOut:
    """Put in values, or take them away. With If-Match only while the order is as it was read."""
    return _set(request, "order", order_id, values, orders.shown, orders.of)


@router.post(
    "/deals/{path:deal_id}/fields",
    response=DealOut,
    auth=Needs(Scope.FIELDS),
    summary="Put values into a deal's fields",
)
def set_deal(request: ApiRequest, deal_id: Ref, values: FieldsIn) -> DealOut:
    """Put in values, or take them away. With If-Match only while the deal is as it was read."""
    return _set(request, "deal", deal_id, values, deals.shown, deals.of)


@transaction.atomic
def _set(
    request: ApiRequest,
    target: str,
    ref: str,
    values: FieldsIn,
    shown: Callable[[ApiRequest], "QuerySet[Any]"],
    of: Callable[[Any, References, Actor], Out],
) -> Out:
    refs = source_ids.load()
    found = refs.find(shown(request).select_for_update(of=("self",)), ref)
    check_if_match(request, api, of(found, refs, request.actor))
    set_values(
        target=targets[target],
        record_id=found.pk,
        said=fields.said(values.fields),
        actor=request.actor,
        now=timezone.now(),
    )
    return of(shown(request).get(pk=found.pk), refs, request.actor)
