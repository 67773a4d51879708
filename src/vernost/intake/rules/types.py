"""The types of columns: how DuckDB reads a cell, and what makes it refuse one.

Every type gives SQL over two names: the cell as it stands in the file (`raw`, a text or NULL) and the
value made of it (`value`, NULL where the cell is empty or cannot be read). `@zone` in it is the time zone of the row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vernost.core import email_address, phone
from vernost.core.phone import Contacts
from vernost.intake.rules import vocabulary
from vernost.intake.rules.reasons import UNREAD, Reason

LONGEST_ID: Final = 200
LONGEST_TEXT: Final = 100_000
BIGGEST_WHOLE: Final = 2**31 - 1
BIGGEST_SMALL: Final = 2**15 - 1

# A check: when the SQL is true, the row is refused for the reason.
Faults = tuple[tuple[str, Reason], ...]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a check finds a cell and the value made of it."""

    raw: str
    value: str


@dataclass(frozen=True, slots=True)
class ColumnType:
    """`duck` is the type of the value in DuckDB."""

    duck: str = "VARCHAR"

    def value(self, raw: str) -> str:
        raise NotImplementedError

    def faults(self, at: Place) -> Faults:
        raise NotImplementedError

    def usual(self, raw: str) -> str:
        """SQL of the value of a cell that is written in the usual way: cheap, and wrong for those that are `unusual`."""
        return self.value(raw)

    def unusual(self, at: Place) -> str:
        """SQL of whether `usual` may have read a cell other than `value` does, or a check may refuse it."""
        unread = f"({at.value} IS NULL AND {at.raw} IS NOT NULL)"
        return " OR ".join([unread, *(f"({sql})" for sql, reason in self.faults(at) if reason not in UNREAD)])

    def printed(self, value: str) -> str:
        """SQL of the value as text, for people."""
        return f"{value}::VARCHAR"

    def identity(self, value: str) -> str:
        """SQL of what a changed value is told by."""
        return value


def unread(at: Place, reason: Reason) -> tuple[str, Reason]:
    return f"{at.value} IS NULL AND {at.raw} IS NOT NULL AND has_text({at.raw})", reason


@dataclass(frozen=True, slots=True)
class AnyText(ColumnType):
    """A text of at most so many bytes."""

    longest: int = LONGEST_TEXT

    def faults(self, at: Place) -> Faults:
        return ((f"strlen({at.value}) > {self.longest}", Reason.TOO_LONG),)

    def printed(self, value: str) -> str:
        return value


class Text(AnyText):
    def value(self, raw: str) -> str:
        return f"clean_text({raw})"

    def usual(self, raw: str) -> str:
        return raw

    def unusual(self, at: Place) -> str:
        return " OR ".join([f"is_untidy({at.raw})", *(f"({sql})" for sql, _reason in self.faults(at))])


class Name(AnyText):
    """A text of words: blanks between them do not matter."""

    def value(self, raw: str) -> str:
        return f"nullif(tidy_text(unescaped_text({raw})), '')"


@dataclass(frozen=True, slots=True)
class Reference(Text):
    """The id of a record of another kind. `makes`: an unknown one makes a record with the id as its name."""

    longest: int = LONGEST_ID
    kind: str = ""
    makes: bool = False


@dataclass(frozen=True, slots=True)
class Folded(AnyText):
    """A text with one way of writing, by a macro of DuckDB."""

    longest: int = LONGEST_ID
    macro: str = ""

    def value(self, raw: str) -> str:
        return f"nullif({self.macro}(unescaped_text({raw})), '')"


@dataclass(frozen=True, slots=True)
class Money(ColumnType):
    duck: str = "DECIMAL(14,2)"
    macro: str = "money"
    least: str | None = None

    def value(self, raw: str) -> str:
        return f"{self.macro}_of({raw})"

    def usual(self, raw: str) -> str:
        return f"usual_{self.macro}({raw})"

    def faults(self, at: Place) -> Faults:
        bad = unread(at, Reason.BAD_NUMBER)
        return (bad,) if self.least is None else (bad, (f"{at.value} < {self.least}", Reason.OUT_OF_RANGE))


@dataclass(frozen=True, slots=True)
class Quantity(Money):
    duck: str = "DECIMAL(12,3)"
    macro: str = "quantity"


@dataclass(frozen=True, slots=True)
class Whole(ColumnType):
    duck: str = "BIGINT"
    least: int = 0
    most: int = BIGGEST_WHOLE

    def value(self, raw: str) -> str:
        return f"whole_of({raw})"

    def usual(self, raw: str) -> str:
        return f"usual_whole({raw})"

    def faults(self, at: Place) -> Faults:
        # The sign is looked for in the cell: cut to a whole number, -0.5 has lost it.
        negative = f" OR ({at.value} = 0 AND contains({at.raw}, '-'))" if self.least == 0 else ""
        return (
            unread(at, Reason.BAD_NUMBER),
            (f"{at.value} NOT BETWEEN {self.least} AND {self.most}{negative}", Reason.OUT_OF_RANGE),
        )


