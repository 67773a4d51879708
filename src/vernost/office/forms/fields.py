"""Fields that several office forms share."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Suggested(forms.TextInput):
    """A line of text for which the browser suggests words."""

    template_name = "office/forms/suggested.html"

    def __init__(self, words: Sequence[str], *, list_id: str) -> None:
        super().__init__({"list": list_id})
        self.words = words

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401 - of Django
        return {**super().get_context(name, value, attrs), "words": self.words}


def choice(form: forms.Form, name: str) -> forms.ChoiceField:
    """Return a field whose choices depend on the reader."""
    return cast("forms.ChoiceField", form.fields[name])


def model_choice(form: forms.Form, name: str) -> "forms.ModelChoiceField[Any]":
    return cast("forms.ModelChoiceField[Any]", form.fields[name])
