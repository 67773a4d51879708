"""Uploads, a row of the quarantine, a dealer's own names of columns."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from vernost.intake.operations import MEBIBYTE
from vernost.intake.rules.file_kind import FileKind
from vernost.office.forms.params import WordsField
from vernost.office.quarantined import column_title

EXTENSIONS = ".csv,.txt,.tsv,.xlsx,.xlsm,.xls,.ods,.zip"
# What is larger comes through `vernost import`, on the machine itself.
LARGEST = 200 * MEBIBYTE
MOST_FILES = 100


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:  # noqa: ANN401 - Django's signature
        files = data if isinstance(data, list | tuple) and data else [data or None]
        files = [super(FilesField, self).clean(file, initial) for file in files]
        if wrong := [
            file.name for file in files if file and not file.name.lower().endswith(tuple(EXTENSIONS.split(",")))
        ]:
            raise ValidationError(_("“%(name)s” is no table and no ZIP"), params={"name": wrong[0]})
        if len(files) > MOST_FILES:
            raise ValidationError(
                _("At most %(count)s files at once: put them into a ZIP"), params={"count": MOST_FILES}
            )
        if sum(file.size for file in files if file) > LARGEST:
            limit = LARGEST // MEBIBYTE
            raise ValidationError(_("Together the files are larger than %(limit)s MB"), params={"limit": limit})
        return files


class UploadForm(forms.Form):
    documents = FilesField(
        label=_("Drop the files or a ZIP here"),
        help_text=_("or choose them; several at once are fine"),
        widget=FilesInput(attrs={"accept": EXTENSIONS}),
        error_messages={"required": _("Choose at least one file")},
    )
    source = forms.SlugField(
        label=_("Source"),
        max_length=40,
        help_text=_("The system that the files come from, in Latin letters: its ids are unique within it"),
        widget=forms.TextInput(attrs={"list": "sources", "autocomplete": "off"}),
    )

    def uploads(self) -> "Sequence[UploadedFile[bytes]]":
        return cast("Sequence[UploadedFile[bytes]]", self.cleaned_data["documents"])


class MappingForm(forms.Form):
    """For each column of a kind the dealer's names of it."""

    def __init__(self, data: QueryDict | None, *, kind: FileKind, columns: Mapping[str, str]) -> None:
        own: dict[str, list[str]] = {}
        for name, column in columns.items():
            own.setdefault(column, []).append(name)
        super().__init__(data, initial=own)
        for each in kind.columns:
            title = each.title or column_title(kind.code, each.name)
            label = f"{title} ({each.name})" if title != each.name else title
            self.fields[each.name] = WordsField(label=label, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        taken: dict[str, str] = {}
        for column, names in list(cleaned.items()):
            for name in names:
                if taken.setdefault(name.lower(), column) != column:
                    self.add_error(column, _("“%(name)s” already names another column") % {"name": name})
        return cleaned

    def columns(self) -> dict[str, str]:
        return {name: column for column, names in self.cleaned_data.items() for name in names}
