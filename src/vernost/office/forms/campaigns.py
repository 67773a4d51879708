"""A one-off campaign: its name and its audience, a list or a filter."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, cast

import python_calamine
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from vernost.accounts import queries as accounts
from vernost.accounts.models import Branch
from vernost.core.actor import Actor
from vernost.invitations.queries.audience import AudienceFilter
from vernost.office.forms.fields import model_choice

LIST, FILTER = "list", "filter"
LONGEST_LIST = 20_000
LARGEST_FILE = 20 * 1024 * 1024

Row = list[str]


class CampaignForm(forms.Form):
    title = forms.CharField(label=_("Name of the campaign"), max_length=120)
    way = forms.ChoiceField(
        label=_("Whom to call"),
        choices=[(LIST, _("A list of mine")), (FILTER, _("Everybody who fits a filter"))],
        widget=forms.RadioSelect,
    )
    entries = forms.CharField(
        label=_("Telephones, ids, VINs or plates, one a line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    document = forms.FileField(
        label=_("or a CSV or XLSX file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls,.ods"}),
    )
    branches = forms.ModelMultipleChoiceField(
        Branch.objects.none(), label=_("Branches"), required=False, widget=forms.CheckboxSelectMultiple
    )
    make = forms.CharField(label=_("Make"), required=False, widget=forms.TextInput(attrs={"list": "makes"}))
    model = forms.CharField(label=_("Model"), required=False, widget=forms.TextInput(attrs={"list": "models"}))
    year_from = forms.IntegerField(label=_("Year from"), required=False, min_value=1950, max_value=2100)
    year_to = forms.IntegerField(label=_("Year to"), required=False, min_value=1950, max_value=2100)
    away_from = forms.IntegerField(
        label=_("Months since the last visit, from"), required=False, min_value=0, max_value=600
    )
    away_to = forms.IntegerField(label=_("to"), required=False, min_value=1, max_value=600)
    never_came = forms.BooleanField(label=_("Has never come to the service"), required=False)

    def __init__(
        self,
        data: QueryDict | None,
        files: "MultiValueDict[str, UploadedFile[bytes]] | None",
        *,
        actor: Actor,
        begin: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, files, initial={"way": LIST, **(begin or {})})
        self.actor = actor
        model_choice(self, "branches").queryset = accounts.branches_visible_to(actor)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("way") == LIST and not self.errors:
            rows = list(_rows(cleaned["entries"], cleaned["document"]))
            if not rows:
                self.add_error("entries", _("Paste at least one line or choose a file"))
            if len(rows) > LONGEST_LIST:
                self.add_error("entries", _("The list is longer than 20 000 lines: split it, or use the filter"))
            cleaned["rows"] = rows
        return cleaned

    @property
    def is_list(self) -> bool:
        return bool(self.cleaned_data["way"] == LIST)

    @property
    def rows(self) -> list[Row]:
        return list(self.cleaned_data["rows"])

    def with_pasted_list(self) -> "CampaignForm":
        """Return the form with the list as lines, so that its file need not be chosen again."""
        data = cast("QueryDict", self.data).copy()
        data["entries"] = "\n".join("; ".join(row) for row in self.rows)
        again = CampaignForm(data, None, actor=self.actor)
        again.full_clean()
        return again

    def wanted(self) -> AudienceFilter:
        data = self.cleaned_data
        return AudienceFilter(
            branch_ids=frozenset(branch.pk for branch in data["branches"]),
            **{
                name: data[name]
                for name in ("make", "model", "year_from", "year_to", "away_from", "away_to", "never_came")
            },
        )


def _rows(entries: str, document: "UploadedFile[bytes] | None") -> Iterator[Row]:
    yield from _lines(entries)
    if document is not None:
        if (document.size or 0) > LARGEST_FILE:
            raise ValidationError(_("The file is larger than 20 MB"))
        yield from _sheet(document) if _is_workbook(document) else _lines(_text(document.read()))


def _is_workbook(document: "UploadedFile[bytes]") -> bool:
    return (document.name or "").lower().endswith((".xlsx", ".xlsm", ".xls", ".ods"))


def _sheet(document: "UploadedFile[bytes]") -> Iterator[Row]:
    try:
        sheet = python_calamine.load_workbook(document).get_sheet_by_index(0)
    except python_calamine.CalamineError as error:
        raise ValidationError(_("The file cannot be read as a table")) from error
    yield from _without_head([_cell(cell) for cell in row] for row in sheet.iter_rows())


def _cell(value: Any) -> str:  # noqa: ANN401 - what a workbook holds
    # Spreadsheets keep a telephone as a number.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _lines(words: str) -> Iterator[Row]:
    delimiter = max(";,\t", key=words.count)
    yield from _without_head(csv.reader(io.StringIO(words), delimiter=delimiter))


def _without_head(rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        is_head = number == 0 and not any(letter.isdigit() for cell in row for letter in cell)
        if any(row) and not is_head:
            yield row


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1251", "replace")
