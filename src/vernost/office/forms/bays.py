"""The bays of a branch: their number, and for each a name and the kinds of order that it takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vernost.workshop.models import OrderKind
from vernost.workshop.operations import BayEntry
from vernost.workshop.queries import BayRow
from vernost.workshop.rules import ORDER_KINDS


class BaysForm(forms.Form):
    count = forms.IntegerField(label=_("Number of bays"), min_value=0, max_value=99)


class BayForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), required=False, max_length=100, widget=forms.TextInput(attrs={"class": "input"})
    )
    skills = forms.MultipleChoiceField(
        label=_("Takes"),
        required=False,
        choices=[(kind, _(title)) for kind, title in ORDER_KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class BaySheet:
    """The form of the number together with a line for every present bay."""

    def __init__(self, data: Mapping[str, Any] | None, *, count: int | None, bays: Sequence[BayRow]) -> None:
        self.main = BaysForm(data, prefix="bays", initial={"count": count})
        self.lines = {bay.number: BayForm(data, prefix=f"bay{bay.number}", initial=_initial(bay)) for bay in bays}

    def is_valid(self) -> bool:
        return all([self.main.is_valid(), *(line.is_valid() for line in self.lines.values())])

    @property
    def count(self) -> int:
        return int(self.main.cleaned_data["count"])

    def entries(self) -> dict[int, BayEntry]:
        return {number: _entry(line.cleaned_data) for number, line in self.lines.items()}


def _initial(bay: BayRow) -> dict[str, Any]:
    return {"name": bay.name, "skills": bay.skills}


def _entry(data: dict[str, Any]) -> BayEntry:
    return BayEntry(name=data["name"], skills=frozenset(OrderKind(skill) for skill in data["skills"]))
