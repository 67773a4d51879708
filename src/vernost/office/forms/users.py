"""What an administrator says of a user, and what a user says of himself."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch, Employee
from vernost.accounts.operations import Preferences, UserEntry
from vernost.accounts.roles import roles
from vernost.core.actor import Actor
from vernost.office.forms.fields import choice, model_choice

GROUP, SOME = "group", "some"


class UserForm(forms.Form):
    last_name = forms.CharField(label=_("Last name"), max_length=150)
    first_name = forms.CharField(label=_("First name and patronymic"), max_length=150)
    username = forms.CharField(
        label=_("Login"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Letters, digits and @ . + - _. It is typed at the sign-in."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("It can be used to sign in instead of the login.")
    )
    role = forms.ChoiceField(label=_("Role"))
    scope = forms.ChoiceField(label=_("Sees"), widget=forms.RadioSelect)
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.none(), label=_("Branches"), required=False, widget=forms.CheckboxSelectMultiple
    )
    employee = forms.ModelChoiceField(
        Employee.objects.none(),
        label=_("Employee of the accounting system"),
        required=False,
        empty_label=_("Not linked"),
        help_text=_("Links the user to the orders and appointments of this person."),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:  # noqa: ANN401 - handed through to Django
        super().__init__(*args, **kwargs)
        self._roles = {row.code: row for row in roles()}
        choice(self, "role").choices = [(code, _(row.title)) for code, row in self._roles.items()]
        some = (SOME, _("Only the branches below"))
        choice(self, "scope").choices = [(GROUP, _("The whole group")), some] if actor.branch_ids is None else [some]
        model_choice(self, "branches").queryset = accounts.branches_visible_to(actor)
        model_choice(self, "employee").queryset = accounts.employees_visible_to(actor)

    @staticmethod
    def initial_of(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "scope": GROUP if fields["all_branches"] else SOME}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("scope") == SOME and not cleaned.get("branches"):
            self.add_error("branches", _("Choose at least one branch: without one the user sees nothing"))
        return cleaned

    def entry(self) -> UserEntry:
        data = self.cleaned_data
        return UserEntry(
            username=data["username"],
            first_name=data["first_name"],
            last_name=data["last_name"],
            email=data["email"],
            role=self._roles[data["role"]].kind,
            all_branches=data["scope"] == GROUP,
            branch_ids=frozenset(branch.pk for branch in data["branches"]),
            employee_id=data["employee"].pk if data["employee"] else None,
            access_role=None if self._roles[data["role"]].standard else data["role"],
        )


class ProfileForm(forms.Form):
    last_name = forms.CharField(label=_("Last name"), max_length=150)
    first_name = forms.CharField(label=_("First name and patronymic"), max_length=150)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(
        label=_("Theme"),
        choices=[("auto", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect,
    )
    density = forms.ChoiceField(
        label=_("Density"),
        choices=[("default", _("Comfortable")), ("compact", _("Compact")), ("touch", _("For fingers"))],
        widget=forms.RadioSelect,
    )
    single_key_shortcuts = forms.BooleanField(
        label=_("Single letters and digits as shortcuts"),
        required=False,
        help_text=_("Switch off if you type by voice or press keys by accident: Ctrl and Alt combinations stay."),
    )

    def preferences(self) -> Preferences:
        data = self.cleaned_data
        return Preferences(
            first_name=data["first_name"],
            last_name=data["last_name"],
            language=data["language"],
            density=data["density"],
            single_key_shortcuts=data["single_key_shortcuts"],
        )
