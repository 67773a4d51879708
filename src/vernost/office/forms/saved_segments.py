"""What is said of a saved segment beside its rule: its name, who sees it, between which sizes it is no news."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

GREATEST = 100_000_000


class NameForm(forms.Form):
    title = forms.CharField(label=_("Name of the segment"), max_length=120)
    about = forms.CharField(label=_("What it is for"), required=False)
    shared = forms.BooleanField(
        label=_("Show to all managers"),
        help_text=_("Only you change it; the others use it in reports and programmes."),
        required=False,
    )


class LimitsForm(forms.Form):
    least = forms.IntegerField(label=_("Fewer than"), min_value=0, max_value=GREATEST, required=False)
    most = forms.IntegerField(label=_("More than"), min_value=0, max_value=GREATEST, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        least, most = cleaned.get("least"), cleaned.get("most")
        if least is not None and most is not None and least > most:
            raise forms.ValidationError(_("The least number of people is above the greatest"))
        return cleaned
