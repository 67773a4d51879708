"""The matrix of a role: a choice an action, and the fields that it is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vernost.accounts.roles import RoleRow
from vernost.accounts.rules import Grants, standard_rights
from vernost.core.rights import Sensitive
from vernost.core.things import FIELD_TITLES, REACH_TITLES, Thing, things


@dataclass(frozen=True, slots=True)
class MatrixRow:
    thing: Thing
    cells: list[tuple[str, forms.BoundField]]


class RoleForm(forms.Form):
    title = forms.CharField(label=_("Name"), max_length=120, required=False)
    fields_shown = forms.MultipleChoiceField(
        label=_("Is shown"),
        required=False,
        choices=[(field.value, _(title)) for field, title in FIELD_TITLES.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, role: RoleRow) -> None:  # noqa: ANN401 - as Django has it
        initial = {"title": "" if role.standard else role.title, "fields_shown": sorted(role.rights.fields)}
        initial |= {_name(right): role.rights.reach(right) or "" for right in _rights()}
        super().__init__(data, initial=initial)
        self._role = role
        if role.standard:
            del self.fields["title"]
        for thing in things:
            for right, action in thing.by_right.items():
                known = ["", *(reach.value for reach in action.reaches)]
                choices = [(code, _(REACH_TITLES[code])) for code in known]
                self.fields[_name(right)] = forms.ChoiceField(
                    label=f"{gettext(thing.title)}: {gettext(action.title)}", choices=choices, required=False
                )

    def rows(self) -> Iterator[MatrixRow]:
        for thing in sorted(things, key=lambda each: (each.order, each.code)):
            yield MatrixRow(thing, [(action.title, self[_name(right)]) for right, action in thing.by_right.items()])

    def grants(self) -> Grants:
        """Return only what differs from the standard role, so that a new right finds its rule by itself."""
        standard = standard_rights(self._role.kind)
        chosen = {right: self.cleaned_data[_name(right)] for right in _rights()}
        reaches = {right: reach for right, reach in chosen.items() if reach != (standard.reach(right) or "")}
        fields = frozenset(Sensitive(code) for code in self.cleaned_data["fields_shown"])
        return Grants(reaches, None if fields == standard.fields else fields)


def _rights() -> list[str]:
    return [right for thing in things for right in thing.by_right]


def _name(right: str) -> str:
    return right.replace(".", "-")
