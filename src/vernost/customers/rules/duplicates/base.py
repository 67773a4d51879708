"""Duplicates among the customers of a base: what of a card is compared, and which pairs are worth a look."""

from typing import Final

import duckdb

from vernost.customers.rules.duplicates.comparisons import Compared, Sort
from vernost.customers.rules.duplicates.matching import Block, score_pairs

# A number that so many cards have is nobody's own: the dealer's, a taxi's, an invented one.
_EVERYBODYS: Final = 20
# Before it, a date of birth is one that somebody had to fill in.
_FIRST_BIRTHDAY: Final = "19050101"
# Russian letters as passports write them; what differs between two ways of writing is left to the comparison.
_LETTERS: Final = (
    *(("щ", "sch"), ("ш", "sh"), ("ч", "ch"), ("ж", "zh"), ("ю", "yu"), ("я", "ya"), ("ё", "e"), ("х", "kh")),
    *(("ц", "ts"), ("ь", ""), ("ъ", ""), ("iy", "y"), ("yy", "y"), ("ij", "y"), ("j", "y"), ("x", "ks")),
)
_PLAIN: Final = ("абвгдезийклмнопрстуфыэ", "abvgdeziyklmnoprstufye")

# A family shares telephone, address, surname and car: the given name and the sex are what tells its members
# apart. So cards whose given names are no slip, initial or swap of each other are not compared at all.
_SAME_GIVEN: Final = (
    "l.is_person = r.is_person AND coalesce(l.sex = r.sex, true) AND (l.given IS NULL OR r.given IS NULL"
)
_LIKE: Final = "jaro_winkler_similarity(l.given, r.given) >= 0.88"
_INITIAL: Final = "least(strlen(l.given), strlen(r.given)) = 1 AND left(l.given, 1) = left(r.given, 1)"
_SWAPPED: Final = "l.given = r.family AND l.family = r.given"
_ONE_PERSON: Final = f"{_SAME_GIVEN} OR {_LIKE} OR {_INITIAL} OR {_SWAPPED})"
# What a condition names is not learnt from the pairs that fulfil it: here the surname is left out.
_ONE_TO_LEARN_FROM: Final = f"{_SAME_GIVEN} OR {_LIKE})"
# How often a person's two cards agree in them, from the strongest agreement to none: what is left out above
# cannot be learnt.
_GIVEN_OF_ONE: Final = (0.83, 0.01, 0.06, 0.02, 0.005, 0.07, 0.005)
_BORN_OF_ONE: Final = (0.90, 0.06, 0.03, 0.01)

COMPARED: Final = (
    Compared("family", Sort.TEXT),
    Compared("given", Sort.GIVEN, swapped="family", of_one=_GIVEN_OF_ONE),
    Compared("middle", Sort.GIVEN),
    Compared("phones", Sort.NUMBERS),
    Compared("emails", Sort.NUMBERS),
    Compared("cars", Sort.NUMBERS),
    Compared("born", Sort.DATE, of_one=_BORN_OF_ONE),
    Compared("address", Sort.TEXT),
    Compared("inn", Sort.CODE),
)
_LISTS: Final = ("phones", "emails", "cars")
_ALIKE: Final = (
    *(Block(f"l.{column} = r.{column}", (column,)) for column in _LISTS),
    Block("l.inn = r.inn"),
    Block("l.born = r.born AND l.given = r.given"),
    Block("l.born = r.born AND l.family = r.family"),
    Block("l.address = r.address AND l.given = r.given"),
    Block("l.family = r.given AND l.given = r.family AND l.middle = r.middle"),
)
_TRAINED_ON: Final = (
    # The first of each: lists are not taken apart for training.
    Block("l.phones[1] = r.phones[1]"),
    Block("l.born = r.born AND l.family = r.family"),
)


def find(con: duckdb.DuckDBPyConnection) -> str:
    """Score the pairs of the table `cards`; return the name of the result of `score_pairs`.

    `cards` has customer_id, is_person, last_name, first_name, middle_name, full_name, born (YYYYMMDD), inn, address;
    `addresses` customer_id, kind, value; `cars` customer_id, value (VIN or plate).
    """
    _make_records(con)
    return score_pairs(
        con,
        "records",
        [one for one in COMPARED if _says_something(con, one.column)],
        blocks=[Block(f"{one.condition} AND {_ONE_PERSON}", one.lists) for one in _ALIKE],
        trained_on=[Block(f"{one.condition} AND {_ONE_TO_LEARN_FROM}") for one in _TRAINED_ON if _has_pairs(con, one)],
    )


def _make_records(con: duckdb.DuckDBPyConnection) -> None:
    spelt = f"translate(lower(x), '{_PLAIN[0]}', '{_PLAIN[1]}')"
    for letters, latin in _LETTERS:
        spelt = f"replace({spelt}, '{letters}', '{latin}')"
    con.execute(f"CREATE OR REPLACE MACRO spelt(x) AS nullif(regexp_replace({spelt}, '[^a-z0-9]+', '', 'g'), '')")
    for name, rows in (
        ("phones", "SELECT customer_id, right(value, 10) AS value FROM addresses WHERE kind = 'phone'"),
        ("emails", "SELECT customer_id, value FROM addresses WHERE kind = 'email'"),
        ("cars", "SELECT customer_id, value FROM cars"),
    ):
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE own_{name} AS
                SELECT customer_id, list_sort(list(value)) AS {name}
                  FROM (SELECT DISTINCT customer_id, value FROM ({rows}) WHERE value <> ''
                        QUALIFY count(*) OVER (PARTITION BY value) <= {_EVERYBODYS})
                 GROUP BY ALL"""
        )
    con.execute(
        f"""CREATE OR REPLACE TABLE records AS
           SELECT customer_id AS unique_id, is_person,
                  CASE WHEN is_person THEN spelt(last_name) ELSE spelt(full_name) END AS family,
                  CASE WHEN is_person THEN spelt(first_name) END AS given,
                  CASE WHEN is_person THEN spelt(middle_name) END AS middle,
                  CASE WHEN regexp_matches(lower(middle_name), '(ич|оглы|улы|ich)$') THEN 'm'
                       WHEN regexp_matches(lower(middle_name), '(вна|чна|кызы|vna|chna)$') THEN 'f' END AS sex,
                  phones, emails, cars, CASE WHEN born >= '{_FIRST_BIRTHDAY}' THEN born END AS born,
                  nullif(lower(trim(address)), '') AS address,
                  nullif(inn, '') AS inn
             FROM cards LEFT JOIN own_phones USING (customer_id) LEFT JOIN own_emails USING (customer_id)
                  LEFT JOIN own_cars USING (customer_id)"""
    )


def _says_something(con: duckdb.DuckDBPyConnection, column: str) -> bool:
    [(values,)] = con.execute(f"SELECT approx_count_distinct({column}) FROM records").fetchall()
    return bool(values > 1)


def _has_pairs(con: duckdb.DuckDBPyConnection, block: Block) -> bool:
    """Return whether at least one pair agrees so: the model cannot be trained on none."""
    condition = f"{block.condition} AND l.unique_id < r.unique_id"
    return bool(con.execute(f"SELECT 1 FROM records l JOIN records r ON {condition} LIMIT 1").fetchall())
