"""The list of cards that may be of one customer: found over the whole base, decided by people."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import connection, transaction

from vernost.accounts import queries as accounts
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import Customer, DuplicatePair, PairState
from vernost.customers.operations.merging import check_seen, lock, merge_customers
from vernost.customers.operations.moving import belongings
from vernost.customers.queries import visible_to
from vernost.customers.queries.duplicates import identities
from vernost.customers.queries.looks import look_at
from vernost.customers.rules.certainty import AUTOMATIC, Measured, are_one, measured

if TYPE_CHECKING:
    import duckdb

LEAST_SCORE: Final = 0.5
_THREADS, _MEMORY = 2, "4GB"

_CARDS = """
    SELECT id, kind = 'person', last_name, first_name, middle_name, full_name, to_char(birth_date, 'YYYYMMDD'), inn,
           concat_ws(' ', nullif(city, ''), nullif(address, ''))
      FROM customers_customer WHERE merged_into_id IS NULL
"""
_ADDRESSES = """
    SELECT customer_id, kind, value FROM customers_contactaddress
     WHERE kind IN ('phone', 'email') AND invalid_on IS NULL AND value <> ''
"""
_CARS = """
    SELECT o.customer_id, key FROM vehicles_ownership o JOIN vehicles_vehicle v ON v.id = o.vehicle_id,
           LATERAL (VALUES (v.vin), (v.plate)) AS k(key) WHERE key <> ''
"""
_CARD = """customer_id BIGINT, is_person BOOLEAN, last_name VARCHAR, first_name VARCHAR, middle_name VARCHAR,
    full_name VARCHAR, born VARCHAR, inn VARCHAR, address VARCHAR"""
_TABLES: Final = {
    "cards": (_CARDS, _CARD),
    "addresses": (_ADDRESSES, "customer_id BIGINT, kind VARCHAR, value VARCHAR"),
    "cars": (_CARS, "customer_id BIGINT, value VARCHAR"),
}
_STAGE = """
    CREATE TEMP TABLE found_pair (left_id bigint, right_id bigint, score float8, agreement jsonb) ON COMMIT DROP
"""
_KEEP = """
    INSERT INTO customers_duplicatepair (left_id, right_id, score, agreement, state, found_at, decided_by)
    SELECT f.left_id, f.right_id, f.score, f.agreement, 'open', %(now)s, ''
      FROM found_pair f
      JOIN customers_customer l ON l.id = f.left_id AND l.merged_into_id IS NULL
      JOIN customers_customer r ON r.id = f.right_id AND r.merged_into_id IS NULL
        ON CONFLICT (left_id, right_id) DO UPDATE
       SET score = excluded.score, agreement = excluded.agreement, state = 'open', decided_at = NULL, decided_by = ''
     WHERE customers_duplicatepair.state <> 'different'
"""
_FORGET = """
    DELETE FROM customers_duplicatepair p WHERE state = 'open'
       AND NOT EXISTS (SELECT FROM found_pair f WHERE (f.left_id, f.right_id) = (p.left_id, p.right_id))
"""


class PairDecided(DomainError):
    code = "pair_decided"
    text = _("This pair has been decided already")


@dataclass(frozen=True, slots=True)
class Found:
    """How many cards were compared, pairs are to be reviewed, and were merged at once."""

    customers: int
    pairs: int
    merged: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """By threshold, the pairs of the list and those among them that would be merged without a person's look."""

    customers: int
    listed: list[Measured]
    certain: list[Measured]


def find_duplicates(*, actor: Actor, now: datetime) -> Found:
    """Compare all cards; put the likely pairs on the list, and merge the certain ones where that is switched on."""
    with tempfile.TemporaryDirectory(prefix="duplicates-", dir=settings.DATA_DIR) as folder:
        customers, pairs = _compare(Path(folder))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY found_pair FROM STDIN") as copy:
            for row in pairs:
                copy.write_row(row)
        cursor.execute(_FORGET)
        cursor.execute(_KEEP, {"now": now})
    merged = merge_certain_where_wished(actor=actor, now=now)
    return Found(customers, DuplicatePair.objects.filter(state=PairState.OPEN).count(), merged)


