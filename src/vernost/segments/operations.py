"""Writes of saved segments: saving, freezing, removing, and the nightly count of who is in each."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import ProtectedError

from vernost.accounts.models import User
from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.events import publish
from vernost.core.i18n import _
from vernost.customers import queries as customers
from vernost.segments.events import SegmentCounted, SegmentLeftLimits, SegmentSaved
from vernost.segments.models import Segment, SegmentMember, SegmentMove, SegmentNotice, SegmentSize
from vernost.segments.queries import saved as segments
from vernost.segments.queries.known import check_askable, known_attributes
from vernost.segments.rules import tree
from vernost.segments.rules.limits import Limits
from vernost.segments.rules.tree import Lineage

# Who came and went is kept so long; the sizes stay.
MOVES_KEPT = timedelta(days=400)
# Whoever says which segment is made of which waits for the others who do.
_LINEAGE: Final = 0x5345_474D
_LONGEST_CODE = 60
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LETTERS = ("a b v g d e e zh z i y k l m n o p r s t u f h c ch sh sch", "y", "e yu ya")
_LATIN = dict(zip(_CYRILLIC, "  ".join(_LETTERS).split(" "), strict=True))


class SegmentRefused(DomainError):
    code = "segment_refused"
    text = _("Give the segment a name")


class RuleUnfinished(DomainError):
    code = "segment_rule_unfinished"
    text = _("Some conditions are not filled in: finish them or take them away")


class CodeTaken(DomainError):
    code = "segment_code_taken"
    text = _("There is a segment “%(code)s” already")


class NobodyListed(DomainError):
    code = "segment_of_nobody"
    text = _("There is nobody in the list")


class RuleMissing(DomainError):
    code = "segment_rule_missing"
    text = _("The segment has no rule: its people stay as they were in their list")


class NotYours(DomainError):
    code = "segment_not_yours"
    text = _("Only %(owner)s changes this segment: save it under a name of your own")


class SegmentInUse(DomainError):
    code = "segment_in_use"
    text = _("The segment is part of: %(titles)s")


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count has changed."""

    size: int
    came: int
    left: int


@transaction.atomic
def save_segment(  # noqa: PLR0913 - what the form has
    *,
    segment_id: int | None,
    title: str,
    rule: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    about: str = "",
    shared: bool = False,
    code: str = "",
) -> Segment:
    """Save a rule as a segment of the actor's, or change one of his (None: a new one); it sees what he sees."""
    if not title.strip():
        raise SegmentRefused
    known = known_attributes()
    read = tree.read(rule, known)
    check_askable(read, actor)
    parents = tree.parents(read)
    lock_lineage()
    standing = dict(Segment.objects.values_list("code", "parents"))
    for parent in parents:
        if parent not in standing:
            raise segments.UnknownSegment(code=parent)
    segment = _own(segment_id, actor) if segment_id else Segment(code=_code(code or title, standing), created_at=now)
    if segment_id is None and code and segment.code != code:
        raise CodeTaken(code=code)
    Lineage({**standing, segment.code: parents}).of(segment.code)
    if segment_id is not None:
        _check_ruled(segment)
    before = {} if segment_id is None else {"title": segment.title, "rule": segment.rule}
    segment.title, segment.about, segment.shared = title.strip(), about.strip(), shared
    segment.rule, segment.parents, segment.changed_at = tree.write(read, known), parents, now
    if segment_id is None:
        segment.owner_id = actor.user_id
    if actor.user_id is not None:
        segment.branch_ids = None if actor.branch_ids is None else sorted(actor.branch_ids)
    segment.save()
    after = {"title": segment.title, "rule": segment.rule}
    _note(segment, "changed" if segment_id else "added", _differing(before, after), actor, now)
    publish(SegmentSaved(segment_id=segment.pk, code=segment.code))
    return segment


