"""What the surviving card shows of the other card of a merge: addresses, stops and consents, made from it.

They are never moved: the source goes on writing the other card, and an undo finds it as it would be without
the merge. What the survivor has of them is marked with the merge and made again after each import.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection

_MERGES = """
    SELECT id, survivor_id, gone_id FROM customers_customermerge
     WHERE undone_at IS NULL AND (%(survivor)s::bigint IS NULL OR survivor_id = %(survivor)s) ORDER BY id
"""
CHANNELS: Final = ("calls", "sms", "email", "messenger")

# The survivor's own source names it by now: it is his.
_OWN_NOW = "UPDATE {table} SET merge_id = NULL WHERE merge_id = ANY(%(merges)s) AND imported"
_WITHDRAWN = """
    DELETE FROM {table} a USING customers_customermerge m
     WHERE a.merge_id = m.id AND m.id = ANY(%(merges)s)
       AND NOT EXISTS (SELECT FROM {table} b WHERE b.customer_id = m.gone_id AND {same})
"""
_ADDRESSES = """
    INSERT INTO customers_contactaddress (customer_id, kind, value, position, note, invalid_on, imported, merge_id)
    SELECT m.survivor_id, b.kind, b.value,
           b.position + coalesce((SELECT max(position) + 1 FROM customers_contactaddress a
                                   WHERE a.customer_id = m.survivor_id AND a.kind = b.kind), 0),
           b.note, b.invalid_on, false, m.id
      FROM customers_customermerge m JOIN customers_contactaddress b ON b.customer_id = m.gone_id
     WHERE m.id = ANY(%(merges)s) ORDER BY m.id, b.position, b.id
        ON CONFLICT (customer_id, kind, value) DO NOTHING
"""
_STOPS = """
    INSERT INTO customers_channelstop (customer_id, channel, since, note, imported, merge_id)
    SELECT m.survivor_id, b.channel, b.since, b.note, false, m.id
      FROM customers_customermerge m JOIN customers_channelstop b ON b.customer_id = m.gone_id
     WHERE m.id = ANY(%(merges)s) ORDER BY m.id, b.id
        ON CONFLICT (customer_id, channel) DO NOTHING
"""
_FORGET_CONSENTS = """
    DELETE FROM customers_consentstatement s USING customers_customermerge m
     WHERE m.id = ANY(%(merges)s) AND s.customer_id = m.survivor_id AND s.origin = 'merge:' || m.id
"""
# What is in force of a channel on the day of the merge: the latest word; of one day's a no. A yes to one company
# of the group stays with the card that it was said to.
_IN_FORCE = """(array_agg({channel} ORDER BY "on" DESC NULLS LAST, {channel})
        FILTER (WHERE NOT {channel} OR ({channel} AND legal_entity_id IS NULL)))[1]"""
_STANDING = """LATERAL (SELECT {channels} FROM customers_consentstatement
                           WHERE customer_id = m.{whose}_id AND ("on" IS NULL OR "on" <= m."on")) {whose}"""
_STRICTEST = """CASE WHEN survivor.{channel} IS FALSE OR gone.{channel} IS FALSE THEN false
                     ELSE coalesce(survivor.{channel}, gone.{channel}) END"""
_CONSENTS = """
    INSERT INTO customers_consentstatement (customer_id, "on", {columns}, origin)
    SELECT customer_id, "on", {columns}, origin FROM (
        SELECT m.survivor_id AS customer_id, m."on", {strictest}, 'merge:' || m.id AS origin,
               ({survivors}) IS DISTINCT FROM ({values}) AS says_more
          FROM customers_customermerge m, {survivor}, {gone}
         WHERE m.id = ANY(%(merges)s)) said WHERE says_more
"""
_LATER_CONSENTS = """
    INSERT INTO customers_consentstatement (customer_id, "on", {columns}, origin)
    SELECT m.survivor_id, s."on", {least}, 'merge:' || m.id
      FROM customers_customermerge m JOIN customers_consentstatement s ON s.customer_id = m.gone_id AND s."on" > m."on"
     WHERE m.id = ANY(%(merges)s) GROUP BY m.id, m.survivor_id, s."on"
