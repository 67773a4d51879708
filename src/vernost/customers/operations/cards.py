"""What the surviving card shows of the other card of a merge: addresses, stops and consents, made from it.

They are never moved: the source goes on writing the other card, and an undo finds it as it would be without
the merge. What the survivor has of them is marked with the merge and made again after each import.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection

_MERGES = """
    SELECT id, survivor_id, gone_id FROM customers_customermerge
     WHERE undone_at IS NULL AND (%(survivors)s::bigint[] IS NULL OR survivor_id = ANY(%(survivors)s)) ORDER BY id
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
_CHECKS = """
    INSERT INTO customers_addresscheck (address_id, at, actor, how)
    SELECT a.id, c.at, c.actor, c.how
      FROM customers_customermerge m JOIN customers_contactaddress a ON a.merge_id = m.id
      JOIN customers_contactaddress b ON b.customer_id = m.gone_id AND (b.kind, b.value) = (a.kind, a.value)
      JOIN customers_addresscheck c ON c.address_id = b.id
     WHERE m.id = ANY(%(merges)s)
       AND NOT EXISTS (SELECT FROM customers_addresscheck d
                        WHERE d.address_id = a.id AND (d.at, d.actor, d.how) = (c.at, c.actor, c.how))
     ORDER BY c.id
"""
# Who has said since then that he may be disturbed after all, has said it for what this card shows.
_ALLOWED_SINCE = """EXISTS (
    SELECT FROM customers_consententry e
     WHERE e.customer_id = m.survivor_id AND e.purpose = 'contact' AND e."on" > greatest(m."on", b.since)
       AND CASE b.channel WHEN 'call' THEN e.calls WHEN 'sms' THEN e.sms
                          WHEN 'email' THEN e.email WHEN 'messenger' THEN e.messenger END)"""
_STOPS = """
    INSERT INTO customers_channelstop (customer_id, channel, since, note, imported, merge_id)
    SELECT m.survivor_id, b.channel, b.since, b.note, false, m.id
      FROM customers_customermerge m JOIN customers_channelstop b ON b.customer_id = m.gone_id
     WHERE m.id = ANY(%(merges)s) AND NOT {allowed_since} ORDER BY m.id, b.id
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
_SAME_STOP = f"b.channel = a.channel AND NOT {_ALLOWED_SINCE}"
# What was learnt of an address since the merge is true of it on the other card too, whosever it was: on all the
# other cards, because what goes with one of them is shown again from the next.
_STANDING_MERGES = """
    SELECT id FROM customers_customermerge
     WHERE undone_at IS NULL AND survivor_id = (SELECT survivor_id FROM customers_customermerge WHERE id = %s)
"""
_LEARNT = (
    """UPDATE customers_contactaddress b SET invalid_on = a.invalid_on
         FROM customers_contactaddress a JOIN customers_customermerge m ON m.survivor_id = a.customer_id
        WHERE m.id = ANY(%(merges)s) AND b.customer_id = m.gone_id AND (b.kind, b.value) = (a.kind, a.value)
          AND b.invalid_on IS DISTINCT FROM a.invalid_on
          AND (a.merge_id = m.id OR a.invalid_on >= m."on" OR EXISTS (
               SELECT FROM customers_addresscheck c WHERE c.address_id = a.id AND c.at >= m.at))""",
    """INSERT INTO customers_addresscheck (address_id, at, actor, how)
       SELECT b.id, c.at, c.actor, c.how
         FROM customers_customermerge m JOIN customers_contactaddress a ON a.customer_id = m.survivor_id
         JOIN customers_contactaddress b ON b.customer_id = m.gone_id AND (b.kind, b.value) = (a.kind, a.value)
         JOIN customers_addresscheck c ON c.address_id = a.id AND c.at >= m.at
        WHERE m.id = ANY(%(merges)s)
          AND NOT EXISTS (SELECT FROM customers_addresscheck d
                           WHERE d.address_id = b.id AND (d.at, d.actor, d.how) = (c.at, c.actor, c.how))
        ORDER BY c.id""",
)


def show_other_cards(survivor_ids: Collection[int] | None = None) -> None:
    """Make what these survivors, or everyone, show of the other cards of the merges that stand."""
    with connection.cursor() as cursor:
        cursor.execute(_MERGES, {"survivors": None if survivor_ids is None else list(survivor_ids)})
        merges = cursor.fetchall()
        cursor.execute(_FORGET_CONSENTS, {"merges": [merge for merge, _survivor, _gone in merges]})
        for level in _levels(merges):
            for statement in _statements():
                cursor.execute(statement, {"merges": level})


def hide_other_card(merge_id: int) -> None:
    """Take from the survivor what it shows of the other card, and leave there what was learnt of its addresses."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING_MERGES, [merge_id])
        standing = [row[0] for row in cursor.fetchall()]
        for statement in _LEARNT:
            cursor.execute(statement, {"merges": standing})
        for statement in (
            _OWN_NOW.format(table="customers_contactaddress"),
            "DELETE FROM customers_contactaddress WHERE merge_id = ANY(%(merges)s)",
            _OWN_NOW.format(table="customers_channelstop"),
            "DELETE FROM customers_channelstop WHERE merge_id = ANY(%(merges)s)",
            _FORGET_CONSENTS,
        ):
            cursor.execute(statement, {"merges": [merge_id]})


def latest_rows() -> dict[str, int]:
    """Return the largest id in the ledger: what is above was said later.

    Of the narrow rows an id tells nothing: they are made anew whenever anything is said.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM customers_consententry")
        return {"entry": cursor.fetchone()[0]}


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
    yield from (_ADDRESSES, _CHECKS, _STOPS.format(allowed_since=_ALLOWED_SINCE))
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
