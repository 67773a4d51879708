"""Refusals of an import as a whole."""

from vernost.core.errors import DomainError
from vernost.core.i18n import _


class Unreadable(DomainError):
    """What was given cannot be read at all; nothing has been changed."""

    code = "unreadable_input"
    text = _("%(name)s: cannot be read")


class NoSuchPath(Unreadable):
    code = "no_such_path"
    text = _("%(name)s: there is no such file or folder")


class MayNotBeRead(Unreadable):
    code = "may_not_be_read"
    text = _("%(name)s: this user may not read it: give him the right to, or copy the files to where he may")


class FileHasChanged(Unreadable):
    code = "file_has_changed"
    text = _(
        "%(name)s: somebody has changed the file while it was being read. The files before it are in;"
        " run the import again when it is complete"
    )


class NothingKnown(Unreadable):
    code = "nothing_known"
    text = _("%(name)s: there is no file of the exchange format in it (customers.csv, orders.xlsx …)")


class EmptyFile(Unreadable):
    code = "empty_file"
    text = _("%(name)s: the file is empty")


class NotATable(Unreadable):
    code = "not_a_table"
    text = _("%(name)s: no header row with the columns of “%(kind)s” was found")


class MissingColumns(Unreadable):
    code = "missing_columns"
    text = _("%(name)s: required columns are missing: %(columns)s")


class RepeatedColumns(Unreadable):
    code = "repeated_columns"
    text = _("%(name)s: several columns of the file mean the same: %(columns)s")


class RowsTooLarge(Unreadable):
    code = "rows_too_large"
    text = _("A file has rows that are too large: look for one without line ends. The files before it are in")


class TooManyColumns(Unreadable):
    code = "too_many_columns"
    text = _("%(name)s: more than %(limit)s columns")


class BrokenArchive(Unreadable):
    code = "broken_archive"
    text = _("%(name)s: the archive is damaged")


class LockedArchive(Unreadable):
    code = "locked_archive"
    text = _("%(name)s: the archive is protected by a password")


class TooManyFiles(Unreadable):
    code = "too_many_files"
    text = _("%(name)s: more than %(limit)s files")


class TooLarge(Unreadable):
    code = "too_large"
    text = _("%(name)s: unpacked it is larger than %(limit)s MB")


class BrokenWorkbook(Unreadable):
    code = "broken_workbook"
    text = _("%(name)s: the spreadsheet is damaged")


class BadSourceName(Unreadable):
    code = "bad_source_name"
    text = _("“%(name)s” cannot name a source: up to 40 Latin letters, digits, - and _ can")


class ImportIsRunning(DomainError):
    code = "import_is_running"
    text = _("Another import is running now: wait until it is done")


class ImportStopped(DomainError):
    code = "import_stopped"
    text = _("The import was stopped: the files that were done stay, run it again for the others")


class ImportBrokenOff(DomainError):
    code = "import_broken_off"
    text = _(
        "The program was ended while it imported: the files that were done stay, run the import again for the others"
    )


class RunIsOver(DomainError):
    code = "run_is_over"
    text = _("This import is over already")


class RowIsSettled(DomainError):
    code = "row_is_settled"
    text = _("This row has left the quarantine already")
