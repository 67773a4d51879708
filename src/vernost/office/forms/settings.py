"""The numbers of the rules on one page, in groups, each beside its default."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import floor
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from vernost.accounts.rules import RuleSettings
from vernost.accounts.rules.settings import rights_to_change
from vernost.core.actor import Actor
from vernost.core.formats import number
from vernost.core.i18n import _
from vernost.customers.rules.certainty import AUTOMATIC
from vernost.office.forms.params import form_fields, scaled, stored

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_("Life cycle of a customer"), ("sleep_", "loyal_")),
    (_("RFM and ABC"), ("rfm_", "abc_")),
    (_("Points of risk"), ("risk_",)),
    (_("Whom not to trouble"), ("visited_", "contact_")),
    (_("Maintenance without the maker's plan"), ("default_interval_",)),
    (_("Mileage"), ("odometer_",)),
    (_("Seasonal work"), ("tyre_", "air_conditioning_")),
    (_("Duplicates"), ("merge_",)),
    (_("Personal data"), ("keep_",)),
    (_("Load of the workshop"), ("booking_", "full_")),
    (_("Contact centre and forecast"), ("lease_", "attempt_", "minutes_", "base_")),
)
OTHER = _("Other rules")
# What people read in larger units than it is kept in.
TITLES = {each.name: each.metadata["label"] for each in fields(RuleSettings)}
SCALES = {each.name: each.metadata["scale"] for each in fields(RuleSettings) if each.metadata.get("scale", 1) != 1}


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A number with its field and its default in words."""

    field: forms.BoundField
    default_text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class SettingGroup:
    title: str
    rows: tuple[SettingRow, ...]


class SettingsForm(forms.Form):
    def __init__(self, data: QueryDict | None, *, present: RuleSettings, actor: Actor) -> None:
        super().__init__(data, initial=stored(present))
        self.fields.update(form_fields(RuleSettings))
        for name, right in rights_to_change().items():
            # A disabled field keeps its value, whatever is sent.
            self.fields[name].disabled = not actor.may(right)
        self.fields["merge_automatically"].help_text = gettext(
            "People with one telephone, the same given name and the same date of birth or INN, whom nothing"
            " contradicts. Of %(pairs)s such pairs of invented bases %(wrong)s were two customers: a precision of at"
            " least %(least)s %%. Each merge can be undone"
        ) % {
            "pairs": number(AUTOMATIC.pairs),
            "wrong": number(AUTOMATIC.wrong),
            "least": number(floor(AUTOMATIC.at_least * 1000) / 10, 1),
        }
        self.present = present

    def groups(self) -> Iterator[SettingGroup]:
        left = [each.name for each in fields(RuleSettings)]
        for title, beginnings in GROUPS:
            names = [name for name in left if name.startswith(beginnings)]
            left = [name for name in left if name not in names]
            yield SettingGroup(title, tuple(self._row(name) for name in names))
        if left:
            yield SettingGroup(OTHER, tuple(self._row(name) for name in left))

    def _row(self, name: str) -> SettingRow:
        default = getattr(RuleSettings(), name)
        return SettingRow(self[name], _words(name, default), changed=getattr(self.present, name) != default)


def _words(name: str, default: Any) -> str:  # noqa: ANN401 - any type of a setting
    if name in SCALES:
        return scaled(default, SCALES[name])
    if isinstance(default, bool):
        return gettext("yes") if default else gettext("no")
    return ", ".join(default) if isinstance(default, tuple) else number(default)
