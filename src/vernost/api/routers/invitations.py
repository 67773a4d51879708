"""Invitations, the programmes that make them, and why somebody is invited or is not."""

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from ninja import Router, Schema
from ninja.params.functions import Query

from vernost.accounts import source_ids
from vernost.accounts.source_ids import References
from vernost.accounts.tokens import Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.pages import USUAL, Page, narrowed, page_of
from vernost.api.types import Cursor, Day, Limit, Ref
from vernost.automation.queries import work as automation
from vernost.customers import queries as customers
from vernost.invitations.queries.customer import visible_to
from vernost.invitations.queries.programmes import programmes_visible_to
from vernost.invitations.wording import translated
from vernost.vehicles import queries as vehicles

router = Router(tags=["invitations"])


class InvitationOut(Schema):
    """`state` as it moves down the funnel; `anchor` is what the due date was computed from."""

    id: int
    programme: str
    customer_id: str | None
    vehicle_id: str | None
    branch_id: str | None
    anchor: str
    created_for: date
    due_on: date
    expires_on: date | None
    state: str
    reason: str
    attempts: int
    next_try_at: datetime | None
    decline_reason: str
    appointment_id: str | None
    ended_at: datetime | None


def of(row: Any, refs: References) -> InvitationOut:  # noqa: ANN401 - an Invitation with what it names
    return InvitationOut(
        id=row.pk,
        programme=row.programme.code,
        customer_id=refs.of(row.customer),
        vehicle_id=refs.of(row.vehicle),
        branch_id=refs.of(row.branch),
        anchor=row.anchor,
        created_for=row.created_for,
        due_on=row.due_on,
        expires_on=row.expires_on,
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        decline_reason=row.decline_reason,
        appointment_id=refs.of(row.appointment),
        ended_at=row.ended_at,
    )


def shown(request: ApiRequest) -> "QuerySet[Any]":
    related = ("programme", "customer", "vehicle", "branch", "appointment")
    return visible_to(request.actor).select_related(*related)


@router.get("/invitations", response=Page[InvitationOut], auth=Needs(Scope.INVITATIONS), summary="Invitations")
def list_invitations(
    request: ApiRequest,
    customer_id: Ref = Query(None),
    created_for: Day = Query(None, description="Only those of the night of this day"),
    cursor: Cursor = Query(None),
    limit: Limit = Query(USUAL),
) -> Page[InvitationOut]:
    refs = source_ids.load()
    rows = narrowed(shown(request), request.actor, refs, customer_id=customer_id, created_for=created_for)
    return page_of(rows, of, refs, cursor=cursor, limit=limit)


class WhyOut(Schema):
    """`state` is invited, suppressed or not_candidate; `code` the suppression or the condition that failed."""

    programme: str
    vehicle_id: str | None
    state: str
    code: str
    why: str
    reason: str | None
    due_on: date | None
    anchor: str | None


class WhysOut(Schema):
    customer_id: str
    as_of: date
    answers: list[WhyOut]


@router.get(
    "/customers/{path:customer_id}/why", response=WhysOut, auth=Needs(Scope.INVITATIONS), summary="Why invited, or not"
)
def why(request: ApiRequest, customer_id: Ref, as_of: Day = Query(None)) -> WhysOut:
    """One answer for every programme and car of the customer on a day, as `vernost why` gives it."""
    refs = source_ids.load()
    customer = refs.find(customers.visible_to(request.actor), customer_id)
    day = as_of or timezone.localdate()
    answers = automation.why(customer.pk, as_of=day)
    ids = {answer.vehicle_id for answer in answers if answer.vehicle_id is not None}
    cars = vehicles.visible_to(request.actor).in_bulk(ids)
    return WhysOut(
        customer_id=refs.of(customer),
        as_of=day,
        answers=[
            WhyOut(
                programme=answer.programme,
                vehicle_id=refs.of(cars.get(answer.vehicle_id)) if answer.vehicle_id else None,
                state=answer.state,
                code=answer.code,
                why=translated(answer.words),
                reason=translated(answer.reason) if answer.reason else None,
                due_on=answer.due_on,
                anchor=answer.anchor,
            )
            for answer in answers
        ],
    )


class ProgrammeOut(Schema):
    code: str
    kind: str
    title: str
    active: bool
    lead_days: int
    grace_days: int
    message_class: str
    rank: int


@router.get("/programmes", response=list[ProgrammeOut], auth=Needs(Scope.BRANCHES), summary="Invitation programmes")
def list_programmes(request: ApiRequest) -> list[ProgrammeOut]:
    """The standing rules and campaigns, the one that goes first first."""
    rows = programmes_visible_to(request.actor).order_by("rank", "pk")
    columns = ("code", "kind", "title", "active", "lead_days", "grace_days", "message_class", "rank")
    return [ProgrammeOut(**row) for row in rows.values(*columns)]
