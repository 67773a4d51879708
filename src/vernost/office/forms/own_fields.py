"""Forms of administrators' fields: their definitions, their directories, their values on a record."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vernost.core.actor import ROLE_TITLES
from vernost.customers.operations.fields import FieldEntry
from vernost.customers.queries.fields import directories
from vernost.customers.rules.fields import (
    BIGGEST,
    KIND_TITLES,
    LISTED,
    LONGEST_TEXT,
    REASONS,
    UNCHANGING,
    Definition,
    Kind,
    Refusal,
    read,
)
from vernost.office.forms.fields import DateInput, choice

_NEW = "new"


class FieldForm(forms.Form):
    """What an administrator says of a field. A new directory is made along with a field of it."""

    title = forms.CharField(label=_("Name of the field"), max_length=LONGEST_TEXT)
    kind = forms.ChoiceField(label=_("Type"), choices=[(kind.value, _(title)) for kind, title in KIND_TITLES.items()])
    directory = forms.ChoiceField(label=_("Directory"), required=False, help_text=_("What the values are chosen from"))
    values = forms.CharField(
        label=_("Values of the new directory"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One in a line"),
    )
    unit = forms.CharField(
        label=_("Unit"), required=False, max_length=20, help_text=_("Behind a number: km, pieces, years")
    )
    least = forms.IntegerField(label=_("At least"), required=False, min_value=-BIGGEST, max_value=BIGGEST)
    most = forms.IntegerField(label=_("At most"), required=False, min_value=-BIGGEST, max_value=BIGGEST)
    hint = forms.CharField(
        label=_("Hint"), required=False, max_length=LONGEST_TEXT, help_text=_("Stands under the field in the form")
    )
    roles = forms.MultipleChoiceField(
        label=_("Who sees it"),
        required=False,
        choices=[(role.value, _(title)) for role, title in ROLE_TITLES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nobody ticked: everybody"),
    )

    def __init__(self, data: QueryDict | None, *, field: Definition | None = None) -> None:
        super().__init__(data, initial=_initial(field))
        if field is not None:
            # They change in a way of their own, with a preview.
            for name in ("kind", "directory", "values"):
                del self.fields[name]
            return
        known = [(str(row.id), row.title) for row in directories() if row.archived_at is None]
        choice(self, "directory").choices = [("", "—"), *known, (_NEW, _("A new one, of the values below"))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        least, most = cleaned.get("least"), cleaned.get("most")
        if least is not None and most is not None and least > most:
            self.add_error("most", _("It must not be less than the first number"))
        if cleaned.get("kind") in LISTED and not cleaned.get("directory"):
            self.add_error("directory", _("Choose the directory that the values are of"))
        return cleaned

    @property
    def makes_directory(self) -> bool:
        return self.cleaned_data.get("kind") in LISTED and self.cleaned_data.get("directory") == _NEW

    def first_values(self) -> list[str]:
        return str(self.cleaned_data.get("values", "")).splitlines()

    def entry(self, *, kind: Kind | None = None, directory_id: int | None = None) -> FieldEntry:
        data = self.cleaned_data
        chosen = data.get("directory") or ""
        return FieldEntry(
            title=data["title"],
            kind=kind or Kind(data["kind"]),
            hint=data["hint"],
            unit=data["unit"],
            least=data["least"],
            most=data["most"],
            directory_id=directory_id or (int(chosen) if chosen.isdecimal() else None),
            roles=tuple(data["roles"]),
        )


def _initial(field: Definition | None) -> dict[str, Any]:
    if field is None:
        return {"kind": Kind.TEXT.value}
    names = ("title", "unit", "least", "most", "hint")
    return {**{name: getattr(field, name) for name in names}, "roles": list(field.roles)}


class TypeForm(forms.Form):
    """Another type for a field that has values."""

    kind = forms.ChoiceField(
        label=_("New type"),
        choices=[(kind.value, _(title)) for kind, title in KIND_TITLES.items() if kind not in UNCHANGING],
    )
    directory = forms.ChoiceField(label=_("Directory"), required=False)
    fill = forms.BooleanField(
        label=_("Put texts that the directory lacks into it"), required=False, help_text=_("At most 300 different ones")
    )

    def __init__(self, data: QueryDict | None, *, field: Definition) -> None:
        super().__init__(data, initial={"kind": field.kind.value, "directory": field.directory_id or ""})
        known = [(str(row.id), row.title) for row in directories() if row.archived_at is None]
        choice(self, "directory").choices = [("", "—"), *known]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") in LISTED and not cleaned.get("directory"):
            self.add_error("directory", _("Choose the directory that the values are of"))
        return cleaned

    def chosen(self) -> dict[str, Any]:
        kind = Kind(self.cleaned_data["kind"])
        directory_id = int(self.cleaned_data["directory"]) if kind in LISTED else None
        return {"kind": kind, "directory_id": directory_id, "fill": self.cleaned_data["fill"]}


class DirectoryForm(forms.Form):
    title = forms.CharField(label=_("Name of the directory"), max_length=LONGEST_TEXT)
    values = forms.CharField(
        label=_("Values"), required=False, widget=forms.Textarea(attrs={"rows": 8}), help_text=_("One in a line")
    )


class ValuesForm(forms.Form):
    values = forms.CharField(
        label=_("New values"), widget=forms.Textarea(attrs={"rows": 3}), help_text=_("One in a line")
    )


class RecordForm(forms.Form):
    """The values of a record's fields; files have forms of their own."""

    def __init__(
        self, data: QueryDict | None, *, known: Sequence[Definition], held: Mapping[str, Sequence[str]]
    ) -> None:
        super().__init__(data, auto_id="field-%s")
        self.known = [one for one in known if one.kind is not Kind.FILE]
        for one in self.known:
            values = held.get(one.code, ())
            self.fields[one.code] = _control(one, values)
            self.initial[one.code] = list(values) if one.kind is Kind.CHOICES else _written(one, values)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for one in self.known:
            try:
                read(one, cleaned.get(one.code) or "")
            except Refusal as refusal:
                words = gettext(REASONS[refusal.reason])
                self.add_error(one.code, words % refusal.values if refusal.values else words)
        return cleaned

    def said(self) -> dict[str, str | Sequence[str]]:
        return {one.code: self.cleaned_data.get(one.code) or "" for one in self.known}


