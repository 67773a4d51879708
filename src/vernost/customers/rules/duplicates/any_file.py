"""Duplicates of any table of texts: what its columns hold, and which pairs are worth a look, is seen from the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import duckdb

from vernost.customers.rules.duplicates.comparisons import Compared, Sort
from vernost.customers.rules.duplicates.matching import Block, score_pairs

# A column is what this share of its values is.
_MOSTLY: Final = 0.8
# So many pairs a record are looked at for one reason, in a small table up to so many in all.
_PAIRS_EACH: Final = 30
_PAIRS: Final = 2_000_000
_BLOCKS: Final = 16
_TRAININGS: Final = 3
# Fewer reasons than this, and the beginnings of texts are reasons too.
_FEW: Final = 3
_BEGINNING: Final = 5
_GIVEN: Final = frozenset({"given_name", "first_name", "firstname", "forename", "fname", "имя"})
_FAMILY: Final = frozenset({"surname", "last_name", "lastname", "family_name", "familyname", "lname", "фамилия"})

_CLEAN: Final = r"""nullif(trim(regexp_replace(replace(lower({cell}), 'ё', 'е'), '[\s\x{{00a0}}]+', ' ', 'g')), '')"""
_CODE: Final = r"regexp_full_match({cell}, '[\d\s+()./-]+')"
_YEAR_FIRST: Final = r"'(\d{{4}})[-./]?(\d{{2}})[-./]?(\d{{2}})( .*|t.*)?'"
_DAY_FIRST: Final = r"'(\d{{1,2}})[-./](\d{{1,2}})[-./](\d{{4}})( .*)?'"
_IS_DATE: Final = (
    f"(regexp_full_match({{cell}}, {_YEAR_FIRST})"
    f" AND regexp_extract({{cell}}, {_YEAR_FIRST}, 2) <= '12' AND regexp_extract({{cell}}, {_YEAR_FIRST}, 3) <= '31'"
    f" OR regexp_full_match({{cell}}, {_DAY_FIRST}))"
)
# A date with a slip in it is a date: nothing is refused for being none.
_AS_DATE: Final = f"""CASE WHEN regexp_full_match({{cell}}, {_DAY_FIRST})
    THEN regexp_extract({{cell}}, {_DAY_FIRST}, 3) || lpad(regexp_extract({{cell}}, {_DAY_FIRST}, 2), 2, '0')
         || lpad(regexp_extract({{cell}}, {_DAY_FIRST}, 1), 2, '0')
    ELSE left(regexp_replace({{cell}}, '[^0-9]', '', 'g'), 8) END"""
_AS_CODE: Final = "nullif(regexp_replace({cell}, '[^0-9]', '', 'g'), '')"


@dataclass(frozen=True, slots=True)
class _Reason:
    """Columns whose agreement is a reason to look at a pair, and how many pairs that makes."""

    columns: tuple[str, ...]
    pairs: int
    beginning: bool = False

    def block(self) -> Block:
        if self.beginning:
            return Block(" AND ".join(f"left(l.{c}, {_BEGINNING}) = left(r.{c}, {_BEGINNING})" for c in self.columns))
        return Block(" AND ".join(f"l.{column} = r.{column}" for column in self.columns))


def find(con: duckdb.DuckDBPyConnection, table: str, key: str, columns: Sequence[str]) -> str | None:
    """Score the pairs of a table of texts; return the name of the result of `score_pairs`, None: nothing to compare.

    In it a and b are values of `key`, which must be without repeats.
    """
    compared = _read(con, table, key, columns)
    reasons = _reasons(con, [one.column for one in compared])
    if not reasons:
        return None
    return score_pairs(
        con,
        "records",
        compared,
        blocks=[reason.block() for reason in reasons],
        trained_on=[reason.block() for reason in _trainings(con, [one.column for one in compared], reasons)],
    )


def _read(con: duckdb.DuckDBPyConnection, table: str, key: str, columns: Sequence[str]) -> list[Compared]:
    """Make the table `records` of what the columns hold: c0, c1, …, without empty and constant ones."""
    cleaned = ", ".join(f"{_CLEAN.format(cell=_quoted(column))} AS c{place}" for place, column in enumerate(columns))
    con.execute(f"CREATE OR REPLACE TEMP TABLE cleaned AS SELECT {_quoted(key)} AS unique_id, {cleaned} FROM {table}")
    sorts = {place: _sort(con, f"c{place}") for place in range(len(columns))}
    kept = [place for place in sorts if sorts[place] is not None]
    values = {Sort.DATE: _AS_DATE, Sort.CODE: _AS_CODE}
    made = "".join(
        f", {values[sort].format(cell=f'c{place}') if (sort := sorts[place]) in values else f'c{place}'} AS c{place}"
        for place in kept
    )
    con.execute(f"CREATE OR REPLACE TABLE records AS SELECT unique_id{made} FROM cleaned")
    names = {column.strip().lower().replace(" ", "_"): f"c{place}" for place, column in enumerate(columns)}
    family = next((names[name] for name in _FAMILY if name in names), "")
    given = {names[name] for name in _GIVEN if name in names}
    return [
        Compared(
            f"c{place}",
            Sort.GIVEN if f"c{place}" in given else sorts[place] or Sort.TEXT,
            family if f"c{place}" in given and family in {f"c{one}" for one in kept} else "",
        )
        for place in kept
    ]


def _sort(con: duckdb.DuckDBPyConnection, column: str) -> Sort | None:
    [(filled, values, dates, codes)] = con.execute(
        f"""SELECT count({column}), count(DISTINCT {column}), count(*) FILTER (WHERE {_IS_DATE.format(cell=column)}),
                   count(*) FILTER (WHERE {_CODE.format(cell=column)}) FROM cleaned"""
    ).fetchall()
    if values < 2:  # noqa: PLR2004 - one value tells nobody from anybody
        return None
    if dates >= _MOSTLY * filled:
        return Sort.DATE
    return Sort.CODE if codes >= _MOSTLY * filled else Sort.TEXT


def _reasons(con: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> list[_Reason]:
    """Return why pairs are looked at: equal values, where that is rare enough, else together with another column."""
    [(records,)] = con.execute("SELECT count(*) FROM records").fetchall()
    affordable = max(_PAIRS, _PAIRS_EACH * records)
    single = [_counted(con, (column,)) for column in columns]
    found = [reason for reason in single if 0 < reason.pairs <= affordable]
    common = [reason.columns[0] for reason in single if reason.pairs > affordable]
    for column in common:
        both = [_counted(con, (column, other)) for other in columns if other != column]
        found += [reason for reason in both if 0 < reason.pairs <= affordable]
    if len(found) < _FEW:
        sizes = [(column,) for column in columns] + list(combinations(columns, 2))
        begun = [_counted(con, those, beginning=True) for those in sizes]
        found += [reason for reason in begun if 0 < reason.pairs <= affordable]
    return sorted(found, key=lambda reason: reason.pairs)[:_BLOCKS]


def _trainings(con: duckdb.DuckDBPyConnection, columns: Sequence[str], reasons: Sequence[_Reason]) -> list[_Reason]:
    """Return reasons that leave every column to some other: a column is not learnt from pairs that agree in it."""
    [(records,)] = con.execute("SELECT count(*) FROM records").fetchall()
    pairs = [_counted(con, both) for both in combinations(columns, 2)] if len(columns) > _FEW else []
    rare = sorted(
        (one for one in (*reasons, *pairs) if 0 < one.pairs <= _PAIRS_EACH * records and not one.beginning),
        key=lambda one: one.pairs,
    )
    chosen: list[_Reason] = []
    for reason in rare or reasons[:1]:
        if not any(set(reason.columns) & set(other.columns) for other in chosen):
            chosen.append(reason)
    return chosen[:_TRAININGS]


def _counted(con: duckdb.DuckDBPyConnection, columns: tuple[str, ...], *, beginning: bool = False) -> _Reason:
    values = ", ".join(f"left({column}, {_BEGINNING})" if beginning else column for column in columns)
    known = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    [(pairs,)] = con.execute(
        f"""SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT
              FROM (SELECT count(*)::BIGINT AS n FROM records WHERE {known} GROUP BY {values})"""
    ).fetchall()
    return _Reason(columns, int(pairs), beginning)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
