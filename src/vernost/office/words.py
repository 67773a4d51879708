"""Words for stored codes that several office pages show."""

from vernost.core.i18n import _
from vernost.workshop.models import AppointmentStatus, OrderStatus

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

PROGRAMME_FIELDS = {
    "title": _("Name"),
    "params": _("Parameters"),
    "lead_days": _("Days before the due date"),
    "grace_days": _("Days after the due date"),
    "message_class": _("Class of the message"),
    "channels": _("Channels"),
    "attempt_delays": _("Waits between attempts"),
    "attempts_max": _("Attempts, at most"),
    "attempts_min_days": _("On different days, at least"),
    "hours_from": _("Weekdays from"),
    "hours_to": _("Weekdays until"),
    "weekend_from": _("Days off from"),
    "weekend_to": _("Days off until"),
    "script": _("Script of the call"),
    "offer": _("Offer"),
    "control_share": _("Control group"),
    "daily_limit": _("Invitations a day, at most"),
    "rank": _("Priority"),
    "segment_id": _("Segment"),
    "branches": _("Branches"),
    "starts_on": _("Works from"),
    "ends_on": _("Works until"),
    "active": _("On"),
}

CONTACT_CHANNELS = {
    "call": _("Call"),
    "sms": _("SMS"),
    "email": _("E-mail"),
    "messenger": _("Messenger"),
    "visit": _("Visit"),
    "web": _("Web site"),
}

PROGRAMME_VALUES = {
    "message_class": {"advertising": _("advertising"), "service": _("service message"), "recall": _("recall")},
    "channels": {code: CONTACT_CHANNELS[code] for code in ("call", "sms", "email", "messenger")},
}

INVITATION_LISTS = {"work": _("In work"), "booked": _("Booked for a visit"), "day": _("Invited on the day")}
