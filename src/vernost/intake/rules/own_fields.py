"""Fields that an administrator has added, as columns of a kind of file: named by their codes or their titles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from vernost.core import names
from vernost.core.custom_fields import FieldTarget
from vernost.core.sensitive import HIDDEN
from vernost.customers.rules import fields
from vernost.customers.rules.fields import LISTED, NOT_IN_FILES, Definition, Kind
from vernost.intake.rules.file_kind import Check, Column, FileKind, Merge, OldValue
from vernost.intake.rules.reasons import Reason
from vernost.intake.rules.types import (
    PHONES,
    ColumnType,
    Day,
    Faults,
    Flag,
    Money,
    Place,
    Whole,
    quoted,
    unread,
)

# Between the codes of several values, which are Latin letters.
SEVERAL: Final = "\x1f"
_BIGGEST_MONEY: Final = fields.BIGGEST
_COLUMNS: Final = (("record_id", "bigint"), ("field_id", "bigint"), ("place", "int"), ("value", "text"))


@dataclass(frozen=True, slots=True)
class Words(ColumnType):
    """A text of at most so many letters; `line`: blanks between its words do not matter."""

    longest: int = fields.LONGEST_TEXT
    line: bool = True

    def value(self, raw: str) -> str:
        return f"nullif(tidy_text(unescaped_text({raw})), '')" if self.line else f"clean_text({raw})"

    def faults(self, at: Place) -> Faults:
        return ((f"length({at.value}) > {self.longest}", Reason.TOO_LONG),)

    def printed(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Address(ColumnType):
    """An e-mail address, or a link that begins with http."""

    def value(self, raw: str) -> str:
        text = f"trim(unescaped_text({raw}))"
        link = r"(?i)https?://[^\s/?#]+([/?#]\S*)?"
        return f"coalesce(plain_email({text}), CASE WHEN regexp_full_match({text}, '{link}') THEN {text} END)"

    def faults(self, at: Place) -> Faults:
        return unread(at, Reason.UNKNOWN_VALUE), (f"length({at.value}) > {fields.LONGEST_LINK}", Reason.TOO_LONG)

    def printed(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Listed(ColumnType):
    """Values of a directory by code or title, kept as their codes. `several`: parted by semicolons."""

    meanings: tuple[tuple[str, str], ...] = ()
    several: bool = False

    def value(self, raw: str) -> str:
        pairs = ", ".join(f"{quoted(words)}: {quoted(code)}" for words, code in self.meanings)
        known = f"MAP {{{pairs}}}" if pairs else "MAP([]::VARCHAR[], []::VARCHAR[])"
        if not self.several:
            return f"{known}[name_key(unescaped_text({raw}))]"
        parts = f"list_filter(string_split_regex(unescaped_text({raw}), '[;\\n]'), lambda part: trim(part) <> '')"
        codes = f"list_transform({parts}, lambda part: {known}[name_key(part)])"
        # A list of one is how DuckDB gives a value a name.
        once = "list_filter(found, lambda code, place: list_position(found, code) = place)"
        whole = f"CASE WHEN list_count(found) = len(found) THEN array_to_string({once}, '{SEVERAL}') END"
        return f"nullif(list_transform([{codes}], lambda found: {whole})[1], '')"

    def faults(self, at: Place) -> Faults:
        return (unread(at, Reason.UNKNOWN_VALUE),)

    def printed(self, value: str) -> str:
        return f"replace({value}, '{SEVERAL}', '; ')" if self.several else value


def with_fields(kind: FileKind, target: FieldTarget, definitions: Sequence[Definition]) -> FileKind:
    """Return the kind of file with a column for each field that a file can carry."""
    own = [one for one in definitions if one.kind not in NOT_IN_FILES]
    if not own:
        return kind
    columns = tuple(Column(one.code, _type(one), title=one.title, own=True) for one in own)
    several = tuple(
        # One cell, one number: a second one has no place.
        Check(one.code, f"len(v_{one.code}_rest) > 0 OR len(v_{one.code}) > 1", Reason.UNKNOWN_VALUE)
        for one in own
        if one.kind is Kind.PHONE
    )
    return replace(
        kind,
        columns=(*kind.columns, *columns),
        checks=(*kind.checks, *several),
        merges=(*kind.merges, _merge(target, own)),
        old_values=(*kind.old_values, *(_old_value(target, one) for one in own)),
    )


def _type(definition: Definition) -> ColumnType:
    least = -fields.BIGGEST if definition.least is None else definition.least
    most = fields.BIGGEST if definition.most is None else definition.most
    if definition.kind in LISTED:
        return Listed(meanings=_meanings(definition), several=definition.kind is Kind.CHOICES)
    types: dict[Kind, ColumnType] = {
        Kind.TEXT: Words(),
        Kind.LONG_TEXT: Words(longest=fields.LONGEST_LONG_TEXT, line=False),
        Kind.WHOLE: Whole(least=least, most=most),
        Kind.DECIMAL: Bounded(least=str(least), most=str(most)),
        Kind.MONEY: Bounded(least=str(least), most=str(most)),
        Kind.DAY: Day(),
        Kind.FLAG: Flag(),
        Kind.PHONE: PHONES,
        Kind.LINK: Address(),
    }
    return types[definition.kind]


@dataclass(frozen=True, slots=True)
class Bounded(Money):
    most: str | None = None

    def faults(self, at: Place) -> Faults:
        beyond = (f"{at.value} < {self.least} OR {at.value} > {self.most}", Reason.OUT_OF_RANGE)
        return unread(at, Reason.BAD_NUMBER), beyond


def _meanings(definition: Definition) -> tuple[tuple[str, str], ...]:
    """Map what a cell may say, in small letters, to the code that is kept; a code goes before a title."""
    found: dict[str, str] = {}
    # The later wins: titles of values in use, then codes.
    for one in sorted(definition.choices, key=lambda each: not (each.archived or each.merged_into)):
        found[names.sort_key(one.title)] = _heir(definition, one.code)
    for one in definition.choices:
        found[one.code] = _heir(definition, one.code)
    return tuple(found.items())


def _heir(definition: Definition, code: str) -> str:
    (value,) = fields.read(definition, code)
    return value


def _canonical(definition: Definition) -> str:
    """SQL of DuckDB for the value as it is kept, over the row."""
    value = f"v_{definition.code}"
    match definition.kind:
        case Kind.PHONE:
            return f"{value}[1].value"
        case Kind.FLAG:
            return f"CASE WHEN {value} THEN '1' WHEN NOT {value} THEN '0' END"
    return f"{value}::VARCHAR"


def _merge(target: FieldTarget, own: Sequence[Definition]) -> Merge:
    return Merge(
        "incoming_field",
        _COLUMNS,
        " UNION ALL ".join(_selected(one) for one in own),
        tuple(statement.format(table=target.table, column=target.column, subject=target.code) for statement in _TAKE),
        of=tuple(one.code for one in own),
    )


def _selected(definition: Definition) -> str:
    """Select the values of one field; a row without a value takes away what is there."""
    if definition.kind is Kind.CHOICES:
        split = f"string_split(coalesce(v_{definition.code}, ''), '{SEVERAL}')"
        return (
            f"SELECT pk, {definition.id}, generate_subscripts({split}, 1) - 1, nullif(unnest({split}), '')"
            f" FROM fresh WHERE $has_{definition.code}"
        )
    return f"SELECT pk, {definition.id}, 0, {_canonical(definition)} FROM fresh WHERE $has_{definition.code}"


_SAID = """SELECT record_id, field_id, coalesce(array_agg(value ORDER BY place) FILTER (WHERE value IS NOT NULL), '{{}}')
             AS after FROM incoming_field GROUP BY 1, 2"""
_WAS = """SELECT t.{column} AS record_id, t.field_id, array_agg(t.value ORDER BY t.place) AS before
            FROM {table} t JOIN (SELECT DISTINCT record_id, field_id FROM incoming_field) i
              ON i.record_id = t.{column} AND i.field_id = t.field_id GROUP BY 1, 2"""


def _told(values: str) -> str:
    """SQL of values for the journal, which shows no telephones and addresses."""
    hidden = f"f.kind = 'phone' OR f.kind = 'link' AND left({values}[1], 4) <> 'http'"
    return f"CASE WHEN {hidden} THEN to_jsonb(ARRAY['{HIDDEN}']) ELSE to_jsonb({values}) END"


_TAKE: Final = (
    # What is as it was is left alone.
    f"""DELETE FROM incoming_field i USING (
            SELECT said.record_id, said.field_id FROM ({_SAID}) said LEFT JOIN ({_WAS}) was USING (record_id, field_id)
             WHERE said.after = coalesce(was.before, '{{{{}}}}')) same
         WHERE i.record_id = same.record_id AND i.field_id = same.field_id""",
    # A first value is told of by its own row; a changed one, by the journal.
    f"""INSERT INTO accounts_auditrecord (at, actor, user_id, address, subject, subject_id, action, fields, salt)
        SELECT now(), 'system:import', NULL, '', '{{subject}}', record_id::text, 'fields',
               jsonb_object_agg(f.code, jsonb_build_array({_told("was.before")}, {_told("said.after")})),
               uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
          FROM ({_SAID}) said JOIN ({_WAS}) was USING (record_id, field_id)
          JOIN customers_customfield f ON f.id = said.field_id GROUP BY record_id""",
    """DELETE FROM {table} t USING (SELECT DISTINCT record_id, field_id FROM incoming_field) i
        WHERE t.{column} = i.record_id AND t.field_id = i.field_id""",
    f"""INSERT INTO {{table}} ({{column}}, field_id, place, value, key, at, actor)
        SELECT i.record_id, i.field_id, i.place, i.value,
               CASE WHEN f.kind IN ('whole', 'decimal', 'money') THEN {fields.key_sql(Kind.MONEY, "i.value")}
                    WHEN f.kind IN ('text', 'long_text', 'phone', 'link') THEN {fields.key_sql(Kind.TEXT, "i.value")}
                    ELSE i.value END, now(), 'system:import'
          FROM incoming_field i JOIN customers_customfield f ON f.id = i.field_id WHERE i.value IS NOT NULL""",
)


def _old_value(target: FieldTarget, definition: Definition) -> OldValue:
    value = "CASE v.value WHEN '1' THEN 'true' ELSE 'false' END" if definition.kind is Kind.FLAG else "v.value"
    return OldValue(
        definition.code,
        f"""(SELECT string_agg({value}, '; ' ORDER BY v.place) FROM {target.table} v
              WHERE v.{target.column} = t.id AND v.field_id = {definition.id})""",
    )
