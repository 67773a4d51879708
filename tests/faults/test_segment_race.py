"""Two people make segments of each other's at the same moment."""

from threading import Barrier

import pytest
from tests import factories as make
from tests.faults.running import DEADLINE
from tests.faults.test_card_race import at_once

from vernost.core.actor import system
from vernost.segments import operations
from vernost.segments.models import Segment
from vernost.segments.operations import remove_segment, save_segment

pytestmark = pytest.mark.django_db(transaction=True)

NOW = make.at(12)
TESTER = system("tests")
EVERYBODY = {"attribute": "customer_kind", "operator": "in", "value": ["person"]}


@pytest.fixture
def segments():
    return [save_segment(segment_id=None, title=title, rule=EVERYBODY, actor=TESTER, now=NOW) for title in "ab"]


def put_into(inner, outer):
    """Return the act that makes a segment of another one."""
    rule = {"attribute": "segment", "operator": "in", "value": [inner.code]}
    return lambda: save_segment(segment_id=outer.pk, title=outer.title, rule=rule, actor=TESTER, now=NOW)


def remove(segment):
    return lambda: remove_segment(segment_id=segment.pk, actor=TESTER, now=NOW)


def parents():
    return sorted(Segment.objects.values_list("code", "parents"))


def unlocked(monkeypatch):
    """Let nobody wait for anybody; both go on when both have seen how it stands."""
    met, own = Barrier(2), operations._own

    def seen(*given):
        met.wait(DEADLINE)
        return own(*given)

    monkeypatch.setattr(operations, "lock_lineage", lambda: None)
    monkeypatch.setattr(operations, "_own", seen)


def test_of_two_who_make_segments_of_each_other_one_is_told_so(segments):
    a, b = segments
    assert at_once(put_into(a, b), put_into(b, a)) == ["circular_segment", "done"]
    assert parents() in ([("a", []), ("b", ["a"])], [("a", ["b"]), ("b", [])])


def test_control_without_the_lock_each_is_made_of_the_other(segments, monkeypatch):
    a, b = segments
    unlocked(monkeypatch)
    assert at_once(put_into(a, b), put_into(b, a)) == ["done", "done"]
    assert parents() == [("a", ["b"]), ("b", ["a"])]


def test_a_segment_that_is_being_used_is_not_removed(segments):
    a, b = segments
    assert at_once(put_into(a, b), remove(a)) in (["done", "segment_in_use"], ["done", "unknown_segment"])
    assert all(code in dict(parents()) for _code, of in parents() for code in of)
