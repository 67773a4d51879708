"""The strategy of a cell of revenue × recency."""

from django import forms
from django.utils.translation import gettext_lazy as _


class StrategyForm(forms.Form):
    title = forms.CharField(label=_("Short name, as the matrix shows it"), max_length=24)
    words = forms.CharField(
        label=_("What we do with these customers: offer, channel, who calls"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
