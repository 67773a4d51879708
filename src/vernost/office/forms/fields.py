"""Fields that several office forms share."""

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


def choice(form: forms.Form, name: str) -> forms.ChoiceField:
    """Return a field whose choices depend on the reader."""
    return cast("forms.ChoiceField", form.fields[name])


def model_choice(form: forms.Form, name: str) -> "forms.ModelChoiceField[Any]":
    return cast("forms.ModelChoiceField[Any]", form.fields[name])
