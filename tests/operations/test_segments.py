"""Saved segments: who may change them, what they are made of, who is in them each day, who came and went."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from tests import factories
from tests.connections import ends_with_its_user

from vernost import facts
from vernost.accounts.models import User
from vernost.core.actor import Actor, Role, system
from vernost.core.events import _subscriptions, subscribe
from vernost.facts import mirror
from vernost.facts import operations as mirrors
from vernost.segments import attributes, jobs, operations, queries
from vernost.segments.events import SegmentCounted
from vernost.segments.models import Segment, SegmentMember, SegmentMove
from vernost.segments.operations import Counted
from vernost.segments.queries import choices, saved
from vernost.segments.queries.ground import grounds
from vernost.segments.queries.preview import preview
from vernost.segments.queries.saved import Notice, SizeOn
from vernost.segments.rules import tree
from vernost.segments.rules.tree import CircularSegment
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)
TODAY = date(2026, 11, 20)
CAME = {"attribute": "visits", "operator": "at_least", "value": 1, "within": {"days": 30}}
SYSTEM = system("test")


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    return settings.MIRROR_DIR


def manager(branch=None) -> Actor:
    user = User.objects.create_user(f"user-{User.objects.count()}", role=Role.MANAGER, all_branches=branch is None)
    if branch is not None:
        user.branches.add(branch)
    return user.as_actor()


def save(rule=None, *, actor=SYSTEM, title="Came lately", **more) -> Segment:
    return operations.save_segment(
        segment_id=more.pop("segment_id", None), title=title, rule=rule or CAME, actor=actor, now=NOW, **more
    )


def came(customer, day: date, branch=None) -> None:
    factories.order(customer=customer, opened_on=day, branch=branch)


def counted(segment: Segment, day: date) -> Counted:
    mirrors.refresh(now=NOW)
    return operations.count_segment(segment_id=segment.pk, as_of=day)


def test_a_segment_has_a_code_of_its_title_and_an_owner():
    actor = manager()
    first, second = save(actor=actor, title="Спящие клиенты"), save(actor=actor, title="Спящие: клиенты")
    assert [(one.code, one.owner_id, one.branch_ids) for one in (first, second)] == [
        ("spyaschie-klienty", actor.user_id, None),
        ("spyaschie-klienty-2", actor.user_id, None),
    ]


def test_others_see_a_shared_segment_and_do_not_change_it():
    owner, other = manager(), manager()
    own, shared = save(actor=owner), save(actor=owner, shared=True)
    assert list(saved.visible_to(other)) == [shared]
    assert list(saved.visible_to(owner).order_by("pk")) == [own, shared]
    with pytest.raises(operations.NotYours):
        save(actor=other, segment_id=shared.pk)
    with pytest.raises(Segment.DoesNotExist):
        save(actor=other, segment_id=own.pk)


def test_who_comes_and_goes_is_remembered_day_by_day():
    one, two = factories.customer(), factories.customer()
    came(one, TODAY - timedelta(days=28))
    segment = save()
    assert counted(segment, TODAY) == Counted(1, 0, 0)
    came(two, TODAY)
    assert counted(segment, TODAY + timedelta(days=1)) == Counted(2, 1, 0)
    # Thirty days are over for the first; again the same day changes nothing.
    assert counted(segment, TODAY + timedelta(days=3)) == Counted(1, 0, 1)
    assert counted(segment, TODAY + timedelta(days=3)) == Counted(1, 0, 1)
    # A past day is not counted over a later one.
    assert counted(segment, TODAY) == Counted(1, 0, 0)
    assert list(SegmentMember.objects.values_list("customer_id", "since")) == [(two.pk, TODAY + timedelta(days=1))]
    assert list(SegmentMove.objects.order_by("on").values_list("customer_id", "on", "came")) == [
        (two.pk, TODAY + timedelta(days=1), True),
        (one.pk, TODAY + timedelta(days=3), False),
    ]
    assert saved.history(segment.pk) == [
        SizeOn(TODAY, 1, 0, 0),
        SizeOn(TODAY + timedelta(days=1), 2, 1, 0),
        SizeOn(TODAY + timedelta(days=3), 1, 0, 1),
    ]


def test_who_leaves_and_returns_on_one_day_has_not_moved():
    one = factories.customer()
    segment = save()
    counted(segment, TODAY)
    came(one, TODAY + timedelta(days=1))
    counted(segment, TODAY + timedelta(days=1))
    save({"attribute": "visits", "operator": "at_least", "value": 9}, segment_id=segment.pk)
    assert counted(segment, TODAY + timedelta(days=1)) == Counted(0, 0, 0)
    assert not SegmentMove.objects.exists()


def test_a_count_is_news():
    heard = []
    before = dict(_subscriptions)
    subscribe(SegmentCounted, heard.append)
    came(factories.customer(), TODAY)
    segment = save()
    counted(segment, TODAY)
    _subscriptions.clear()
    _subscriptions.update(before)
    assert heard == [SegmentCounted(segment.pk, segment.code, TODAY, 0, 0)]


def told_jobs(segment):
    """Return what the jobs that tell the segment's owner are told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'segments.tell_owner' ORDER BY id")
        found = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]
    return [job for job in found if job["segment_id"] == segment.pk]


