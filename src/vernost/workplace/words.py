"""Words for stored codes that workplace pages show."""

from vernost.core.i18n import _
from vernost.workshop.models import AppointmentStatus

# What the page says after each.
APPOINTMENT_CHANGES: dict[str, str] = {
    "confirm": _("%(name)s: the appointment is confirmed"),
    "arrive": _("%(name)s has arrived"),
    "miss": _("%(name)s did not come: the customer goes back to the calling queue once"),
    "cancel": _("%(name)s: the appointment is cancelled"),
    "restore": _("%(name)s: taken back"),
}

# A state is a word, a sign and a colour.
APPOINTMENT_SIGNS: dict[str, dict[str, str]] = {
    AppointmentStatus.BOOKED.value: {"level": "info", "icon": "clock"},
    AppointmentStatus.CONFIRMED.value: {"level": "info", "icon": "checks"},
    AppointmentStatus.ARRIVED.value: {"level": "ok", "icon": "check"},
    AppointmentStatus.NO_SHOW.value: {"level": "bad", "icon": "user-x"},
    AppointmentStatus.CANCELLED.value: {"level": "", "icon": "x"},
}
