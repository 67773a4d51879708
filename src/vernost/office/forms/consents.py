"""What a manager writes down of consents, and the texts and companies that they name."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vernost.accounts import companies
from vernost.accounts.companies import CompanyEntry
from vernost.accounts.models import Branch
from vernost.customers.models import ConsentText
from vernost.customers.operations import Said, Scan, TextEntry
from vernost.customers.rules.consents import (
    BY_CHANNEL,
    CHANNEL_TITLES,
    CHANNELS,
    PURPOSES,
    WAYS,
    WHOLE,
    Purpose,
    Way,
)
from vernost.office.files import ACCEPTED, sent_file
from vernost.office.forms.fields import DateInput, choice, model_choice
from vernost.privacy.rules import REASONS

_WAYS = (Way.PAPER, Way.VISIT, Way.CALL, Way.WEB)
GIVEN, REFUSED = "given", "refused"


class StatementForm(forms.Form):
    """What a customer said: of a purpose, by channels, yes or no, how and with what proof."""

    purpose = forms.ChoiceField(
        label=_("Purpose"), choices=[(purpose.value, _(title)) for purpose, title in PURPOSES.items()]
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=[(code, _(title)) for code, title in CHANNEL_TITLES.items()],
        initial=list(CHANNELS),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For advertising and contacts; the other purposes are agreed to as a whole."),
    )
    answer = forms.ChoiceField(
        label=_("What was said"),
        choices=[(GIVEN, _("agrees")), (REFUSED, _("refuses or withdraws"))],
        widget=forms.RadioSelect,
    )
    way = forms.ChoiceField(label=_("How"), choices=[(way.value, _(WAYS[way])) for way in _WAYS])
    on = forms.DateField(label=_("Holds from"), widget=DateInput())
    text = forms.ModelChoiceField(
        ConsentText.objects.none(), label=_("Words"), required=False, empty_label=_("not noted")
    )
    legal_entity = forms.ModelChoiceField(
        companies.companies(), label=_("To whom"), required=False, empty_label=_("to the whole group")
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("How it can be proved: the number of the form, the recording, the page. A consent needs it."),
    )

    file = forms.FileField(
        label=_("Scan"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=_("A photo or a PDF of the signed paper; its digest is sealed with the statement."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed through to Django
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        texts = ConsentText.objects.filter(archived_at=None, from_on__lte=today)
        model_choice(self, "text").queryset = texts
        self.fields["on"].initial = today

    def said(self) -> Said:
        data = self.cleaned_data
        purpose = Purpose(data["purpose"])
        names = data["channels"] if purpose in BY_CHANNEL else [WHOLE]
        return Said(
            purpose=purpose,
            answers=dict.fromkeys(names, data["answer"] == GIVEN),
            way=Way(data["way"]),
            on=data["on"],
            evidence=data["evidence"].strip(),
            text_id=data["text"].pk if data["text"] else None,
            legal_entity_id=data["legal_entity"].pk if data["legal_entity"] else None,
            scan=self._scan(),
        )

    def _scan(self) -> Scan | None:
        found = sent_file(self.cleaned_data["file"])
        return Scan(*found) if found else None


class TextForm(forms.Form):
    title = forms.CharField(label=_("Name"), max_length=200)
    body = forms.CharField(label=_("Words"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8}))
    purposes = forms.MultipleChoiceField(
        label=_("Purposes"),
        choices=[(purpose.value, _(title)) for purpose, title in PURPOSES.items() if purpose != Purpose.CONTACT],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A consent to processing is a paper of its own, by law."),
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=[(code, _(title)) for code, title in CHANNEL_TITLES.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    legal_entity = forms.ModelChoiceField(
        companies.companies(), label=_("Company"), required=False, empty_label=_("the whole group")
    )
    from_on = forms.DateField(label=_("In force from"), widget=DateInput())

    def entry(self) -> TextEntry:
        data = self.cleaned_data
        return TextEntry(
            title=data["title"],
            body=data["body"],
            purposes=[Purpose(code) for code in data["purposes"]],
            channels=data["channels"],
            from_on=data["from_on"],
            legal_entity_id=data["legal_entity"].pk if data["legal_entity"] else None,
        )


class CompanyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    inn = forms.CharField(label=_("INN"), max_length=12, required=False)
    ogrn = forms.CharField(label=_("OGRN"), max_length=15, required=False)
    address = forms.CharField(label=_("Address"), max_length=500, required=False)
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.all(), label=_("Branches"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def entry(self) -> CompanyEntry:
        data = self.cleaned_data
        return CompanyEntry(
            name=data["name"],
            inn=data["inn"],
            ogrn=data["ogrn"],
            address=data["address"],
            branch_ids=frozenset(branch.pk for branch in data["branches"]),
        )


class ErasureForm(forms.Form):
    """The second look: who erases types the number of the card."""

    reason = forms.ChoiceField(label=_("Reason"))
    document = forms.CharField(
        label=_("Document"),
        max_length=200,
        required=False,
        help_text=_("Number and day of the demand, without the name: it stays in the journal for good."),
    )
    number = forms.CharField(label=_("Number of the customer, once more"), max_length=20)

    def __init__(self, *args: Any, customer_id: int, **kwargs: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(*args, **kwargs)
        self.customer_id = customer_id
        choice(self, "reason").choices = [(code, _(title)) for code, title in REASONS.items()]

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].strip()
        if number != str(self.customer_id):
            raise forms.ValidationError(_("This is not the number of this customer"))
        return number