def test_the_owner_is_told_when_a_segment_leaves_its_limits():
    """News once, as it leaves them: a count that finds it outside still is none. Back inside, the notice is over."""
    owner, days = manager(), [TODAY + timedelta(days=number) for number in range(4)]
    segment = save(actor=owner)
    counted(segment, days[0])
    operations.watch_segment(segment_id=segment.pk, least=None, most=1, actor=owner, now=NOW)
    came(factories.customer(), days[0])
    counted(segment, days[0])
    assert told_jobs(segment) == []
    came(factories.customer(), days[1])
    counted(segment, days[1])
    came(factories.customer(), days[2])
    counted(segment, days[2])
    (job,) = told_jobs(segment)
    assert job == {"segment_id": segment.pk, "on": f"{days[1]}", "size": 2}
    jobs.tell_owner(**job)
    # It was two people then, and is three now.
    notice = Notice(segment.pk, "Came lately", days[1], 3, None, 1)
    assert saved.notices(owner, on=days[2]) == [notice]
    assert saved.notices(manager(), on=days[2]) == []
    assert saved.notices(owner, on=days[1] + saved.NEWS) == []
    operations.watch_segment(segment_id=segment.pk, least=2, most=3, actor=owner, now=NOW)
    assert saved.notices(owner, on=days[2]) == []
    with pytest.raises(operations.LimitsReversed):
        operations.watch_segment(segment_id=segment.pk, least=4, most=3, actor=owner, now=NOW)
    with pytest.raises(Segment.DoesNotExist):
        operations.watch_segment(segment_id=segment.pk, least=1, most=3, actor=manager(), now=NOW)


def test_a_count_that_is_taken_back_tells_nobody():
    owner = manager()
    segment = save(actor=owner)
    operations.watch_segment(segment_id=segment.pk, least=1, most=None, actor=owner, now=NOW)
    mirrors.refresh(now=NOW)
    with transaction.atomic():
        operations.count_segment(segment_id=segment.pk, as_of=TODAY)
        assert [job["size"] for job in told_jobs(segment)] == [0]
        transaction.set_rollback(True)
    assert told_jobs(segment) == []


def test_a_frozen_segment_keeps_its_people():
    one = factories.customer()
    came(one, TODAY)
    segment = save()
    counted(segment, TODAY)
    operations.freeze_segment(segment_id=segment.pk, frozen=True, actor=SYSTEM, now=NOW)
    later = TODAY + timedelta(days=90)
    assert counted(segment, later) == Counted(1, 0, 0)
    found = queries.members(facts.connect(), segment.code, later).to_pyarrow()["customer_id"].to_pylist()
    assert found == [one.pk]
    inside = tree.read({"attribute": "segment", "operator": "in", "value": [segment.code]}, attributes.discover())
    assert preview(inside, actor=SYSTEM, on=later).total == 1


def test_members_of_a_dynamic_segment_are_those_of_the_day_asked():
    one, two = factories.customer(), factories.customer()
    came(one, TODAY)
    came(two, TODAY - timedelta(days=100))
    segment = save()
    outer = save({"not": [{"attribute": "segment", "operator": "in", "value": [segment.code]}]}, title="Others")
    mirrors.refresh(now=NOW)
    con = facts.connect()

    def people(code: str, day: date) -> list[int]:
        return sorted(queries.members(con, code, day).to_pyarrow()["customer_id"].to_pylist())

    assert [people(segment.code, day) for day in (TODAY, TODAY - timedelta(days=90))] == [[one.pk], [two.pk]]
    assert [people(outer.code, day) for day in (TODAY, TODAY - timedelta(days=90))] == [[two.pk], [one.pk]]
    with pytest.raises(saved.UnknownSegment):
        people("moon", TODAY)


