"""What a check found in a file: changes old beside new, new rows, refused rows, warnings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from vernost.core.formats import number
from vernost.intake.queries import FileRow
from vernost.intake.rules.reasons import WARNING_TEXTS
from vernost.office.quarantined import column_title, reason_text

_WARNINGS = {warning.value: words for warning, words in WARNING_TEXTS.items()}


@dataclass(frozen=True, slots=True)
class Change:
    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A row of the file: `changes` of a new row have no old values, a refused row has its reason."""

    line: int
    key: str
    changes: tuple[Change, ...] = ()
    column: str = ""
    value: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShownFile:
    file: FileRow
    changed: tuple[Sample, ...]
    new: tuple[Sample, ...]
    refused: tuple[Sample, ...]
    warnings: tuple[str, ...]

    @property
    def has_sample(self) -> bool:
        return bool(self.changed or self.new or self.refused)


def shown(file: FileRow) -> ShownFile:
    return ShownFile(
        file=file,
        changed=_of(file, "changed"),
        new=_of(file, "new"),
        refused=_of(file, "quarantined"),
        warnings=tuple(_warning(each) for each in file.warnings),
    )


def _of(file: FileRow, verdict: str) -> tuple[Sample, ...]:
    return tuple(_sample(file.kind, entry) for entry in file.sample if entry["verdict"] == verdict)


def _sample(kind: str, entry: Mapping[str, Any]) -> Sample:
    changes = entry.get("columns", ())
    return Sample(
        line=entry["line"],
        key=entry["key"],
        changes=tuple(Change(column_title(kind, each["column"]), each["old"], each["new"]) for each in changes),
        column=column_title(kind, entry.get("column", "")),
        value=entry.get("value", ""),
        reason=reason_text(entry.get("reason", "")),
    )


def _warning(entry: Mapping[str, Any]) -> str:
    words = gettext(_WARNINGS.get(entry["code"], entry["code"]))
    count = entry.get("count", 0)
    return f"{words}: {number(count)}" if count > 1 else words
