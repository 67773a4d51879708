"""What an administrator says of a key of the API."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch
from vernost.accounts.tokens import SCOPE_TITLES, Scope, TokenEntry
from vernost.core.actor import Actor
from vernost.office.forms.fields import choice, model_choice

GROUP, SOME = "group", "some"


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Which system it is for"), max_length=120, help_text=_("The journal shows the key by this name.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope.value, _(title)) for scope, title in SCOPE_TITLES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    scope = forms.ChoiceField(label=_("Sees"), widget=forms.RadioSelect)
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.none(), label=_("Branches"), required=False, widget=forms.CheckboxSelectMultiple
    )
    calls_per_minute = forms.IntegerField(label=_("Calls a minute"), min_value=1, max_value=100_000, initial=600)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:  # noqa: ANN401 - handed through to Django
        super().__init__(*args, **kwargs)
        some = (SOME, _("Only the branches below"))
        choice(self, "scope").choices = [(GROUP, _("The whole group")), some] if actor.branch_ids is None else [some]
        model_choice(self, "branches").queryset = accounts.branches_visible_to(actor)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("scope") == SOME and not cleaned.get("branches"):
            self.add_error("branches", _("Choose at least one branch: without one the key sees nothing"))
        return cleaned

    def entry(self) -> TokenEntry:
        data = self.cleaned_data
        return TokenEntry(
            name=data["name"],
            scopes=frozenset(Scope(code) for code in data["scopes"]),
            all_branches=data["scope"] == GROUP,
            branch_ids=frozenset(branch.pk for branch in data["branches"]),
            calls_per_minute=data["calls_per_minute"],
        )
