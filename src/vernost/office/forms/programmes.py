"""A programme on one page: whom, what, when, control. The kind's own parameters come from its dataclass."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch
from vernost.contacts.rules import MessageClass, OutboundChannel
from vernost.core.actor import Actor
from vernost.invitations.operations import ProgrammeEntry
from vernost.invitations.rules.params import params_of
from vernost.office.forms.fields import DateInput, TimeInput, model_choice
from vernost.office.forms.params import form_fields, stored
from vernost.segments.models import Segment
from vernost.segments.queries.saved import visible_to

if TYPE_CHECKING:
    from vernost.invitations.kinds import InvitationKind

PARAMS = "params"
HOUR, DAY = 60, 24 * 60
BASIS_POINTS = 100

CHANNELS = {
    OutboundChannel.CALL: _("Call"),
    OutboundChannel.SMS: _("SMS"),
    OutboundChannel.EMAIL: _("E-mail"),
    OutboundChannel.MESSENGER: _("Messenger"),
}

CLASSES = {
    MessageClass.ADVERTISING: _("Advertising: only with a consent to it"),
    MessageClass.SERVICE: _("Service: no consent needed, “do not disturb” is respected"),
    MessageClass.RECALL: _("Recall of the maker: nothing but “do not disturb” holds it back"),
}


# Fields that a kind does not need, and why: by kind and field.
NOT_USED = {
    ("recall", "grace_days"): _("Not used: a car is invited until its recall closes"),
    ("recall", "control_share"): _("Not used: a recall holds nobody out"),
    ("seasonal", "grace_days"): _("Not used: the season's last day ends it"),
    ("campaign", "grace_days"): _("Only where the campaign has no last day"),
}


class DelaysField(forms.CharField):
    """Waits between attempts, kept in minutes: «2 h, 1 d, 1 d, 2 d» in the reader's language."""

    default_error_messages = {"invalid": _("Write the waits as 2 h, 1 d, 30 min")}

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        return ", ".join(map(wait_words, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 - as above
        words = super().to_python(value) or ""
        return [self._minutes(part) for part in re.split(r"[,;]", words) if part.strip()]

    def _minutes(self, part: str) -> int:
        match = re.fullmatch(r"\s*(\d{1,4})\s*([^\W\d]+)\.?\s*", part)
        size = _unit_minutes(match[2].lower()) if match else None
        if match is None or size is None:
            raise ValidationError(self.error_messages["invalid"])
        return int(match[1]) * size


def wait_words(minutes: int) -> str:
    for size, word in ((DAY, gettext("d")), (HOUR, gettext("h"))):
        if minutes % size == 0 and minutes:
            return f"{minutes // size} {word}"
    return f"{minutes} {gettext('min')}"


def _unit_minutes(word: str) -> int | None:
    units = ((1, "min", gettext("min")), (HOUR, "h", gettext("h")), (DAY, "d", gettext("d")))
    return next((size for size, *names in units if any(word[0] == name[0] for name in names)), None)


class ChannelsField(forms.MultiValueField):
    """Channels in the order of trying: a select for each place, so that no script is needed."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed to Django
        choices = [("", _("nothing")), *((code.value, title) for code, title in CHANNELS.items())]
        places = [forms.ChoiceField(choices=choices, required=False) for _place in CHANNELS]
        super().__init__(
            places, widget=ChannelsWidget([place.widget for place in places]), require_all_fields=False, **kwargs
        )

    def compress(self, data_list: Sequence[str]) -> list[str]:
        chosen = list(dict.fromkeys(code for code in data_list or () if code))
        if not chosen:
            raise ValidationError(_("Choose at least one channel"))
        return chosen


class ChannelsWidget(forms.MultiWidget):
    template_name = "office/programmes/_channels.html"

    def decompress(self, value: Sequence[str] | None) -> list[str]:
        chosen = list(value or ())
        return [*chosen, *[""] * (len(CHANNELS) - len(chosen))]


class PercentField(forms.DecimalField):
    """A share in per cent, kept in basis points."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed to Django
        super().__init__(min_value=0, max_value=100, decimal_places=2, localize=True, **kwargs)

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as above
        return f"{value / BASIS_POINTS:g}".replace(".", ",") if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:  # noqa: ANN401 - as above
        share = super().clean(str(value).replace(",", "."))
        return None if share is None else int(share * BASIS_POINTS)


class ProgrammeForm(forms.Form):
    title = forms.CharField(label=_("Name"), max_length=120)
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.none(),
        label=_("Branches"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: all branches"),
    )
    segment = forms.ModelChoiceField(
        Segment.objects.none(),
        label=_("Segment"),
        required=False,
        empty_label=_("Everybody"),
        help_text=_("Only its customers are invited; who is in it is counted anew every night"),
    )
    lead_days = forms.IntegerField(label=_("Invite before the due date, days"), min_value=0, max_value=365)
    grace_days = forms.IntegerField(label=_("Keep inviting after it, days"), min_value=0, max_value=3650)
    starts_on = forms.DateField(label=_("Works from"), required=False, widget=DateInput())
    ends_on = forms.DateField(label=_("Works until"), required=False, widget=DateInput())

    script = forms.CharField(
        label=_("Script of the call"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 14, "spellcheck": "true", "class": "textarea", "data-script-editor-target": "field"}
        ),
    )
    offer = forms.CharField(
        label=_("Offer"),
        required=False,
        max_length=300,
        help_text=_("A discount, gift or bonus. With an offer the invitation is advertising."),
    )
    message_class = forms.ChoiceField(label=_("Class of the message"), choices=list(CLASSES.items()))
    channels = ChannelsField(label=_("Channels, in order"))

    hours_from = forms.TimeField(label=_("On weekdays from"), widget=TimeInput())
    hours_to = forms.TimeField(label=_("until"), widget=TimeInput())
    weekend_from = forms.TimeField(label=_("On days off from"), widget=TimeInput())
    weekend_to = forms.TimeField(label=_("until"), widget=TimeInput())
    attempts_max = forms.IntegerField(label=_("Attempts, at most"), min_value=1, max_value=20)
    attempts_min_days = forms.IntegerField(label=_("On different days, at least"), min_value=1, max_value=20)
    attempt_delays = DelaysField(
        label=_("Waits between attempts"), help_text=_("The last one repeats: 2 h, 1 d, 1 d, 2 d")
    )

    control_share = PercentField(label=_("Control group, %"))
    daily_limit = forms.IntegerField(
        label=_("Invitations a day, at most"), required=False, min_value=1, help_text=_("Empty: no limit")
    )
    rank = forms.IntegerField(
        label=_("Priority"), min_value=1, max_value=10_000, help_text=_("The smaller number takes the car first")
    )

    def __init__(
        self, data: QueryDict | None, *, kind: "InvitationKind", actor: Actor, values: Mapping[str, Any]
    ) -> None:
        """`values` are the programme's columns; the kind's parameters have defaults where it has none."""
        params = stored(params_of(kind.Params, values["params"]))
        super().__init__(data, initial={**values, **{f"{PARAMS}-{name}": each for name, each in params.items()}})
        self.owner_id: int | None = values["owner_id"]
        for (code, name), words in NOT_USED.items():
            if code == kind.code:
                self.fields[name].help_text = words
        self.own = {f"{PARAMS}-{name}": field for name, field in form_fields(kind.Params).items()}
        self.fields.update(self.own)
        model_choice(self, "branches").queryset = accounts.branches_visible_to(actor)
        # One that somebody else has chosen stays what it is.
        present = Segment.objects.filter(pk=values["segment"])
        model_choice(self, "segment").queryset = (visible_to(actor) | present).order_by("title", "pk")

    def param_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.own]

    def clean_script(self) -> str:
        """Browsers send line ends in two ways, by themselves and by a script."""
        return str(self.cleaned_data["script"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for start, end in (("hours_from", "hours_to"), ("weekend_from", "weekend_to"), ("starts_on", "ends_on")):
            if cleaned.get(start) and cleaned.get(end) and cleaned[start] > cleaned[end]:
                self.add_error(end, _("It ends before it starts"))
        return cleaned

    def entry(self) -> ProgrammeEntry:
        data = self.cleaned_data
        return ProgrammeEntry(
            **{name: data[name] for name in _PLAIN},
            params={name.removeprefix(f"{PARAMS}-"): data[name] for name in self.own},
            message_class=MessageClass(data["message_class"]),
            channels=[OutboundChannel(code) for code in data["channels"]],
            branch_ids=frozenset(branch.pk for branch in data["branches"]),
            segment_id=data["segment"].pk if data["segment"] else None,
            owner_id=self.owner_id,
        )


_PLAIN = (
    "title",
    "lead_days",
    "grace_days",
    "attempt_delays",
    "attempts_max",
    "attempts_min_days",
    "hours_from",
    "hours_to",
    "weekend_from",
    "weekend_to",
    "script",
    "offer",
    "control_share",
    "daily_limit",
    "rank",
    "starts_on",
    "ends_on",
)
