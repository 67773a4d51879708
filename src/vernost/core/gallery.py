"""Invented samples for the living page /ui/: every component with words as long as real ones."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import pgettext, pgettext_lazy

from vernost.core import formats

WRONG_INPUT = {"name": "", "phone": "8 917 12", "kind": "service", "consent": "on", "on": "32.11"}


class SampleForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("sample", "Name of the programme"), max_length=80)
    phone = forms.CharField(
        label=pgettext_lazy("sample", "Phone"),
        help_text=pgettext_lazy("sample", "Any way of writing will do: 8917…, +7 917 …"),
        required=False,
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("sample", "Class of the message"),
        choices=[
            ("service", pgettext_lazy("sample", "Service")),
            ("advertising", pgettext_lazy("sample", "Advertising")),
            ("recall", pgettext_lazy("sample", "Recall")),
        ],
    )
    lead = forms.IntegerField(label=pgettext_lazy("sample", "How long before"), initial=14, required=False)
    on = forms.DateField(label=pgettext_lazy("sample", "From which day"), required=False)
    script = forms.CharField(
        label=pgettext_lazy("sample", "Script"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    channels = forms.MultipleChoiceField(
        label=pgettext_lazy("sample", "Channels"),
        choices=[
            ("call", pgettext_lazy("sample", "Call")),
            ("sms", pgettext_lazy("sample", "SMS")),
            ("mail", pgettext_lazy("sample", "E-mail")),
        ],
        widget=forms.CheckboxSelectMultiple,
        initial=["call"],
        required=False,
    )
    when = forms.ChoiceField(
        label=pgettext_lazy("sample", "Call back"),
        choices=[
            ("hour", pgettext_lazy("sample", "In an hour")),
            ("evening", pgettext_lazy("sample", "In the evening")),
            ("day", pgettext_lazy("sample", "Tomorrow")),
        ],
        widget=forms.RadioSelect,
        initial="hour",
        required=False,
    )
    consent = forms.BooleanField(
        label=pgettext_lazy("sample", "Only with a consent"),
        help_text=pgettext_lazy("sample", "Advertising needs one"),
        required=False,
    )
    running = forms.BooleanField(label=pgettext_lazy("sample", "Switched on"), required=False)
    export = forms.FileField(
        label=pgettext_lazy("sample", "Drop the export here"),
        help_text=pgettext_lazy("sample", "CSV or XLSX, up to 2 GB"),
        required=False,
    )

    def clean_phone(self) -> str:
        raise forms.ValidationError(
            pgettext_lazy("sample", "The number is too short: a Russian one has ten digits after +7.")
        )


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
        Row(pgettext("sample", "Ivanov Sergey Petrovich"), "Haval Jolion 1.5T, 2022", "A123BC116", 7, 184300, 0.668,
            pgettext("sample", "loyal"), "ok", date(2026, 3, 12)),
        Row(pgettext("sample", "LLC Vector Logistics"), "LADA Largus, 2021", "O451KM716", 24, 1240500, 0.584,
            pgettext("sample", "risk of leaving"), "warn", date(2025, 12, 2)),
        Row(pgettext("sample", "Akhmetov Rinat Maratovich"), "Chery Tiggo 7 Pro Max", "P007TT16", 1, 9400, 0.491,
            pgettext("sample", "new"), "info", date(2026, 11, 9)),
        Row(pgettext("sample", "Petrova Anna Igorevna"), "Geely Coolray", "H555XX116", 3, 61700, 0.12,
            pgettext("sample", "sleeping"), "bad", date(2025, 1, 20)),
    ]  # fmt: skip


def _stages() -> list[Stage]:
    counts = [
        (pgettext("sample", "Target"), 4820, "", False),
        (pgettext("sample", "Attempted"), 3614, pgettext("sample", "of the target"), False),
        (pgettext("sample", "Reached"), 2987, pgettext("sample", "of the attempted"), False),
        (pgettext("sample", "Booked"), 1046, pgettext("sample", "plan 38 %"), True),
        (pgettext("sample", "Arrived"), 871, pgettext("sample", "of the booked"), False),
        (pgettext("sample", "Paid"), 846, pgettext("sample", "of the arrived"), False),
    ]
    top, previous, stages = counts[0][1], counts[0][1], []
    for title, count, note, weak in counts:
        stages.append(Stage(title, count, count / top, count / previous, note, weak, "#funnel"))
        previous = count
    return stages


def _events() -> list[Event]:
    november, march = date(2026, 11, 1), date(2026, 3, 12)
    return [
        Event(
            icon="phone-outgoing",
            at=f"{formats.day_short(november.replace(day=19))}, 16:02",
            title=pgettext("sample", "Outgoing call, no answer"),
            note=pgettext("sample", "Garipova A."),
            month=formats.month(november),
        ),
        Event(
            icon="message-2",
            at=f"{formats.day_short(november.replace(day=12))}, 10:00",
            title=pgettext("sample", "Invitation to maintenance"),
            note=pgettext("sample", "read"),
        ),
        Event(
            icon="tool",
            at=formats.day_short(march),
            title=pgettext("sample", "Repair order 00K-4821"),
            note=pgettext("sample", "brake discs put off"),
            amount=formats.roubles(21700),
            url="#timeline",
            month=formats.month(march),
        ),
    ]


def _cascade() -> list[dict[str, Any]]:
    steps = [
        (pgettext("sample", "On\n1 January"), 17240, True),
        (pgettext("sample", "New\nafter purchase"), 1860, False),
        (pgettext("sample", "Brought back\nby calls"), 846, False),
        (pgettext("sample", "Fell\nasleep"), -1310, False),
        (pgettext("sample", "Sold\nthe car"), -412, False),
        (pgettext("sample", "On\n23 November"), 18224, True),
    ]
    return [{"name": name, "value": value, "total": total} for name, value, total in steps]


def _colours() -> list[tuple[str, list[str]]]:
    return [
        (
            pgettext("sample", "Ground and ink"),
            ["bg", "surface", "surface-2", "surface-3", "line", "line-2", "ink-3", "ink"],
        ),
        (pgettext("sample", "Action"), ["accent", "accent-h", "accent-soft", "accent-line", "accent-ink"]),
        (pgettext("sample", "States"), ["ok", "ok-soft", "warn", "warn-soft", "bad", "bad-soft", "vip", "vip-soft"]),
        (pgettext("sample", "Heat"), [f"heat-{step}" for step in range(7)]),
        (pgettext("sample", "Series"), [f"c{series}" for series in range(1, 7)]),
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
                      "series": [{"name": pgettext("sample", "Retention"),
                                  "values": [58.9, 59.2, 59.1, 59.8, 60.2, 60.1, 60.8, 61.0, 60.9, 61.2, 61.4]}]},
    }  # fmt: skip
