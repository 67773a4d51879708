"""A test of the norm-hour's price: which cars, which arms, which prices, how long, where it stops."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch
from vernost.core.actor import Actor
from vernost.office.forms.fields import DateInput, choice, model_choice
from vernost.reports.models import PriceTest
from vernost.reports.operations import PriceTestEntry
from vernost.reports.rules.price_test import GUARDRAIL_PERCENT, Draw
from vernost.segments.queries import saved as segments

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

BASIS_POINTS = 100
DRAWS = {
    Draw.BRANCHES.value: _("Branches with the trial price and branches with the usual one"),
    Draw.CUSTOMERS.value: _("Customers of the same branches, drawn at random"),
}
_DEAREST = Decimal(1_000_000)
_OLDEST = 60


def _price(label: "str | _StrPromise") -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=Decimal("0.01"), max_value=_DEAREST, decimal_places=2)


def _age(label: "str | _StrPromise") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=_OLDEST)


def _branches(
    label: "str | _StrPromise", *, required: bool, help_text: "str | _StrPromise" = ""
) -> "forms.ModelMultipleChoiceField[Branch]":
    return forms.ModelMultipleChoiceField(
        Branch.objects.none(),
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.CheckboxSelectMultiple,
    )


class PriceTestForm(forms.Form):
    title = forms.CharField(label=_("Name of the test"), max_length=120)
    make = forms.CharField(label=_("Make"), required=False, widget=forms.TextInput(attrs={"list": "makes"}))
    model = forms.CharField(label=_("Model"), required=False, widget=forms.TextInput(attrs={"list": "models"}))
    age_from = _age(_("Age of the car from, years"))
    age_to = _age(_("to, years"))
    segment_code = forms.ChoiceField(label=_("Customers of a segment"), required=False)
    draw = forms.ChoiceField(
        label=_("What is compared"),
        choices=list(DRAWS.items()),
        widget=forms.RadioSelect,
    )
    test_branches = _branches(_("Branches where the trial price holds"), required=True)
    control_branches = _branches(
        _("Branches with the usual price"), required=False, help_text=_("Only where branches are compared.")
    )
    share = forms.IntegerField(
        label=_("Share of customers with the trial price, %"),
        min_value=1,
        max_value=99,
        help_text=_("Only where customers are drawn."),
    )
    price_before = _price(_("Price of the norm-hour now, ₽"))
    price_trial = _price(_("Trial price, ₽"))
    starts_on = forms.DateField(label=_("First day"), widget=DateInput())
    ends_on = forms.DateField(label=_("Last day"), widget=DateInput())
    guardrail = forms.DecimalField(
        label=_("Stop when the margin of a car falls by more than, %"),
        min_value=1,
        max_value=100,
        decimal_places=2,
    )

    def __init__(self, data: QueryDict | None, *, actor: Actor, initial: dict[str, Any]) -> None:
        super().__init__(data, initial={"share": 50, "guardrail": GUARDRAIL_PERCENT, "draw": Draw.BRANCHES, **initial})
        for name in ("test_branches", "control_branches"):
            model_choice(self, name).queryset = accounts.branches_visible_to(actor)
        named = segments.visible_to(actor).order_by("title").values_list("code", "title")
        choice(self, "segment_code").choices = [("", _("Everybody")), *named]

    @staticmethod
    def initial_of(test: PriceTest) -> dict[str, Any]:
        names = ("title", "make", "model", "age_from", "age_to", "segment_code", "draw", "starts_on", "ends_on")
        return {
            **{name: getattr(test, name) for name in (*names, "price_before", "price_trial", "guardrail")},
            "share": test.share // BASIS_POINTS,
            "test_branches": [branch.pk for branch in test.test_branches.all()],
            "control_branches": [branch.pk for branch in test.control_branches.all()],
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        youngest, oldest = cleaned.get("age_from"), cleaned.get("age_to")
        if youngest is not None and oldest is not None and youngest > oldest:
            self.add_error("age_to", _("The second age is less than the first"))
        return cleaned

    def entry(self) -> PriceTestEntry:
        data = self.cleaned_data
        draw = Draw(data["draw"])
        control = data["control_branches"] if draw is Draw.BRANCHES else []
        plain = ("title", "age_from", "age_to", "segment_code", "price_before", "price_trial", "starts_on", "ends_on")
        return PriceTestEntry(
            **{name: data[name] for name in (*plain, "guardrail")},
            make=data["make"].strip(),
            model=data["model"].strip(),
            draw=draw,
            test_branches=frozenset(branch.pk for branch in data["test_branches"]),
            control_branches=frozenset(branch.pk for branch in control),
            share=data["share"] * BASIS_POINTS,
        )
