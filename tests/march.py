"""A March of invitations whose funnel is known by heart, and the mirror of it.

number  programme  branch  operator  furthest   revenue  margin
1       service    Kazan   -         targeted
2       service    Kazan   Anna      attempted
3       service    Kazan   Boris     reached
4       service    Kazan   Anna      booked
5       service    Samara  -         arrived
6       lost       Kazan   Boris     paid       12 000   4 000
7       lost       Samara  Anna      paid        8 000   3 000
8       lost       Kazan   (in February)
two pairs of `lost` at Kazan and one at Samara are held out
"""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count

from django.conf import UserSettingsHolder, settings
from django.urls import reverse
from tests import factories, people

from vernost.accounts.models import Branch, User
from vernost.contacts.models import Interaction
from vernost.core.actor import Role
from vernost.customers.models import Customer
from vernost.facts import operations as mirror
from vernost.facts.mirror import root
from vernost.invitations.models import Attribution, ContactAttempt, Cycle, Programme
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import RepairOrder

MARCH = date(2026, 3, 2)
NOW = datetime(2026, 3, 31, 9, tzinfo=UTC)
_folders = count(1)
PERIOD = {"period": "custom", "from": "2026-03-01", "to": "2026-03-31"}
AS_OF = {"as_of": "2026-05-10"}


@dataclass
class Dealership:
    kazan: Branch
    samara: Branch
    anna: User
    boris: User


def attempt(invitation, number, user, *, outcome, reached=True, on=date(2026, 3, 3), talk_seconds=60):
    at = datetime(on.year, on.month, on.day, 9, number, tzinfo=UTC)
    interaction = Interaction.objects.create(
        customer=invitation.customer, vehicle=invitation.vehicle, at=at, on=on, channel="call", direction="out"
    )
    return ContactAttempt.objects.create(
        invitation=invitation,
        interaction=interaction,
        number=number,
        at=at,
        on=on,
        user=user,
        outcome=outcome,
        reached=reached,
        talk_seconds=talk_seconds,
    )


def paid(invitation, user, *, revenue, margin):
    attempt(invitation, 1, user, outcome="booked")
    order = factories.order(
        branch=invitation.branch,
        customer=invitation.customer,
        vehicle=invitation.vehicle,
        opened_on=date(2026, 3, 10),
        amount=revenue,
        cost=revenue - margin,
    )
    Attribution.objects.create(order=order, invitation=invitation, through_appointment=False)


def march():
    """Make the rows; `build()` makes the mirror of them."""
    kazan, samara = factories.branch(name="Казань", vat=False), factories.branch(name="Самара", vat=False)
    anna = people.user(Role.OPERATOR, username="anna", first_name="Анна", last_name="Акимова")
    boris = people.user(Role.OPERATOR, username="boris", first_name="Борис", last_name="Быков")
    service = factories.programme(code="next_service", title="Очередное ТО")
    lost = factories.programme(code="lost", kind="lost", title="Давно не были")
    invited = {}
    for number, (programme, branch, more) in enumerate(
        [
            (service, kazan, {}),
            (service, kazan, {"state": "unreachable"}),
            (service, kazan, {"state": "declined"}),
            (service, kazan, {"state": "booked"}),
            (service, samara, {"state": "arrived"}),
            (lost, kazan, {"state": "paid"}),
            (lost, samara, {"state": "paid"}),
            (lost, kazan, {"created_for": date(2026, 2, 27)}),
        ],
        1,
    ):
        when = factories.at(10, day=date(2026, 3, 9 + number))
        if more.get("state") in {"booked", "arrived"}:
            more["appointment"] = factories.appointment(
                branch=branch, starts_at=when, status=more["state"], booked_on=MARCH
            )
        invited[number] = factories.invitation(
            programme=programme, branch=branch, **{"created_for": MARCH, "due_on": date(2026, 3, 20), **more}
        )
    attempt(invited[2], 1, anna, outcome="no_answer", reached=False, talk_seconds=0)
    attempt(invited[3], 1, anna, outcome="no_answer", reached=False, talk_seconds=0)
    attempt(invited[3], 2, boris, outcome="declined")
    attempt(invited[4], 1, anna, outcome="booked")
    paid(invited[6], boris, revenue=12_000, margin=4_000)
    paid(invited[7], anna, revenue=8_000, margin=3_000)
    for branch in (kazan, kazan, samara):
        held_out(lost, branch)
    Cycle.objects.filter(held_out=False).update(started_on=MARCH)
    return Dealership(kazan, samara, anna, boris)


def held_out(programme, branch, *, started_on=MARCH):
    owner = factories.customer(name="Контрольный Пётр")
    return Cycle.objects.create(
        programme=programme,
        customer=owner,
        vehicle=factories.vehicle(owner=owner),
        anchor=f"visit:{owner.pk}",
        bucket=10,
        held_out=True,
        started_on=started_on,
        due_on=started_on,
        branch=branch,
    )


def crowd(branch, *, invited=150, held_out=120, came=(60, 20)):
    """Add to `lost` pairs enough for a conclusion; of each arm so many came ten days after the night."""
    programme = Programme.objects.get(code="lost")
    cycles = []
    for number in range(invited + held_out):
        owner = Customer.objects.create(full_name=f"Толпин {number}", sort_key=f"толпин {number}")
        car = Vehicle.objects.create(make="Chery", model="Tiggo 7")
        cycles.append(
            Cycle(
                programme=programme,
                customer=owner,
                vehicle=car,
                anchor=f"visit:{owner.pk}",
                bucket=number,
                held_out=number >= invited,
                started_on=MARCH,
                due_on=MARCH,
                branch=branch,
            )
        )
    Cycle.objects.bulk_create(cycles)
    guests = [*cycles[: came[0]], *cycles[invited : invited + came[1]]]
    RepairOrder.objects.bulk_create(
        RepairOrder(
            branch=branch,
            customer_id=cycle.customer_id,
            vehicle_id=cycle.vehicle_id,
            opened_on=date(2026, 3, 12),
            closed_on=date(2026, 3, 12),
            status="closed",
            kind="repair",
            amount=10_000,
            cost=6_000,
        )
        for cycle in guests
    )


@contextmanager
def shown():
    """A March with its mirror."""
    made = march()
    build()
    yield made
    forget()


def funnel(client, **more):
    """Open the funnel of March."""
    return client.get(reverse("office:funnel"), {**PERIOD, **more})


def counts(row):
    return list(row.counts.values())


def build(now=NOW):
    mirror.rebuild(now=now)


def forget():
    """Take the mirror away: the tests that come after begin without one.

    In another folder: a process keeps what it has made of a version by the version's folder. In every layer
    of the settings: a live server lays one over for its test, and the folder below would come back emptied.
    """
    old, layers = root(), [settings._wrapped]
    while isinstance(layers[-1], UserSettingsHolder):
        layers.append(layers[-1].default_settings)
    fresh = layers[-1].MIRROR_DIR.with_name(f"mirror-{next(_folders)}")
    for layer in (*layers, settings):
        layer.MIRROR_DIR = fresh
    shutil.rmtree(old, ignore_errors=True)
