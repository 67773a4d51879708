"""Why a row is in quarantine, and what a file is warned of: codes, with the words for people."""

from enum import StrEnum

from vernost.core.i18n import _


class Reason(StrEnum):
    MISSING_VALUE = "missing_value"
    UNKNOWN_REFERENCE = "unknown_reference"
    BAD_DATE = "bad_date"
    BAD_TIME = "bad_time"
    BAD_NUMBER = "bad_number"
    OUT_OF_RANGE = "out_of_range"
    BAD_FLAG = "bad_flag"
    UNKNOWN_VALUE = "unknown_value"
    UNKNOWN_COMPANY = "unknown_company"
    UNKNOWN_ZONE = "unknown_zone"
    TOO_LONG = "too_long"
    CLOSED_WITHOUT_DAY = "closed_without_day"
    CLOSED_BEFORE_OPENED = "closed_before_opened"
    WON_WITHOUT_DAY = "won_without_day"
    ENDS_BEFORE_START = "ends_before_start"
    TOO_MANY_CELLS = "too_many_cells"
    BAD_CHARACTERS = "bad_characters"


# A cell with a text of which no value could be made.
UNREAD = frozenset({Reason.BAD_DATE, Reason.BAD_TIME, Reason.BAD_NUMBER, Reason.BAD_FLAG, Reason.UNKNOWN_VALUE})

REASON_TEXTS = {
    Reason.MISSING_VALUE: _("The value is required"),
    Reason.UNKNOWN_REFERENCE: _("There is no such record yet: the row waits for it"),
    Reason.BAD_DATE: _("This is not a date: 2026-03-31 and 31.03.2026 are understood"),
    Reason.BAD_TIME: _("This is not a time of day: 9:00 and 09:00:00 are understood"),
    Reason.BAD_NUMBER: _("This is not a number, or it is too long"),
    Reason.OUT_OF_RANGE: _("The number is out of its range"),
    Reason.BAD_FLAG: _("This is neither yes nor no: 1/0, true/false, да/нет, истина/ложь are understood"),
    Reason.UNKNOWN_VALUE: _("The value is none of those that this column may have"),
    Reason.UNKNOWN_COMPANY: _(
        "The group has no such company: add it in Settings → Personal data, then try the row again"
    ),
    Reason.UNKNOWN_ZONE: _("There is no such time zone: Europe/Moscow is how they are written"),
    Reason.TOO_LONG: _("The text is too long"),
    Reason.CLOSED_WITHOUT_DAY: _("The order is closed, and there is no day on which it was closed"),
    Reason.CLOSED_BEFORE_OPENED: _("The order was closed before it was opened"),
    Reason.WON_WITHOUT_DAY: _("The deal is won, and there is no day on which it was closed"),
    Reason.ENDS_BEFORE_START: _("The appointment ends before it starts"),
    Reason.TOO_MANY_CELLS: _("The row has more cells than the header"),
    Reason.BAD_CHARACTERS: _("The row has characters that are not text"),
}


class Warning(StrEnum):  # noqa: A001 - a file's warning; Python's own is not used here
    BAD_PHONE = "bad_phone"
    BAD_EMAIL = "bad_email"
    VIN_NOT_STANDARD = "vin_not_standard"
    VIN_CHECK_DIGIT = "vin_check_digit"
    VIN_TWICE = "vin_twice"
    MIXED_ENCODING = "mixed_encoding"
    EMPTY_FILE = "empty_file"
    UNKNOWN_COLUMNS = "unknown_columns"
    NOT_RECOGNISED = "not_recognised"
    ERASED = "erased"


WARNING_TEXTS = {
    Warning.BAD_PHONE: _("Phones that are no numbers: kept as notes of the customer"),
    Warning.BAD_EMAIL: _("E-mails that are no addresses: kept as notes of the customer"),
    Warning.VIN_NOT_STANDARD: _("VINs that are not seventeen letters and digits: taken as they are"),
    Warning.VIN_CHECK_DIGIT: _("VINs from North America and China with a wrong check digit: taken as they are"),
    Warning.VIN_TWICE: _("VINs that two records have: both are kept"),
    Warning.MIXED_ENCODING: _("Lines in another encoding than the file: read each in its own"),
    Warning.EMPTY_FILE: _("The file is empty"),
    Warning.UNKNOWN_COLUMNS: _("Columns that are not known are left out"),
    Warning.NOT_RECOGNISED: _("Neither its name nor its header is known: left out"),
    Warning.ERASED: _("Records of people who were erased on demand: left out, counted as the same"),
}
