"""Reads of the workshop: what a branch can do, what is booked, the day of the reception."""

from vernost.workshop.queries.appointments import (
    EXPECTED,
    AppointmentRow,
    appointments_of,
    arrivals_by_advisor,
    expected_appointment,
    expected_of,
    visible_to,
)
from vernost.workshop.queries.capacity import (
    BayRow,
    bays,
    busy_between,
    calendar_between,
    day_window,
    local_today,
    workshop_of,
)
from vernost.workshop.queries.grid import Cell, Week, week
from vernost.workshop.queries.loads import BranchLoad, loads
from vernost.workshop.queries.orders import OrderRow, find_orders, orders_of, orders_visible_to, with_totals
from vernost.workshop.queries.reception import day

__all__ = [
    "EXPECTED",
    "AppointmentRow",
    "BayRow",
    "BranchLoad",
    "Cell",
    "OrderRow",
    "Week",
    "appointments_of",
    "arrivals_by_advisor",
    "bays",
    "busy_between",
    "calendar_between",
    "day",
    "day_window",
    "expected_appointment",
    "expected_of",
    "find_orders",
    "loads",
    "local_today",
    "orders_of",
    "orders_visible_to",
    "visible_to",
    "week",
    "with_totals",
    "workshop_of",
]
