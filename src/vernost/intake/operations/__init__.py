"""Imports and the quarantine: what people do with files and rows."""

from vernost.intake.operations.checks import CheckIsGone, forget_checks, forget_old_checks, import_checked
from vernost.intake.operations.failures import (
    ImportIsRunning,
    ImportStopped,
    RowIsSettled,
    RunIsOver,
    Unreadable,
)
from vernost.intake.operations.following import not_followed, note_followed
from vernost.intake.operations.mappings import save_mapping
from vernost.intake.operations.opening import MEBIBYTE, Limits
from vernost.intake.operations.records import Record, Result, Taken, take_records
from vernost.intake.operations.rows import drop_row, mend_row, retry_rows
from vernost.intake.operations.runs import run_import, start_import, stop_import, upload_import
from vernost.intake.operations.sources import DEFAULT_SOURCE

__all__ = [
    "DEFAULT_SOURCE",
    "MEBIBYTE",
    "CheckIsGone",
    "ImportIsRunning",
    "ImportStopped",
    "Limits",
    "Record",
    "Result",
    "RowIsSettled",
    "RunIsOver",
    "Taken",
    "Unreadable",
    "drop_row",
    "forget_checks",
    "forget_old_checks",
    "import_checked",
    "mend_row",
    "not_followed",
    "note_followed",
    "retry_rows",
    "run_import",
    "save_mapping",
    "start_import",
    "stop_import",
    "take_records",
    "upload_import",
]
