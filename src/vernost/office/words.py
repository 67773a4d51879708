"""Words for stored codes that several office pages show."""

from vernost.core.i18n import _
from vernost.workshop.models import AppointmentStatus, OrderKind, OrderStatus

ORDER_KINDS = {
    OrderKind.MAINTENANCE: _("Maintenance"),
    OrderKind.REPAIR: _("Repair"),
    OrderKind.BODY: _("Body work"),
    OrderKind.WARRANTY: _("Warranty"),
    OrderKind.INTERNAL: _("Internal"),
    OrderKind.PRESALE: _("Pre-sale"),
    OrderKind.TYRES: _("Tyres"),
    OrderKind.ACCESSORIES: _("Accessories"),
}

ORDER_STATUSES = {
    OrderStatus.OPEN: _("Open"),
    OrderStatus.CLOSED: _("Closed"),
    OrderStatus.CANCELLED: _("Cancelled"),
}

APPOINTMENT_STATUSES = {
    AppointmentStatus.HELD: _("Being booked"),
    AppointmentStatus.BOOKED: _("Booked"),
    AppointmentStatus.CONFIRMED: _("Confirmed"),
    AppointmentStatus.ARRIVED: _("Arrived"),
    AppointmentStatus.NO_SHOW: _("Did not come"),
    AppointmentStatus.CANCELLED: _("Cancelled"),
}