"""
_SAME_ADDRESS = "(b.kind, b.value) = (a.kind, a.value)"
_SAME_STOP = "b.channel = a.channel"


def show_other_cards(survivor_id: int | None = None) -> None:
    """Make what a survivor, or everyone, shows of the other cards of the merges that stand."""
    with connection.cursor() as cursor:
        cursor.execute(_MERGES, {"survivor": survivor_id})
        merges = cursor.fetchall()
        cursor.execute(_FORGET_CONSENTS, {"merges": [merge for merge, _survivor, _gone in merges]})
        for level in _levels(merges):
            for statement in _statements():
                cursor.execute(statement, {"merges": level})


def hide_other_card(merge_id: int) -> None:
    """Take from the survivor what it shows of the other card; a number found wrong is wrong there too.

    What the customer has refused since the merge holds for both cards: nobody can tell which of the two it was.
    """
    refused = " OR ".join(f"s.{channel} IS FALSE" for channel in CHANNELS)
    only_refusals = ", ".join(f"CASE WHEN s.{channel} IS FALSE THEN false END" for channel in CHANNELS)
    columns = ", ".join(CHANNELS)
    with connection.cursor() as cursor:
        for statement in (
            """UPDATE customers_contactaddress b SET invalid_on = a.invalid_on
                 FROM customers_contactaddress a JOIN customers_customermerge m ON m.id = a.merge_id
                WHERE a.merge_id = ANY(%(merges)s) AND b.customer_id = m.gone_id
                  AND (b.kind, b.value) = (a.kind, a.value) AND b.invalid_on IS NULL AND a.invalid_on IS NOT NULL""",
            _OWN_NOW.format(table="customers_contactaddress"),
            "DELETE FROM customers_contactaddress WHERE merge_id = ANY(%(merges)s)",
            _OWN_NOW.format(table="customers_channelstop"),
            "DELETE FROM customers_channelstop WHERE merge_id = ANY(%(merges)s)",
            """INSERT INTO customers_channelstop (customer_id, channel, since, note, imported)
               SELECT m.gone_id, s.channel, s.since, s.note, false
                 FROM customers_customermerge m JOIN customers_channelstop s ON s.customer_id = m.survivor_id
                WHERE m.id = ANY(%(merges)s) AND NOT s.imported AND s.merge_id IS NULL
                  AND s.id > (m.marks ->> 'stop')::bigint
                   ON CONFLICT (customer_id, channel) DO NOTHING""",
            _FORGET_CONSENTS,
            f"""INSERT INTO customers_consentstatement (customer_id, "on", {columns}, origin)
               SELECT m.gone_id, s."on", {only_refusals}, s.origin
                 FROM customers_customermerge m JOIN customers_consentstatement s ON s.customer_id = m.survivor_id
                WHERE m.id = ANY(%(merges)s) AND s.origin <> 'import' AND NOT s.origin ^@ 'merge:'
                  AND s.id > (m.marks ->> 'consent')::bigint AND s."on" >= m."on" AND s.legal_entity_id IS NULL
                  AND ({refused})
                   ON CONFLICT (customer_id, "on", origin) DO NOTHING""",  # noqa: S608 - our own names
        ):
            cursor.execute(statement, {"merges": [merge_id]})


def latest_rows() -> dict[str, int]:
    """Return the largest ids of stops, statements and lines of the ledger: what is above was said later."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce((SELECT max(id) FROM customers_channelstop), 0),
                      coalesce((SELECT max(id) FROM customers_consentstatement), 0),
                      coalesce((SELECT max(id) FROM customers_consententry), 0)"""
        )
        stop, consent, entry = cursor.fetchone()
    return {"stop": stop, "consent": consent, "entry": entry}


def _levels(merges: Sequence[tuple[int, int, int]]) -> Iterable[list[int]]:
    """Return merges in steps: after those of the same survivor before, and those into the card that went."""
    reached: dict[int, int] = defaultdict(int)
    steps: Mapping[int, list[int]] = defaultdict(list)
    for merge, survivor, gone in merges:
        step = max(reached[survivor], reached[gone]) + 1
        reached[survivor] = step
        steps[step].append(merge)
    return [steps[step] for step in sorted(steps)]


def _statements() -> Iterable[str]:
    for table, same in (("customers_contactaddress", _SAME_ADDRESS), ("customers_channelstop", _SAME_STOP)):
        yield _OWN_NOW.format(table=table)
        yield _WITHDRAWN.format(table=table, same=same)
    yield from (_ADDRESSES, _STOPS)
    strictest = {channel: _STRICTEST.format(channel=channel) for channel in CHANNELS}
    in_force = ", ".join(f"{_IN_FORCE.format(channel=channel)} AS {channel}" for channel in CHANNELS)
    values: dict[str, Any] = {
        "columns": ", ".join(CHANNELS),
        "strictest": ", ".join(f"{sql} AS {channel}" for channel, sql in strictest.items()),
        "survivors": ", ".join(f"survivor.{channel}" for channel in CHANNELS),
        "values": ", ".join(strictest.values()),
        "survivor": _STANDING.format(channels=in_force, whose="survivor"),
        "gone": _STANDING.format(channels=in_force, whose="gone"),
        "least": ", ".join(
            f"bool_and(s.{channel}) FILTER (WHERE NOT s.{channel} OR s.legal_entity_id IS NULL)" for channel in CHANNELS
        ),
    }
    yield _CONSENTS.format(**values)
    yield _LATER_CONSENTS.format(**values)