def merge_certain(*, actor: Actor, now: datetime) -> int:
    """Merge the pairs of which there is no doubt, the likeliest first; return how many."""
    rows = DuplicatePair.objects.filter(state=PairState.OPEN, score__gte=AUTOMATIC.score).order_by("-score", "pk")
    # A telephone that half the town has agrees in nothing.
    pairs = [pair for pair in rows if pair.agreement.get("phones", 0) > 0]
    told = identities({pk for pair in pairs for pk in (pair.left_id, pair.right_id)})
    merged = 0
    for pair in pairs:
        both = (pair.left_id, pair.right_id)
        if not are_one(*(told[pk] for pk in both)):
            continue
        # Judged once more by what is merged: somebody may have changed a card since.
        seen = look_at(both)
        told |= identities(both)
        if not are_one(*(told[pk] for pk in both)):
            continue
        if not DuplicatePair.objects.filter(pk=pair.pk, state=PairState.OPEN).exists():
            continue  # A card of it has gone with a likelier pair, or a person has decided meanwhile.
        survivor, gone = better_first(*both)
        try:
            merge_customers(survivor_id=survivor, gone_id=gone, seen=seen, score=pair.score, actor=actor, now=now)
        except DomainError:
            continue  # Whom somebody speaks with now, or changes now, is merged another night.
        # It has taken words of the other card.
        told |= identities([survivor])
        merged += 1
    return merged


def merge_certain_where_wished(*, actor: Actor, now: datetime) -> int:
    """Merge them if an administrator has switched it on."""
    return merge_certain(actor=actor, now=now) if accounts.rule_settings().merge_automatically else 0


def measure_duplicates(*, same_as: Mapping[str, str]) -> Calibration:
    """Compare all cards of the base, change nothing, and count against the truth.

    `same_as` maps a source's id of a second card to that of the person's first one; who is not in it is himself.
    """
    with tempfile.TemporaryDirectory(prefix="duplicates-", dir=settings.DATA_DIR) as folder:
        customers, pairs = _compare(Path(folder))
    ids = {pk for pair in pairs for pk in pair[:2]}
    keys = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "external_id"))
    person = {pk: same_as.get(key or "", key or pk) for pk, key in keys.items()}
    told = identities(ids)
    scored = [(score, person[left] == person[right], left, right) for left, right, score, _agreement in pairs]
    certain = [(score, is_one) for score, is_one, *both in scored if are_one(*(told[pk] for pk in both))]
    return Calibration(
        customers=customers,
        listed=measured([(score, is_one) for score, is_one, *_both in scored]),
        certain=measured(certain),
    )


def better_first(left_id: int, right_id: int) -> tuple[int, int]:
    """Return the two with the card first to which more belongs; the older one of equals."""
    count = belongings([left_id, right_id])
    return (right_id, left_id) if count[right_id] > count[left_id] else (left_id, right_id)


@transaction.atomic
def keep_apart(*, pair_id: int, seen: str | None = None, actor: Actor, now: datetime) -> DuplicatePair:
    """Remember that the two are not one person: they are not asked about again. `seen` as for a merge."""
    both = DuplicatePair.objects.values_list("left_id", "right_id").get(pk=pair_id)
    # The cards before the pair, as a merge does.
    list(lock(Customer.objects.filter(pk__in=both).order_by("pk")).values_list("pk"))
    pair = DuplicatePair.objects.select_for_update().get(pk=pair_id)
    if visible_to(actor).filter(pk__in=both).count() < 2:  # noqa: PLR2004 - a pair
        raise DuplicatePair.DoesNotExist
    if pair.state != PairState.OPEN:
        raise PairDecided
    check_seen(both, seen)
    pair.state, pair.decided_at, pair.decided_by = PairState.DIFFERENT, now, actor.code
    pair.save(update_fields=["state", "decided_at", "decided_by"])
    return pair


def _compare(folder: Path) -> tuple[int, Sequence[tuple[Any, ...]]]:
    import duckdb  # noqa: PLC0415 - few processes match

    from vernost.customers.rules.duplicates import base  # noqa: PLC0415 - as above

    config: dict[str, Any] = {"threads": _THREADS, "memory_limit": _MEMORY, "temp_directory": str(folder)}
    with duckdb.connect(str(folder / "matching"), config=config) as con:
        for name, (sql, columns) in _TABLES.items():
            _fetch(con, folder / f"{name}.csv", name, sql, columns)
        [(customers,)] = con.execute("SELECT count(*) FROM cards").fetchall()
        if customers < 2:  # noqa: PLR2004 - nobody to compare with
            return customers, []
        found = base.find(con)
        columns = ", ".join(
            f"{name.removeprefix('mw_')} := {name}"
            for name, *_more in con.execute(f"DESCRIBE {found}").fetchall()
            if name.startswith("mw_")
        )
        rows = con.execute(
            f"SELECT a, b, score, to_json(struct_pack({columns}))::VARCHAR FROM {found} WHERE score >= ?",  # noqa: S608 - ours
            [LEAST_SCORE],
        )
        return customers, rows.fetchall()


def _fetch(con: "duckdb.DuckDBPyConnection", file: Path, name: str, sql: str, columns: str) -> None:
    with (
        connection.cursor() as cursor,
        file.open("wb") as stream,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy,
    ):
        for block in copy:
            stream.write(block)
    con.execute(f"CREATE TABLE {name} ({columns})")
    con.execute(f"COPY {name} FROM '{file}' (FORMAT csv, HEADER false, AUTO_DETECT false)")
    file.unlink()
