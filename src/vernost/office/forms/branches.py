"""A branch, its special days, its bays, and a day of the production calendar."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vernost.accounts.models import DayKind
from vernost.accounts.operations import BranchEntry
from vernost.accounts.queries import BranchRow, DayRow
from vernost.core.zones import CITIES, zone
from vernost.office.forms.fields import DateInput, TimeInput, choice


def zone_choices(present: str) -> list[tuple[str, str]]:
    """Return every zone with its distance from UTC, the branch's own one included."""
    codes = [*CITIES, *([present] if present and present not in CITIES else [])]
    return [(code, zone(code)) for code in codes]


# A branch that closes at 00:00 works until the end of the day.
MIDNIGHT = time(0)


class BranchForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    timezone = forms.ChoiceField(label=_("Time zone"))
    brands = forms.CharField(label=_("Brands"), required=False, help_text=_("Separated by commas"))
    address = forms.CharField(label=_("Address"), required=False)
    phone = forms.CharField(label=_("Phone"), required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    open_at = forms.TimeField(label=_("Opens at"), required=False, widget=TimeInput())
    close_at = forms.TimeField(label=_("Closes at"), required=False, widget=TimeInput())
    daily_limit = forms.IntegerField(
        label=_("New invitations a day, at most"),
        required=False,
        min_value=1,
        help_text=_("Empty: only the capacity of the workshop limits them"),
    )
    vat = forms.BooleanField(
        label=_("Pays VAT"),
        required=False,
        help_text=_("Off for the simplified tax: revenue and margin are then counted without taking VAT out"),
    )

    def __init__(self, *args: Any, present: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - handed through
        super().__init__(*args, **kwargs)
        choice(self, "timezone").choices = zone_choices(present)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        check_hours(self, cleaned)
        return cleaned

    @staticmethod
    def initial_of(branch: BranchRow) -> dict[str, Any]:
        return {name: getattr(branch, name) for name in BranchForm.base_fields}

    def entry(self) -> BranchEntry:
        return BranchEntry(**self.cleaned_data)


class SpecialDayForm(forms.Form):
    on = forms.DateField(label=_("Date"), widget=DateInput())
    closed = forms.BooleanField(label=_("Closed all day"), required=False)
    open_at = forms.TimeField(label=_("Opens at"), required=False, widget=TimeInput())
    close_at = forms.TimeField(label=_("Closes at"), required=False, widget=TimeInput())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("closed"):
            check_hours(self, cleaned)
            if cleaned.get("close_at") == MIDNIGHT:
                cleaned["close_at"] = time(23, 59)
            if not cleaned.get("open_at") and "open_at" not in self.errors:
                self.add_error("open_at", _("Give the hours, or tick “Closed all day”"))
        return cleaned

    def hours(self) -> tuple[time, time] | None:
        data = self.cleaned_data
        return None if data["closed"] else (data["open_at"], data["close_at"])


def check_hours(form: forms.Form, cleaned: dict[str, Any]) -> None:
    open_at, close_at = cleaned.get("open_at"), cleaned.get("close_at")
    if bool(open_at) != bool(close_at) and not {"open_at", "close_at"} & set(form.errors):
        form.add_error("close_at" if open_at else "open_at", _("Give both hours or neither"))
    if open_at and close_at and open_at >= close_at and close_at != MIDNIGHT:
        form.add_error("close_at", _("It closes before it opens"))


USUAL = ""
DAY_KINDS = {
    DayKind.HOLIDAY: _("Public holiday: nobody is called"),
    DayKind.DAY_OFF: _("Day off: weekend hours of calls"),
    DayKind.WORKING: _("Working day: weekday hours of calls"),
    DayKind.SHORT: _("Short day: an hour less, weekday hours of calls"),
}


class CalendarDayForm(forms.Form):
    on = forms.DateField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("What day it is"), required=False, widget=forms.RadioSelect)
    title = forms.CharField(label=_("Name"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed through to Django
        super().__init__(*args, **kwargs)
        choice(self, "kind").choices = [(USUAL, _("As its weekday says")), *DAY_KINDS.items()]

    @staticmethod
    def initial_of(on: date, days: Mapping[date, DayRow]) -> dict[str, Any]:
        row = days.get(on)
        return {"on": on, "kind": row.kind if row else USUAL, "title": row.title if row else ""}

    def day_kind(self) -> DayKind | None:
        return DayKind(self.cleaned_data["kind"]) if self.cleaned_data["kind"] else None
