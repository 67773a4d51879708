"""What the desk sends of a call."""

from zoneinfo import ZoneInfo

from django import forms

from vernost.calls.operations import CallResult
from vernost.calls.rules.outcomes import When
from vernost.contacts.rules import Outcome
from vernost.core.errors import DomainError
from vernost.core.i18n import _

OUTCOME_MISSING = _("Choose the outcome of the call: keys 1 to 8")
MOST_KM = 2_000_000


class FieldMisread(DomainError):
    code = "field_misread"
    text = _("The field “%(name)s”: %(error)s")


class CallForm(forms.Form):
    """`other` is on the customer's clock; whoever turns it into a moment knows his zone."""

    key = forms.UUIDField()
    outcome = forms.ChoiceField(
        choices=[(outcome.value, outcome.value) for outcome in Outcome], error_messages={"required": OUTCOME_MISSING}
    )
    when = forms.ChoiceField(choices=[(when.value, when.value) for when in When], required=False)
    other = forms.DateTimeField(
        label=_("Call back at, on the customer's clock"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    decline_reason = forms.CharField(max_length=40, required=False)
    note = forms.CharField(label=_("Note of the call"), max_length=4000, required=False)
    address = forms.CharField(max_length=100, required=False)
    told_km = forms.IntegerField(label=_("Mileage told"), min_value=1, max_value=MOST_KM, required=False)
    no_advertising = forms.BooleanField(required=False)

    def result(self, zone: ZoneInfo | None) -> CallResult:
        said = self.cleaned_data
        other = said["other"]
        return CallResult(
            outcome=Outcome(said["outcome"]),
            note=said["note"].strip(),
            address=said["address"],
            when=When(said["when"]) if said["when"] else None,
            other=other.replace(tzinfo=zone) if other else None,
            decline_reason=said["decline_reason"],
            told_km=said["told_km"],
            no_advertising=said["no_advertising"],
        )
