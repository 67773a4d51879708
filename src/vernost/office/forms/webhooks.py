"""What an administrator says of a webhook."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vernost.automation.models import Webhook
from vernost.automation.operations.webhooks import WebhookEntry
from vernost.automation.rules.webhooks import EVENTS, OF_A_BRANCH
from vernost.core.outgoing import CallFailed, on_the_wire
from vernost.office.forms.scopes import ScopeForm


class AddressField(forms.URLField):
    """A web address that may be called; a name inside the house has no dot."""

    default_validators = []

    def validate(self, value: str) -> None:
        super().validate(value)
        try:
            on_the_wire(value)
        except CallFailed as error:
            words = _("An address like https://example.ru/path or http://server:8080/path, without a login in it")
            raise forms.ValidationError(words) from error


class WebhookForm(ScopeForm):
    name = forms.CharField(label=_("Which system is told"), max_length=120)
    url = AddressField(
        label=_("Its address"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("A public address, port 443 or 80. Addresses inside the house are opened by who installs Vernost."),
    )
    events = forms.MultipleChoiceField(
        label=_("Of what it is told"),
        choices=[(code, _(title)) for code, title in EVENTS.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    field_order = ("name", "url", "events", "scope", "branches")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("all_branches") and set(cleaned.get("events", [])) - OF_A_BRANCH:
            self.add_error("events", _("Only appointments are of a branch: the rest is told to the whole group"))
        return cleaned

    def entry(self) -> WebhookEntry:
        data = self.cleaned_data
        return WebhookEntry(
            name=data["name"],
            url=data["url"],
            events=frozenset(data["events"]),
            all_branches=data["all_branches"],
            branch_ids=frozenset(branch.pk for branch in data["branches"]),
        )

    @staticmethod
    def initial_of(webhook: Webhook) -> dict[str, Any]:
        said = {"name": webhook.name, "url": webhook.url, "events": webhook.events}
        return said | ScopeForm.initial_scope(webhook.all_branches, list(webhook.branches.all()))
