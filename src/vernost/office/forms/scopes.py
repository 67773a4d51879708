"""Of which branches somebody or something is: the whole group, or some."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch
from vernost.core.actor import Actor
from vernost.office.forms.fields import choice, model_choice

GROUP: Final = "group"
SOME: Final = "some"


class ScopeForm(forms.Form):
    """`cleaned_data["all_branches"]` says which; nobody can give more than he sees himself."""

    scope = forms.ChoiceField(label=_("Sees"), widget=forms.RadioSelect)
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.none(), label=_("Branches"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:  # noqa: ANN401 - handed through to Django
        super().__init__(*args, **kwargs)
        some = (SOME, _("Only the branches below"))
        choice(self, "scope").choices = [(GROUP, _("The whole group")), some] if actor.branch_ids is None else [some]
        model_choice(self, "branches").queryset = accounts.branches_visible_to(actor)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("scope") == SOME and not cleaned.get("branches"):
            self.add_error("branches", _("Choose at least one branch: without one nothing is seen"))
        cleaned["all_branches"] = cleaned.get("scope") == GROUP
        return cleaned

    @staticmethod
    def initial_scope(all_branches: bool, branches: Iterable[Branch] = ()) -> dict[str, Any]:  # noqa: FBT001 - a value
        return {"scope": GROUP if all_branches else SOME, "branches": list(branches)}
