"""A form made of a dataclass: the parameters of an invitation kind, the numbers of the rules.

A field's metadata may hold `label`, `help`, `unit` (marked texts), `minimum`, `maximum`, `hidden`; its
Python type, or `type` in the metadata (`date`, `window`), chooses the control.
"""

import dataclasses
import re
import typing
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from vernost.office.forms.fields import DateInput

_DAY_AND_MONTH = re.compile(r"\s*(\d{1,2})\.(\d{1,2})\s*")
_STORED_WINDOW = re.compile(r"(\d{2})-(\d{2})\.\.(\d{2})-(\d{2})")
LEAP_YEAR = 2000


class WordsField(forms.CharField):
    """Words separated by commas, as a tuple."""

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as above
        words = super().to_python(value) or ""
        return tuple(word.strip() for word in words.split(",") if word.strip())


class IsoDateField(forms.DateField):
    """A day, kept as JSON keeps it."""

    widget = DateInput

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as above
        day = super().to_python(value)
        return day.isoformat() if day else ""


class WindowField(forms.CharField):
    """The first and last day of a season in every year: written 01.10–15.11, kept 10-01..11-15."""

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as above
        stored = _STORED_WINDOW.fullmatch(value or "")
        return f"{stored[2]}.{stored[1]}–{stored[4]}.{stored[3]}" if stored else value

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as above
        words = super().to_python(value) or ""
        if not words or _STORED_WINDOW.fullmatch(words):
            return words
        borders = [_DAY_AND_MONTH.fullmatch(part) for part in re.split(r"[–—-]", words)]
        match borders:
            case [re.Match() as first, re.Match() as last]:
                return f"{_border(first)}..{_border(last)}"
        raise ValidationError(_("Write the first and the last day as 01.10–15.11"))


def _border(match: "re.Match[str]") -> str:
    try:
        return f"{date(LEAP_YEAR, int(match[2]), int(match[1])):%m-%d}"
    except ValueError as error:
        raise ValidationError(_("There is no such day: %(day)s") % {"day": match[0].strip()}) from error


class ScaledField(forms.DecimalField):
    """A number that is kept in smaller whole units: written 41,5, kept 41500."""

    widget = forms.TextInput

    def __init__(self, *, scale: int, minimum: int, maximum: int, **kwargs: Any) -> None:  # noqa: ANN401 - handed to Django
        places = len(str(scale)) - 1
        least, most = Decimal(minimum) / scale, Decimal(maximum) / scale
        super().__init__(min_value=least, max_value=most, decimal_places=places, **kwargs)
        self.scale = scale

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as above
        return scaled(value, self.scale) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - as above
        number = super().clean(str(value or "").replace(",", "."))
        return None if number is None else int(number * self.scale)


def scaled(kept: int, scale: int) -> str:
    """Write what is kept in smaller units, without zeros at the end."""
    words = f"{Decimal(kept) / scale:f}"
    return words.replace(".", ",") if get_language() == "ru" else words


class NumbersByNameField(forms.CharField):
    """A number for each of some names, one a line: `haval jolion 30`."""

    widget = forms.Textarea

    def __init__(self, *, minimum: int, maximum: int, **kwargs: Any) -> None:  # noqa: ANN401 - handed to Django
        super().__init__(**kwargs)
        self.minimum, self.maximum = minimum, maximum

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as above
        return "\n".join(f"{name} {number}" for name, number in value.items()) if isinstance(value, Mapping) else value

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as above
        if isinstance(value, Mapping):
            return dict(value)
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]
        return dict(self._pair(line) for line in lines)

    def _pair(self, line: str) -> tuple[str, int]:
        name, _blank, number = line.replace(":", " ").rpartition(" ")
        if name.strip() and number.isdecimal() and self.minimum <= int(number) <= self.maximum:
            return " ".join(name.lower().split()), int(number)
        raise ValidationError(
            _("“%(line)s”: a name and a number from %(minimum)s to %(maximum)s are expected")
            % {"line": line, "minimum": self.minimum, "maximum": self.maximum}
        )


def form_fields(params: type[Any]) -> dict[str, forms.Field]:
    """Return a form field for every field of the dataclass that a person sets, in its order."""
    hints = typing.get_type_hints(params)
    return {
        each.name: _form_field(each, hints[each.name])
        for each in dataclasses.fields(params)
        if not each.metadata.get("hidden")
    }


def stored(instance: Any) -> dict[str, Any]:  # noqa: ANN401 - an instance of any such dataclass
    """Return the values as the form shows them and JSON holds them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in _items(instance)}


def _items(instance: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - as above
    return [(each.name, getattr(instance, each.name)) for each in dataclasses.fields(instance)]


def _form_field(each: "dataclasses.Field[Any]", hint: Any) -> forms.Field:  # noqa: ANN401 - a type
    about: Mapping[str, Any] = each.metadata
    common: dict[str, Any] = {
        "label": _(about["label"]) if "label" in about else each.name,
        "help_text": _(about["help"]) if about.get("help") else "",
    }
    origin = typing.get_origin(hint)
    bounds = {"minimum": about.get("minimum", 0), "maximum": about.get("maximum", 1_000_000)}
    if "type" in about:
        made: type[forms.Field] = {"date": IsoDateField, "window": WindowField}[about["type"]]
        return made(required=False, **common)
    if hint is bool:
        return forms.BooleanField(required=False, **common)
    if origin is tuple:
        return WordsField(required=False, **common)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return NumbersByNameField(required=False, **bounds, **common)
    if hint is int or int in typing.get_args(hint):
        return _number_field(about, common, required=hint is int)
    return forms.CharField(required=False, **common)


def _number_field(about: Mapping[str, Any], common: Mapping[str, Any], *, required: bool) -> forms.Field:
    least, most = about.get("minimum"), about.get("maximum")
    if about.get("scale", 1) == 1:
        return forms.IntegerField(required=required, min_value=least, max_value=most, **common)
    return ScaledField(scale=about["scale"], minimum=least or 0, maximum=most or 0, required=required, **common)