@transaction.atomic
def save_people(
    *, title: str, about: str, customer_ids: Collection[int], on: date, actor: Actor, now: datetime
) -> Segment:
    """Save the people of a list as it was on the day, whom no rule tells: a frozen segment of the actor's.

    Who has left the actor's sight since the list was made is left out. The same list again is the segment that it is.
    """
    if not title.strip():
        raise SegmentRefused
    # The ids as one array: a list may be the whole base.
    seen = customers.visible_to(actor).extra(where=["customers_customer.id = ANY(%s)"], params=[list(customer_ids)])
    ids = list(seen.order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise NobodyListed
    lock_lineage()
    same = Segment.objects.filter(owner_id=actor.user_id, title=title.strip(), rule__isnull=True, counted_for=on)
    for segment in same.filter(size=len(ids)):
        if ids == sorted(segment.members.values_list("customer_id", flat=True)):
            return segment
    taken = dict.fromkeys(Segment.objects.values_list("code", flat=True))
    segment = Segment.objects.create(
        code=_code(title, taken),
        title=title.strip(),
        about=about.strip(),
        frozen=True,
        owner_id=actor.user_id,
        branch_ids=None if actor.branch_ids is None else sorted(actor.branch_ids),
        created_at=now,
        changed_at=now,
    )
    counted = _write(segment, ids, on)
    segment.size, segment.counted_for = counted.size, on
    segment.save(update_fields=["size", "counted_for"])
    _note(segment, "added", {"title": [None, segment.title], "members": [0, counted.size]}, actor, now)
    publish(SegmentCounted(segment.pk, segment.code, on, counted.came, counted.left))
    return segment


@transaction.atomic
def describe_segment(*, segment_id: int, title: str, about: str, shared: bool, actor: Actor, now: datetime) -> Segment:
    """Name a segment and say who sees it; its people stay."""
    if not title.strip():
        raise SegmentRefused
    segment = _own(segment_id, actor)
    before = {name: getattr(segment, name) for name in ("title", "about", "shared")}
    after = {"title": title.strip(), "about": about.strip(), "shared": shared}
    if before != after:
        segment.title, segment.about, segment.shared, segment.changed_at = title.strip(), about.strip(), shared, now
        segment.save(update_fields=[*after, "changed_at"])
        _note(segment, "changed", _differing(before, after), actor, now)
    return segment


@transaction.atomic
def freeze_segment(*, segment_id: int, frozen: bool, actor: Actor, now: datetime) -> Segment:
    """Keep the people of the last count whatever happens, or let the rule decide again."""
    segment = _own(segment_id, actor)
    if not frozen:
        _check_ruled(segment)
    if segment.frozen != frozen:
        segment.frozen, segment.changed_at = frozen, now
        segment.save(update_fields=["frozen", "changed_at"])
        _note(segment, "frozen" if frozen else "thawed", {}, actor, now)
    return segment


@transaction.atomic
def remove_segment(*, segment_id: int, actor: Actor, now: datetime) -> None:
    lock_lineage()
    segment = _own(segment_id, actor)
    children = segments.children_of(segment.code)
    if children:
        raise SegmentInUse(titles=", ".join(child.title for child in children))
    _note(segment, "removed", {"title": [segment.title, None]}, actor, now)
    try:
        segment.delete()
    except ProtectedError as error:
        raise SegmentInUse(titles=", ".join(sorted(str(each) for each in error.protected_objects))) from error


class LimitsReversed(DomainError):
    code = "segment_limits_reversed"
    text = _("The least number of people is above the greatest")


@transaction.atomic
def watch_segment(*, segment_id: int, least: int | None, most: int | None, actor: Actor, now: datetime) -> Segment:
    """Tell the owner when a count finds fewer people than `least` or more than `most` (None: no limit)."""
    if least is not None and most is not None and least > most:
        raise LimitsReversed
    segment = _own(segment_id, actor)
    before, after = {"least": segment.least, "most": segment.most}, {"least": least, "most": most}
    if before != after:
        segment.least, segment.most = least, most
        segment.save(update_fields=["least", "most"])
        _note(segment, "changed", _differing(before, after), actor, now)
    return segment


@transaction.atomic
def tell_owner(*, segment_id: int, on: date, size: int) -> None:
    """Leave the owner of a segment a notice that it has left its limits; once a day."""
    if Segment.objects.filter(pk=segment_id).exists():
        SegmentNotice.objects.update_or_create(segment_id=segment_id, on=on, defaults={"size": size})


def count_segments(*, as_of: date) -> dict[str, Counted]:
    """Count every saved segment for the day: the night's work. Frozen ones keep their people."""
    return {
        segment.code: count_segment(segment_id=segment.pk, as_of=as_of)
        for segment in Segment.objects.order_by("pk")
        if not segment.frozen
    }


def count_segment(*, segment_id: int, as_of: date) -> Counted:
    """Find who is in a segment on the day and remember who came and who left since the count before.

    The same day again changes only what differs. A day before the newest count changes nothing.
    """
    from vernost.segments.queries import counting  # noqa: PLC0415 - saving a segment must not wait for the engines

    segment = Segment.objects.get(pk=segment_id)
    if segment.frozen or (segment.counted_for is not None and as_of < segment.counted_for):
        return Counted(segment.size or 0, 0, 0)
    ids = counting.people(segment, as_of)
    with transaction.atomic():
        locked = Segment.objects.select_for_update().get(pk=segment_id)
        before, limits = locked.size, Limits(locked.least, locked.most)
        counted = _write(locked, ids, as_of)
        locked.size, locked.counted_for = counted.size, as_of
        locked.save(update_fields=["size", "counted_for"])
        SegmentMove.objects.filter(segment=locked, on__lt=as_of - MOVES_KEPT).delete()
        publish(SegmentCounted(locked.pk, locked.code, as_of, counted.came, counted.left))
        if limits.left(before, counted.size):
            publish(SegmentLeftLimits(locked.pk, as_of, counted.size))
    return counted


def _write(segment: Segment, ids: list[int], as_of: date) -> Counted:
    """Make `ids` the members, by one statement each for who left and who came."""
    first = not SegmentSize.objects.filter(segment=segment).exclude(on=as_of).exists()
    named: dict[str, str | int] = {"segment": segment.pk, "on": as_of.isoformat()}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE people_now (id bigint PRIMARY KEY) ON COMMIT DROP")
        cursor.execute("INSERT INTO people_now SELECT id FROM customers_customer WHERE id = ANY(%(ids)s)", {"ids": ids})
        cursor.execute(_LEFT, named)
        cursor.execute(_CAME, named)
        if first:
            # The first count is where the history begins: nobody came on that day.
            cursor.execute("DELETE FROM segments_segmentmove WHERE segment_id = %(segment)s", named)
        cursor.execute("DROP TABLE people_now")
    size = SegmentMember.objects.filter(segment=segment).count()
    moves = SegmentMove.objects.filter(segment=segment, on=as_of)
    came, left = moves.filter(came=True).count(), moves.filter(came=False).count()
    SegmentSize.objects.update_or_create(segment=segment, on=as_of, defaults={"size": size, "came": came, "left": left})
    return Counted(size, came, left)


# Who comes and goes on one day has not moved.
_LEFT = """
    WITH gone AS (
        DELETE FROM segments_segmentmember m WHERE m.segment_id = %(segment)s
               AND NOT EXISTS (SELECT FROM people_now n WHERE n.id = m.customer_id) RETURNING m.customer_id
    ), back AS (
        DELETE FROM segments_segmentmove v USING gone
         WHERE v.segment_id = %(segment)s AND v."on" = %(on)s::date AND v.came AND v.customer_id = gone.customer_id
        RETURNING v.customer_id
    )
    INSERT INTO segments_segmentmove (segment_id, customer_id, "on", came)
    SELECT %(segment)s, customer_id, %(on)s::date, false
      FROM gone WHERE customer_id NOT IN (SELECT customer_id FROM back)
"""
_CAME = """
    WITH new AS (
        INSERT INTO segments_segmentmember (segment_id, customer_id, since)
        SELECT %(segment)s, n.id, %(on)s::date FROM people_now n
         WHERE NOT EXISTS (SELECT FROM segments_segmentmember m
                            WHERE m.segment_id = %(segment)s AND m.customer_id = n.id) RETURNING customer_id
    ), back AS (
        DELETE FROM segments_segmentmove v USING new
         WHERE v.segment_id = %(segment)s AND v."on" = %(on)s::date AND NOT v.came AND v.customer_id = new.customer_id
        RETURNING v.customer_id
    )
    INSERT INTO segments_segmentmove (segment_id, customer_id, "on", came)
    SELECT %(segment)s, customer_id, %(on)s::date, true
      FROM new WHERE customer_id NOT IN (SELECT customer_id FROM back)
"""


def lock_lineage() -> None:
    """Keep which segment is made of which as it is until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LINEAGE])


def _own(segment_id: int, actor: Actor) -> Segment:
    segment = segments.visible_to(actor).select_for_update(of=("self",)).get(pk=segment_id)
    if actor.user_id is not None and segment.owner_id not in {None, actor.user_id}:
        owner = User.objects.get(pk=segment.owner_id)
        raise NotYours(owner=owner.display_name)
    return segment


def _check_ruled(segment: Segment) -> None:
    if segment.rule is None:
        raise RuleMissing


def _code(words: str, taken: Mapping[str, Any]) -> str:
    """Make a code of a title: Latin letters, unlike any other."""
    latin = "".join(_LATIN.get(letter, letter) for letter in words.lower())
    code = re.sub(r"[^a-z0-9_]+", "-", latin).strip("-")[: _LONGEST_CODE - 4] or "segment"
    number, found = 1, code
    while found in taken:
        number += 1
        found = f"{code}-{number}"
    return found


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the fields that differ, each with both values; what was not there before was None."""
    return {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}


def _note(segment: Segment, action: str, fields: dict[str, list[Any]], actor: Actor, now: datetime) -> None:
    record_change(subject="segment", subject_id=segment.code, action=action, fields=fields, actor=actor, now=now)