@dataclass(frozen=True, slots=True)
class Day(ColumnType):
    duck: str = "DATE"

    def value(self, raw: str) -> str:
        return f"day_of({raw}, @zone)"

    def faults(self, at: Place) -> Faults:
        condition, reason = unread(at, Reason.BAD_DATE)
        return ((f"{condition} AND NOT is_no_date({at.raw})", reason),)

    def usual(self, raw: str) -> str:
        return f"usual_day({raw})"

    def unusual(self, at: Place) -> str:
        # 1C writes its empty dates so.
        empty = f"prefix({at.raw}, '01.01.0001') OR prefix({at.raw}, '0001-01-01')"
        return f"{at.value} IS NULL AND {at.raw} IS NOT NULL AND NOT ({empty})"


@dataclass(frozen=True, slots=True)
class Moment(Day):
    """A day and a time of it. Beside the value stands `<value>_timed`: whether the cell names a time."""

    duck: str = "TIMESTAMP"

    def value(self, raw: str) -> str:
        return f"moment_of({raw}, @zone)"

    def usual(self, raw: str) -> str:
        return f"usual_moment({raw})"

    def identity(self, value: str) -> str:
        return f"{value}, {value}_timed"

    def printed(self, value: str) -> str:
        return f"CASE WHEN {value}_timed THEN {value}::VARCHAR ELSE {value}::DATE::VARCHAR END"


@dataclass(frozen=True, slots=True)
class Clock(ColumnType):
    duck: str = "TIME"

    def value(self, raw: str) -> str:
        return f"time_of({raw})"

    def faults(self, at: Place) -> Faults:
        return (unread(at, Reason.BAD_TIME),)


@dataclass(frozen=True, slots=True)
class Zone(Text):
    """A time zone's IANA name; the table `zone_names` knows them."""

    def faults(self, at: Place) -> Faults:
        return ((f"{at.value} IS NOT NULL AND {at.value} NOT IN (SELECT name FROM zone_names)", Reason.UNKNOWN_ZONE),)


@dataclass(frozen=True, slots=True)
class OneOf(ColumnType):
    """One of a few codes, or a Russian word for it from `vocabulary`. `open`: other words are kept."""

    codes: tuple[str, ...] = ()
    vocabulary: str = ""
    open: bool = False

    def value(self, raw: str) -> str:
        exact = ", ".join(quoted(code) for code in self.codes)
        meanings = {**vocabulary.values(self.vocabulary), **{code: code for code in self.codes}}
        words = ", ".join(f"{quoted(word)}: {quoted(code)}" for word, code in meanings.items() if code in self.codes)
        meant = f"MAP {{{words}}}[lower(clean_text({raw}))]"
        other = f"coalesce({meant}, clean_text({raw}))" if self.open else meant
        return f"CASE WHEN {raw} IN ({exact}) THEN {raw} WHEN {raw} IS NOT NULL THEN {other} END"

    def faults(self, at: Place) -> Faults:
        if self.open:
            return ((f"strlen({at.value}) > {LONGEST_TEXT}", Reason.TOO_LONG),)
        return (unread(at, Reason.UNKNOWN_VALUE),)

    def printed(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Flag(ColumnType):
    duck: str = "BOOLEAN"

    def value(self, raw: str) -> str:
        words = ", ".join(f"{quoted(word)}: {code}" for word, code in vocabulary.values("flag").items())
        return (
            f"CASE WHEN {raw} IS NULL THEN NULL WHEN {raw} IN ('0', 'Нет') THEN false"
            f" WHEN {raw} IN ('1', 'Да') THEN true ELSE MAP {{{words}}}[lower(clean_text({raw}))] END"
        )

    def faults(self, at: Place) -> Faults:
        return (unread(at, Reason.BAD_FLAG),)


@dataclass(frozen=True, slots=True)
class ContactList(ColumnType):
    """Several addresses in one cell: a list of (value, note). Beside it `<value>_rest` lists what is none.

    `plain` is a macro for cells of addresses alone: it lists them, and answers NULL for the other cells,
    which `read` takes apart. The SQL is over such a list.
    """

    duck: str = "STRUCT(value VARCHAR, note VARCHAR)[]"
    plain: str = ""
    read: Callable[[str], Contacts] = phone.contacts_of

    def value(self, raw: str) -> str:
        return f"list_transform({raw}, lambda one: {{'value': one, 'note': ''}})"

    def faults(self, at: Place) -> Faults:
        return ((f"strlen({at.raw}) > {LONGEST_TEXT}", Reason.TOO_LONG),)

    def unusual(self, at: Place) -> str:
        # What is no address is no reason to refuse a row, and unusual cells have been read by now.
        return " OR ".join(f"({sql})" for sql, _reason in self.faults(at))

    def identity(self, value: str) -> str:
        return f"{value}, {value}_rest"

    def printed(self, value: str) -> str:
        return (
            f"array_to_string(list_concat(list_transform({value}, lambda one:"
            f" one.value || CASE WHEN one.note = '' THEN '' ELSE ' ' || one.note END), {value}_rest), '; ')"
        )


PHONES: Final = ContactList(plain="plain_phones", read=phone.contacts_of)
EMAILS: Final = ContactList(plain="plain_emails", read=email_address.contacts_of)