def _written(definition: Definition, values: Sequence[str]) -> str:
    if not values:
        return ""
    if definition.kind in {Kind.DECIMAL, Kind.MONEY}:
        return values[0].removesuffix(".00").replace(".", ",")
    return values[0]


def _control(definition: Definition, values: Sequence[str]) -> forms.Field:
    label = f"{definition.title}, {definition.unit}" if definition.unit else definition.title
    shared: dict[str, Any] = {"label": label, "required": False, "help_text": definition.hint}
    match definition.kind:
        case Kind.LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **shared)
        case Kind.DAY:
            return forms.CharField(widget=DateInput(), **shared)
        case Kind.FLAG:
            return forms.ChoiceField(choices=[("", "—"), ("1", _("yes")), ("0", _("no"))], **shared)
        case Kind.CHOICE:
            return forms.ChoiceField(choices=[("", "—"), *_choices(definition, values)], **shared)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(
                choices=_choices(definition, values), widget=forms.CheckboxSelectMultiple, **shared
            )
    attributes = {"inputmode": _INPUT_MODES[definition.kind]} if definition.kind in _INPUT_MODES else {}
    return forms.CharField(widget=forms.TextInput(attrs=attributes), **shared)


_INPUT_MODES = {Kind.WHOLE: "numeric", Kind.DECIMAL: "decimal", Kind.MONEY: "decimal", Kind.PHONE: "tel"}


def _choices(definition: Definition, values: Sequence[str]) -> list[tuple[str, str]]:
    """Offer the values in use, and an archived one that the record has."""
    offered = [one for one in definition.choices if not one.merged_into and (not one.archived or one.code in values)]
    return [(one.code, one.title) for one in offered]
