"""A form made of a dataclass: the parameters of an invitation kind, the numbers of the rules.

A field's metadata may hold `label`, `help`, `unit` (marked texts), `minimum`, `maximum`; its type is a
number, a yes or no, a text, a list of words, a Literal of codes (`choices`: code to marked text).
"""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _


class WordsField(forms.CharField):
    """Words separated by commas, as a tuple."""

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as above
        words = super().to_python(value) or ""
        return tuple(word.strip() for word in words.split(",") if word.strip())

    def has_changed(self, initial: Any, data: Any) -> bool:  # noqa: ANN401 - as above
        return bool(self.to_python(self.prepare_value(initial)) != self.to_python(data))


def form_fields(params: type[Any]) -> dict[str, forms.Field]:
    """Return a form field for every field of the dataclass, in its order."""
    hints = typing.get_type_hints(params)
    return {each.name: _form_field(each, hints[each.name]) for each in dataclasses.fields(params)}


def stored(instance: Any) -> dict[str, Any]:  # noqa: ANN401 - an instance of any such dataclass
    """Return the values as the form shows them and JSON holds them."""
    return {name: _plain(value) for name, value in dataclasses.asdict(instance).items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - as above
    return list(value) if isinstance(value, tuple) else value


def _form_field(each: "dataclasses.Field[Any]", hint: Any) -> forms.Field:  # noqa: ANN401 - a type
    about: Mapping[str, Any] = each.metadata
    common: dict[str, Any] = {
        "label": _(about["label"]) if "label" in about else each.name.replace("_", " ").capitalize(),
        "help_text": _(about["help"]) if "help" in about else "",
    }
    origin, kinds = typing.get_origin(hint), typing.get_args(hint)
    if hint is bool:
        field: forms.Field = forms.BooleanField(required=False, **common)
    elif origin is tuple and kinds[0] is str:
        field = WordsField(required=False, **common)
    elif origin is typing.Literal:
        titles = about.get("choices", {})
        field = forms.ChoiceField(choices=[(code, _(titles.get(code, code))) for code in kinds], **common)
    elif hint is int or int in kinds:
        field = forms.IntegerField(
            required=hint is int, min_value=about.get("minimum"), max_value=about.get("maximum"), **common
        )
    else:
        field = forms.CharField(required=False, **common)
    unit = about.get("unit", "")
    cast("Any", field).unit = _(unit) if unit else ""
    return field
