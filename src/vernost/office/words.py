"""Words for stored codes that several office pages show."""

from vernost.contacts.rules import CHANNEL_TITLES
from vernost.core.i18n import _

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

PROGRAMME_VALUES = {
    "message_class": {"advertising": _("advertising"), "service": _("service message"), "recall": _("recall")},
    "channels": {code: CHANNEL_TITLES[code] for code in ("call", "sms", "email", "messenger")},
}

INVITATION_LISTS = {"work": _("In work"), "booked": _("Booked for a visit"), "day": _("Invited on the day")}
