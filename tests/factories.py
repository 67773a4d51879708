"""Rows that tests need, with the least said: plain functions, everything by name."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from vernost.accounts.models import Branch, Employee, EmployeeRole
from vernost.core import names
from vernost.customers.models import ContactAddress, Customer
from vernost.invitations.models import Cycle, Invitation, Programme
from vernost.sales.models import Deal
from vernost.vehicles.models import Ownership, Vehicle
from vernost.workshop.models import Appointment, Bay, OrderLine, RepairOrder

_number = count(1)


def branch(*, name="Kazan", timezone="Europe/Moscow", bays=None, open_at=time(9), close_at=time(19), **more):
    made = Branch.objects.create(name=name, timezone=timezone, bays=bays, open_at=open_at, close_at=close_at, **more)
    Bay.objects.bulk_create([Bay(branch=made, number=number) for number in range(1, (bays or 0) + 1)])
    return made


def advisor(*, branch, name="Advisor"):
    return Employee.objects.create(branch=branch, name=name, role=EmployeeRole.ADVISOR)


def customer(*, name="Ivanov Sergey Petrovich", phones=("+79171234567",), timezone="Europe/Moscow", **more):
    words = [*name.split(), "", "", ""]
    made = Customer.objects.create(
        full_name=name,
        last_name=words[0],
        first_name=words[1],
        middle_name=words[2],
        sort_key=names.sort_key(name),
        timezone=timezone,
        **more,
    )
    ContactAddress.objects.bulk_create(
        [
            ContactAddress(customer=made, kind="phone", value=value, position=position)
            for position, value in enumerate(phones)
        ]
    )
    return made


def vehicle(*, owner=None, make="Haval", model="Jolion", plate="А123ВС116", **more):
    made = Vehicle.objects.create(make=make, model=model, plate=plate, **more)
    if owner is not None:
        Ownership.objects.create(vehicle=made, customer=owner)
    return made


def programme(*, code=None, kind="next_service", rank=3, message_class="service", **more):
    values = {
        "title": code or kind,
        "active": True,
        "lead_days": 14,
        "grace_days": 90,
        "channels": ["call"],
        "attempt_delays": [120, 1440, 1440, 2880],
        "hours_from": time(9),
        "hours_to": time(20),
        "weekend_from": time(10),
        "weekend_to": time(18),
    }
    return Programme.objects.create(
        code=code or f"{kind}-{next(_number)}", kind=kind, rank=rank, message_class=message_class, **{**values, **more}
    )


def invitation(*, programme, branch=None, customer=None, vehicle=None, due_on=date(2026, 12, 1), anchor=None, **more):
    """Make an invitation in the queue, with a customer and a car of its own unless given."""
    owner = customer or globals()["customer"](name=f"Customer {next(_number)}")
    car = vehicle or globals()["vehicle"](owner=owner)
    anchor = anchor or f"order:{next(_number)}"
    cycle = Cycle.objects.create(
        programme=programme,
        customer=owner,
        vehicle=car,
        anchor=anchor,
        bucket=5000,
        held_out=False,
        started_on=date(2026, 11, 23),
        due_on=due_on,
        branch=branch,
    )
    values = {"zone": owner.timezone, "created_for": date(2026, 11, 23), "reason": "months"}
    return Invitation.objects.create(
        cycle=cycle,
        programme=programme,
        customer=owner,
        vehicle=car,
        branch=branch,
        anchor=anchor,
        due_on=due_on,
        **{**values, **more},
    )


def appointment(*, branch, starts_at, hours=1, bay=None, customer=None, vehicle=None, status="booked", **more):
    return Appointment.objects.create(
        branch=branch,
        customer=customer,
        vehicle=vehicle,
        bay=bay,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=hours),
        starts_on=starts_at.astimezone(ZoneInfo(branch.timezone)).date(),
        status=status,
        **more,
    )


def order(*, branch=None, customer=None, vehicle=None, opened_on=date(2026, 11, 23), lines=(), **more):
    """Make a closed order; `lines` are (name, amount) or (name, amount, declined)."""
    values = {"status": "closed", "closed_on": opened_on, "kind": "repair"}
    made = RepairOrder.objects.create(
        branch=branch, customer=customer, vehicle=vehicle, opened_on=opened_on, **{**values, **more}
    )
    OrderLine.objects.bulk_create(
        [
            OrderLine(order=made, line_no=number, name=line[0], amount=line[1], declined=line[2:] == (True,))
            for number, line in enumerate(lines, 1)
        ]
    )
    return made


def deal(*, branch=None, customer=None, vehicle=None, opened_on=date(2026, 11, 2), **more):
    """Make a car sold."""
    values = {"status": "won", "closed_on": opened_on, "amount": 2_500_000, "cost": 1_900_000}
    return Deal.objects.create(
        branch=branch, customer=customer, vehicle=vehicle, opened_on=opened_on, **{**values, **more}
    )


def at(hour, minute=0, *, day=date(2026, 11, 24)):
    """Return a moment on a Tuesday, on Moscow's clock."""
    return datetime.combine(day, time(hour, minute), UTC) - timedelta(hours=3)
