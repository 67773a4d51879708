"""Invented samples for the living page /ui/: every component with words as long as real ones."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vernost.core import formats

WRONG_INPUT = {"name": "", "phone": "8 917 12", "kind": "service", "consent": "on", "on": "32.11"}


class SampleForm(forms.Form):
    name = forms.CharField(label=_("Name of the programme"), max_length=80)
    phone = forms.CharField(
        label=_("Phone"), help_text=_("Any way of writing will do: 8917…, +7 917 …"), required=False
    )
    kind = forms.ChoiceField(
        label=_("Class of the message"),
        choices=[("service", _("Service")), ("advertising", _("Advertising")), ("recall", _("Recall"))],
    )
    lead = forms.IntegerField(label=_("How long before"), initial=14, required=False)
    on = forms.DateField(label=_("From which day"), required=False)
    script = forms.CharField(label=_("Script"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=[("call", _("Call")), ("sms", _("SMS")), ("mail", _("E-mail"))],
        widget=forms.CheckboxSelectMultiple,
        initial=["call"],
        required=False,
    )
    when = forms.ChoiceField(
        label=_("Call back"),
        choices=[("hour", _("In an hour")), ("evening", _("In the evening")), ("day", _("Tomorrow"))],
        widget=forms.RadioSelect,
        initial="hour",
        required=False,
    )
    consent = forms.BooleanField(label=_("Only with a consent"), help_text=_("Advertising needs one"), required=False)
    running = forms.BooleanField(label=_("Switched on"), required=False)
    export = forms.FileField(label=_("Drop the export here"), help_text=_("CSV or XLSX, up to 2 GB"), required=False)

    def clean_phone(self) -> str:
        raise forms.ValidationError(_("The number is too short: a Russian one has ten digits after +7."))


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    car: str
    plate: str
    visits: int
    revenue: int
    retention: float
    state: str
    level: str
    last_visit: date


@dataclass(frozen=True, slots=True)
class Stage:
    title: str
    count: int
    share: float
    conversion: float
    note: str = ""
    weak: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    icon: str
    at: str
    title: str
    note: str = ""
    amount: str = ""
    url: str = ""
    month: str = ""


def _rows() -> list[Row]:
    return [
        Row(gettext("Ivanov Sergey Petrovich"), "Haval Jolion 1.5T, 2022", "A123BC116", 7, 184300, 0.668,
            gettext("loyal"), "ok", date(2026, 3, 12)),
        Row(gettext("LLC Vector Logistics"), "LADA Largus, 2021", "O451KM716", 24, 1240500, 0.584,
            gettext("risk of leaving"), "warn", date(2025, 12, 2)),
        Row(gettext("Akhmetov Rinat Maratovich"), "Chery Tiggo 7 Pro Max", "P007TT16", 1, 9400, 0.491,
            gettext("new"), "info", date(2026, 11, 9)),
        Row(gettext("Petrova Anna Igorevna"), "Geely Coolray", "H555XX116", 3, 61700, 0.12,
            gettext("sleeping"), "bad", date(2025, 1, 20)),
    ]  # fmt: skip


def _stages() -> list[Stage]:
    counts = [
        (gettext("Target"), 4820, "", False),
        (gettext("Attempted"), 3614, gettext("of the target"), False),
        (gettext("Reached"), 2987, gettext("of the attempted"), False),
        (gettext("Booked"), 1046, gettext("plan 38 %"), True),
        (gettext("Arrived"), 871, gettext("of the booked"), False),
        (gettext("Paid"), 846, gettext("of the arrived"), False),
    ]
    top, previous, stages = counts[0][1], counts[0][1], []
    for title, count, note, weak in counts:
        stages.append(Stage(title, count, count / top, count / previous, note, weak, "#funnel"))
        previous = count
    return stages


def _events() -> list[Event]:
    visit = formats.roubles(21700)
    return [
        Event("phone-outgoing", "19 " + gettext("nov") + ", 16:02", gettext("Outgoing call, no answer"),
              gettext("Garipova A."), month=formats.month(date(2026, 11, 1))),
        Event("message-2", "12 " + gettext("nov") + ", 10:00", gettext("Invitation to maintenance"), gettext("read")),
        Event("tool", "12 " + gettext("mar"), gettext("Repair order 00K-4821"), gettext("brake discs put off"),
              visit, "#timeline", month=formats.month(date(2026, 3, 1))),
    ]  # fmt: skip


def _cascade() -> list[dict[str, Any]]:
    steps = [
        (gettext("On\n1 January"), 17240, True),
        (gettext("New\nafter purchase"), 1860, False),
        (gettext("Brought back\nby calls"), 846, False),
        (gettext("Fell\nasleep"), -1310, False),
        (gettext("Sold\nthe car"), -412, False),
        (gettext("On\n23 November"), 18224, True),
    ]
    return [{"name": name, "value": value, "total": total} for name, value, total in steps]


def _colours() -> list[tuple[str, list[str]]]:
    return [
        (gettext("Ground and ink"), ["bg", "surface", "surface-2", "surface-3", "line", "line-2", "ink-3", "ink"]),
        (gettext("Action"), ["accent", "accent-h", "accent-soft", "accent-line", "accent-ink"]),
        (gettext("States"), ["ok", "ok-soft", "warn", "warn-soft", "bad", "bad-soft", "vip", "vip-soft"]),
        (gettext("Heat"), [f"heat-{step}" for step in range(7)]),
        (gettext("Series"), [f"c{series}" for series in range(1, 7)]),
    ]


def context() -> dict[str, Any]:
    return {
        "rows": _rows(),
        "stages": _stages(),
        "events": _events(),
        "cascade": _cascade(),
        "colours": _colours(),
        "spark_up": [17.2, 17.3, 17.2, 17.5, 17.6, 17.8, 17.7, 18.0, 18.1, 18.2, 18.25],
        "spark_down": [41.2, 40.4, 40.1, 39.5, 39.9, 38.8, 38.1, 37.7],
        "heat_rows": [("R1", [1240, 702, 884, 1116, 958]), ("R3", [1602, 790, 610, 372, 148]),
                      ("R5", [4864, 1512, 618, 214, 58])],
        "heat_columns": ["M1", "M2", "M3", "M4", "M5"],
        "retention": {"names": [f"{month:02}.26" for month in range(1, 12)], "unit": "%",
                      "series": [{"name": gettext("Retention"),
                                  "values": [58.9, 59.2, 59.1, 59.8, 60.2, 60.1, 60.8, 61.0, 60.9, 61.2, 61.4]}]},
    }  # fmt: skip
