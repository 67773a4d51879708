"""What an administrator says of a key of the API."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vernost.accounts.tokens import SCOPE_TITLES, Scope, TokenEntry
from vernost.core.rights import Sensitive
from vernost.core.things import FIELD_TITLES
from vernost.office.forms.scopes import ScopeForm


class TokenForm(ScopeForm):
    name = forms.CharField(
        label=_("Which system it is for"), max_length=120, help_text=_("The journal shows the key by this name.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope.value, _(title)) for scope, title in SCOPE_TITLES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    untold = forms.MultipleChoiceField(
        label=_("What it is not told"),
        required=False,
        choices=[(field.value, _(title)) for field, title in FIELD_TITLES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    calls_per_minute = forms.IntegerField(label=_("Calls a minute"), min_value=1, max_value=100_000, initial=600)

    field_order = ("name", "scopes", "untold", "scope", "branches", "calls_per_minute")

    def entry(self) -> TokenEntry:
        data = self.cleaned_data
        return TokenEntry(
            name=data["name"],
            scopes=frozenset(Scope(code) for code in data["scopes"]),
            all_branches=data["all_branches"],
            branch_ids=frozenset(branch.pk for branch in data["branches"]),
            calls_per_minute=data["calls_per_minute"],
            hidden_fields=frozenset(Sensitive(code) for code in data["untold"]),
        )
