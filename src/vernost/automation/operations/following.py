"""What follows from orders that have come. Apart from the nights: they load the analytic engines."""

from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from vernost.core.actor import Actor
from vernost.invitations.operations.attribution import LOOK_BACK, attribute_orders
from vernost.workshop import operations as workshop
from vernost.workshop.models import RepairOrder

# A visit that became known later than so many days after it makes nobody an advisor's own.
_ATTACHED_LATELY = timedelta(days=14)


def follow_import(*, actor: Actor, now: datetime) -> None:
    """Let new orders find their appointments and their invitations; repeating it changes nothing."""
    newest = RepairOrder.objects.aggregate(day=Max("opened_on"))["day"]
    if newest is not None:
        settle_visits(day=min(newest, timezone.localdate(now)), actor=actor, now=now)


def settle_visits(*, day: date, actor: Actor, now: datetime) -> None:
    """Let the orders of the weeks until a day find what they came from, and their customers an advisor."""
    since = day - LOOK_BACK
    workshop.match_orders(since=since)
    attribute_orders(since=since, actor=actor, now=now)
    workshop.attach_to_advisors(since=day - _ATTACHED_LATELY, actor=actor, now=now)
