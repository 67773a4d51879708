"""What people say of a customer: a new card, a changed one, an address, a car, a contact person."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vernost.accounts import queries as accounts
from vernost.accounts.models import Employee
from vernost.core import email_address, phone, plate, vin
from vernost.core.actor import Actor
from vernost.core.zones import CITIES
from vernost.customers.models import AddressKind, CustomerKind
from vernost.customers.operations import CardEntry, PersonEntry
from vernost.customers.queries import Identity
from vernost.customers.queries.words import stored_words
from vernost.customers.rules.words import WordList, listed
from vernost.office.forms.fields import DateInput, Suggested, choice, model_choice
from vernost.vehicles.models import CarRoleKind
from vernost.vehicles.operations import CarEntry
from vernost.vehicles.queries import CarCard

PERSON, COMPANY = CustomerKind.PERSON.value, CustomerKind.COMPANY.value
OWNER = "owner"


class CardForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Who is it"), choices=[(PERSON, _("Person")), (COMPANY, _("Company"))], widget=forms.RadioSelect
    )
    last_name = forms.CharField(label=_("Last name, or name of the company"), max_length=300)
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    middle_name = forms.CharField(label=_("Patronymic"), max_length=150, required=False)
    birth_date = forms.DateField(label=_("Date of birth"), required=False, widget=DateInput)
    gender = forms.ChoiceField(
        label=_("Gender"), required=False, choices=[("", _("Not known")), ("m", _("Male")), ("f", _("Female"))]
    )
    inn = forms.CharField(label=_("INN"), required=False, max_length=12)
    city = forms.CharField(label=_("City"), required=False, max_length=200)
    address = forms.CharField(label=_("Address"), required=False, max_length=500)
    timezone = forms.ChoiceField(
        label=_("Time zone"), required=False, help_text=_("Calls are made by this clock. Not known: by the branch's.")
    )
    origin = forms.CharField(label=_("Learned of us"), required=False, max_length=200)
    category = forms.CharField(label=_("Category"), required=False, max_length=200)
    advisor = forms.ModelChoiceField(
        Employee.objects.none(), label=_("Advisor"), required=False, empty_label=_("Nobody yet")
    )
    blocked = forms.BooleanField(
        label=_("Blocked"), required=False, help_text=_("He is not invited, written to or called.")
    )
    blocked_reason = forms.CharField(label=_("Why blocked"), required=False, max_length=500)

    def __init__(self, *args: Any, actor: Actor, zone: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - to Django
        super().__init__(*args, **kwargs)
        model_choice(self, "advisor").queryset = accounts.employees_visible_to(actor)
        zones = [(code, gettext(name)) for code, name in CITIES.items()]
        other = [(zone, zone)] if zone and zone not in CITIES else []
        self.sources = listed({}, (), stored_words(WordList.SOURCES))
        offered = [one.title for one in self.sources if not one.archived]
        self.fields["origin"].widget = Suggested(offered, list_id="sources-offered")
        choice(self, "timezone").choices = [("", gettext("Not known")), *zones, *other]

    def clean_inn(self) -> str:
        inn = str(self.cleaned_data["inn"]).strip()
        if inn and (not inn.isdecimal() or len(inn) not in {10, 12}):
            raise ValidationError(gettext("An INN has 10 digits, that of a person 12"))
        return inn

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        if born and not date(1900, 1, 1) <= born <= localdate():
            raise ValidationError(gettext("Nobody was born on this day"))
        return born

    def clean_origin(self) -> str:
        """Keep the word that stands for a title."""
        said = str(self.cleaned_data["origin"]).strip()
        return next((one.word for one in self.sources if said in {one.word, one.title}), said)

    def entry(self) -> CardEntry:
        data = self.cleaned_data
        plain = {name: data[name] for name in CardEntry.__slots__ if name != "advisor_id"}
        return CardEntry(**plain, advisor_id=data["advisor"].pk if data["advisor"] else None)

    @staticmethod
    def initial_of(who: Identity, on: date) -> dict[str, Any]:
        plain = ("kind", "first_name", "middle_name", "birth_date", "gender", "inn", "city", "address", "timezone")
        values = {name: getattr(who, name) for name in (*plain, "category", "blocked_reason")}
        values["origin"] = who.origin_title
        name = who.name if who.kind == COMPANY or not who.last_name else who.last_name
        return {**values, "last_name": name, "advisor": who.advisor_id, "blocked": who.is_blocked(on)}


class NewCardForm(CardForm):
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=200)
    plate = forms.CharField(label=_("Plate"), required=False, max_length=20)
    vin = forms.CharField(label=_("VIN"), required=False, max_length=25)
    make = forms.CharField(label=_("Make"), required=False, max_length=60)
    model = forms.CharField(label=_("Model"), required=False, max_length=60)

    def clean_phone(self) -> str:
        return phone_of(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return email_of(self.cleaned_data["email"])

    def clean_plate(self) -> str:
        return plate.fold(self.cleaned_data["plate"])

    def clean_vin(self) -> str:
        return vin.fold(self.cleaned_data["vin"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("plate") or cleaned.get("vin")) and not (cleaned.get("make") and cleaned.get("model")):
            self.add_error("make", gettext("Name the make and the model of the car"))
        return cleaned

    def car(self) -> CarEntry | None:
        data = self.cleaned_data
        if not data["make"]:
            return None
        return CarEntry(data["make"].strip(), data["model"].strip(), data["vin"], data["plate"])


def phone_of(text: str) -> str:
    if not text.strip():
        return ""
    number = phone.number_of(text)
    if number is None:
        raise ValidationError(gettext("This is not a telephone number"))
    return number


def email_of(text: str) -> str:
    if not text.strip():
        return ""
    found = email_address.contacts_of(text)
    if len(found.found) != 1 or found.rest:
        raise ValidationError(gettext("This is not an e-mail address"))
    return found.found[0].value


class AddressForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (AddressKind.PHONE.value, _("Phone")),
            (AddressKind.EMAIL.value, _("E-mail")),
            (AddressKind.MESSENGER.value, _("Messenger")),
        ],
    )
    value = forms.CharField(label=_("Phone, e-mail or name"), max_length=200)
    note = forms.CharField(label=_("Whose it is"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        read = {AddressKind.PHONE.value: phone_of, AddressKind.EMAIL.value: email_of}.get(cleaned.get("kind", ""))
        if read and "value" in cleaned:
            try:
                cleaned["value"] = read(cleaned["value"])
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned


class PersonForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=300)
    position = forms.CharField(label=_("Position"), required=False, max_length=200)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    email = forms.CharField(label=_("E-mail"), required=False, max_length=200)

    def clean_phone(self) -> str:
        return phone_of(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return email_of(self.cleaned_data["email"])

    def entry(self) -> PersonEntry:
        return PersonEntry(**self.cleaned_data)


class CarForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Who he is to the car"),
        choices=[
            (OWNER, _("Owner")),
            (CarRoleKind.DRIVER.value, _("Driver")),
            (CarRoleKind.PAYER.value, _("Payer")),
        ],
        widget=forms.RadioSelect,
    )
    plate = forms.CharField(label=_("Plate"), required=False, max_length=20)
    vin = forms.CharField(label=_("VIN"), required=False, max_length=25)
    make = forms.CharField(label=_("Make"), required=False, max_length=60)
    model = forms.CharField(label=_("Model"), required=False, max_length=60)
    year = forms.IntegerField(label=_("Year"), required=False, min_value=1950, max_value=2100)
    since = forms.DateField(label=_("Since"), required=False, widget=DateInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["plate"] = plate.fold(cleaned.get("plate", ""))
        cleaned["vin"] = vin.fold(cleaned.get("vin", ""))
        if not cleaned["plate"] and not cleaned["vin"]:
            self.add_error("plate", gettext("Name the plate or the VIN"))
        since = cleaned.get("since")
        if since and since > localdate():
            self.add_error("since", gettext("This day has not come yet"))
        return cleaned


class CarCardForm(forms.Form):
    """What a car is, on its own card."""

    make = forms.CharField(label=_("Make"), max_length=60)
    model = forms.CharField(label=_("Model"), max_length=60)
    plate = forms.CharField(label=_("Plate"), required=False, max_length=20)
    vin = forms.CharField(label=_("VIN"), required=False, max_length=25)
    year = forms.IntegerField(label=_("Year"), required=False, min_value=1900, max_value=2100)
    engine = forms.CharField(label=_("Engine"), required=False, max_length=100)
    gearbox = forms.CharField(label=_("Gearbox"), required=False, max_length=100)

    def clean_plate(self) -> str:
        return plate.fold(self.cleaned_data["plate"])

    def clean_vin(self) -> str:
        # A hidden one comes back as it was shown.
        said = self.cleaned_data["vin"]
        return said if said and said == self.initial.get("vin") else vin.fold(said)

    def entry(self) -> CarEntry:
        return CarEntry(**self.cleaned_data)

    @staticmethod
    def initial_of(card: CarCard) -> dict[str, Any]:
        plain = {name: getattr(card.row, name) for name in ("make", "model", "plate", "vin", "year", "engine")}
        return {**plain, "gearbox": card.gearbox}