def test_a_connection_ends_with_who_asked_it_for_members():
    segment = save()
    outer = save({"not": [{"attribute": "segment", "operator": "in", "value": [segment.code]}]}, title="Others")
    mirrors.refresh(now=NOW)
    assert ends_with_its_user(lambda con: queries.members(con, outer.code, TODAY).to_pyarrow())


def test_a_segment_sees_what_its_owner_sees():
    ours, theirs = factories.branch(name="Ours"), factories.branch(name="Theirs")
    one, two = factories.customer(), factories.customer()
    came(one, TODAY, ours)
    came(two, TODAY, theirs)
    segment = save(actor=manager(ours))
    assert (segment.branch_ids, counted(segment, TODAY)) == ([ours.pk], Counted(1, 0, 0))
    assert list(SegmentMember.objects.values_list("customer_id", flat=True)) == [one.pk]


def test_a_segment_is_not_made_of_itself_and_stays_while_another_needs_it():
    inner = save(title="inner")
    outer = save({"attribute": "segment", "operator": "in", "value": ["inner"]}, title="outer")
    with pytest.raises(CircularSegment):
        save({"attribute": "segment", "operator": "in", "value": ["outer"]}, segment_id=inner.pk, title="inner")
    with pytest.raises(saved.UnknownSegment):
        save({"attribute": "segment", "operator": "in", "value": ["moon"]}, title="moon")
    with pytest.raises(operations.SegmentInUse):
        operations.remove_segment(segment_id=inner.pk, actor=SYSTEM, now=NOW)
    assert saved.lineage().of("outer") == ("inner",)
    for segment in (outer, inner):
        operations.remove_segment(segment_id=segment.pk, actor=SYSTEM, now=NOW)
    assert not Segment.objects.exists()


def test_the_preview_counts_each_condition_and_shows_who_brought_most():
    branch = factories.branch()
    people = [factories.customer(name=name) for name in ("Petrov", "Sidorov", "Orlov")]
    for number, person in enumerate(people):
        factories.order(customer=person, branch=branch, opened_on=TODAY, amount=100 * (number + 1))
    mirrors.refresh(now=NOW)
    rule = tree.read(
        {"all": [CAME, {"attribute": "revenue", "operator": "at_least", "value": 200}]}, attributes.discover()
    )
    found = preview(rule, actor=SYSTEM, on=TODAY, rows=1)
    assert (found.total, found.base, [found.count(item) for item in rule.items], found.revenue) == (
        2,
        3,
        [3, 2],
        50_000,
    )
    assert [person.name for person in found.people] == ["Orlov"]
    assert preview(rule, actor=manager(factories.branch(name="Empty")), on=TODAY).total == 0


def test_after_a_refresh_the_old_version_answers_until_the_new_one_is_ready():
    one = factories.customer()
    came(one, TODAY)
    mirrors.refresh(now=NOW)
    rule = tree.read(CAME, attributes.discover())
    assert preview(rule, actor=SYSTEM, on=TODAY).total == 1
    came(factories.customer(), TODAY)
    fresh = mirrors.refresh(now=NOW).mirror
    assert preview(rule, actor=SYSTEM, on=TODAY).total == 1
    grounds.wait()
    assert preview(rule, actor=SYSTEM, on=TODAY).total == 2
    assert grounds.of(SYSTEM, TODAY).mirror.version == fresh.version == mirror.current().version


def test_lists_to_choose_from_are_what_the_base_has_the_most_frequent_first():
    branch = factories.branch(name="Kazan")
    owner = factories.customer(city="Казань")
    for make in ("Kia", "Haval", "Haval"):
        factories.vehicle(owner=owner, make=make, plate=str(Vehicle.objects.count()))
    order = factories.order(customer=owner, branch=branch, lines=[("x", "9"), ("y", "9")])
    OrderLine.objects.filter(order=order).update(category="Brakes ")
    mirrors.refresh(now=NOW)
    ref = f"vernost:{branch.pk}"
    assert {
        name: [(one.code, one.title) for one in choices.choices(name, SYSTEM, TODAY)]
        for name in ("makes", "cities", "categories", "branches", "abc", "recalls")
    } == {
        "makes": [("haval", "Haval"), ("kia", "Kia")],
        "cities": [("Казань", "Казань")],
        "categories": [("brakes", "Brakes")],
        "branches": [(ref, "Kazan")],
        "abc": [("A", "A"), ("B", "B"), ("C", "C")],
        "recalls": [],
    }
