"""What is in force of the ledger of consents on a day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernost.customers.rules.consents import (
    CHANNELS,
    Entry,
    InForce,
    Purpose,
    Row,
    Way,
    in_force,
    known_at,
    rows,
    with_other_card,
)

START = date(2026, 1, 1)
BEGAN = datetime(2026, 1, 1, 9, tzinfo=UTC)


def day(number):
    return START + timedelta(days=number)


def entry(number, on=0, way=Way.PAPER, *, purpose=Purpose.ADVERTISING, entity=None, **answers):
    since = None if on is None else day(on)
    return Entry(number, purpose, answers, since, way, BEGAN + timedelta(hours=number), entity)


def answers(entries, on, channel="calls", entity=None):
    found = in_force(rows(entries, Purpose.ADVERTISING), channel, day(on), entity)
    return found.given if found else None


def test_nothing_said_is_no_consent():
    assert answers([], 5) is None


def test_a_yes_holds_from_its_day_until_it_is_taken_back():
    said = [entry(1, 3, calls=True, sms=True), entry(2, 10, Way.CALL, calls=False)]
    assert [answers(said, on) for on in (2, 3, 9, 10, 99)] == [None, True, True, False, False]
    assert answers(said, 99, "sms") is True
    assert in_force(rows(said, Purpose.ADVERTISING), "calls", day(5)) == InForce(given=True, on=day(3))


def test_the_later_word_of_a_day_counts_whichever_way_it_came():
    said = [entry(1, 3, Way.CALL, calls=False, sms=False), entry(2, 3, Way.PAPER, calls=True)]
    assert (answers(said, 3), answers(said, 3, "sms")) == (True, False)


def test_purposes_do_not_speak_for_each_other():
    said = [entry(1, 3, purpose=Purpose.TRANSFER, whole=True), entry(2, 3, purpose=Purpose.CONTACT, calls=False)]
    assert rows(said, Purpose.ADVERTISING) == []
    assert in_force(rows(said, Purpose.TRANSFER), "whole", day(4)) == InForce(given=True, on=day(3))


def test_an_import_never_revives_a_refusal():
    said = [entry(1, 3, Way.CALL, calls=False), entry(2, 8, Way.IMPORT, calls=True, sms=True)]
    assert (answers(said, 9), answers(said, 9, "sms")) == (False, True)


def test_who_agreed_again_himself_has_agreed():
    said = [
        entry(1, 3, Way.CALL, calls=False),
        entry(2, 5, Way.PAPER, calls=True),
        entry(3, 8, Way.IMPORT, calls=True),
    ]
    assert [answers(said, on) for on in (4, 5, 8)] == [False, True, True]


def test_a_refusal_of_the_source_is_its_own_to_take_back():
    said = [entry(1, 3, Way.IMPORT, calls=False), entry(2, 8, Way.IMPORT, calls=True)]
    assert [answers(said, on) for on in (3, 8)] == [False, True]


def test_a_corrected_record_takes_back_what_it_said_of_later_days():
    said = [entry(1, 1, Way.IMPORT, calls=True), entry(2, 9, Way.IMPORT, calls=True)]
    assert rows([*said, entry(3, 4, Way.IMPORT, calls=False)], Purpose.ADVERTISING) == [
        Row(day(1), "import", {"calls": True}),
        Row(day(4), "import", {"calls": False}),
    ]
    assert rows([*said, entry(3, None, Way.IMPORT, calls=True)], Purpose.ADVERTISING) == [
        Row(None, "import", {"calls": True})
    ]


def test_of_one_day_a_no_of_the_import_wins():
    said = [entry(1, 3, Way.PAPER, calls=True), entry(2, 3, Way.IMPORT, calls=False)]
    assert answers(said, 3) is False


def test_a_word_to_one_company_is_a_word_to_that_one():
    said = [entry(1, 3, entity=7, calls=True), entry(2, 5, calls=True), entry(3, 8, entity=7, calls=False)]
    assert [answers(said, 4, entity=entity) for entity in (None, 7, 8)] == [None, True, None]
    assert [answers(said, 9, entity=entity) for entity in (None, 7, 8)] == [True, False, True]


def test_the_past_can_be_asked_as_it_was_known_then():
    said = [entry(1, 3, calls=True), entry(2, 2, calls=False), entry(3, 4, Way.CALL, calls=False)]
    before = known_at(said, BEGAN + timedelta(hours=2))
    assert (answers(before, 9), answers(said, 9)) == (True, False)


def test_a_merged_card_brings_its_refusals_and_its_later_words():
    own = [Row(day(1), "paper", {"calls": True, "sms": True})]
    other = [
        Row(day(2), "call", {"calls": False}),
        Row(day(2), "paper@7", {"email": True}, 7),
        Row(day(9), "paper", {"calls": True}),
    ]
    assert with_other_card(own, other, on=day(5), origin="merge:1") == [
        *own,
        Row(day(5), "merge:1", {"calls": False, "sms": True}),
        Row(day(9), "merge:1", {"calls": True}),
    ]


ways = st.sampled_from([Way.PAPER, Way.CALL, Way.API, Way.IMPORT])
says = st.dictionaries(st.sampled_from(CHANNELS), st.booleans(), min_size=1)
lines = st.lists(st.tuples(st.none() | st.integers(0, 12), ways, says), max_size=12)


def naive(said, channel, on):
    """Tell it word by word: what a careful clerk would answer who reads the whole ledger."""
    words = [one for one in said if channel in one[2]]
    imports, own = {}, {}
    for since, way, what in words:
        if way is Way.IMPORT:
            keep = {}
            for other, given_ in imports.items():
                later = since is None or (other is not None and other > since)
                if other == since or not later:
                    keep[other] = given_
            imports = {**keep, since: what[channel]}
        else:
            own[since] = what[channel]
    told = []
    for since, given_ in imports.items():
        known = [day_ for day_ in own if day_ is None or (since is not None and day_ <= since)]
        refused = since is not None and known and not own[max(known, key=lambda one: -1 if one is None else one)]
        told.append((since, given_ and not refused))
    told += own.items()
    told = [(-1 if since is None else since, not given_) for since, given_ in told if since is None or since <= on]
    return None if not told else not max(told)[1]


@given(lines, st.sampled_from(CHANNELS), st.integers(0, 14))
def test_the_state_is_that_of_a_careful_clerk(said, channel, on):
    entries = [entry(number, since, way, **what) for number, (since, way, what) in enumerate(said, 1)]
    # The record of an import always speaks of all its channels at once, as the source does.
    entries = [
        one
        if one.way is not Way.IMPORT
        else Entry(**{**_plain(one), "answers": {c: one.answers.get(c, False) for c in CHANNELS}})
        for one in entries
    ]
    said = [(None if one.on is None else (one.on - START).days, one.way, one.answers) for one in entries]
    assert answers(entries, on, channel) is naive(said, channel, on)


def _plain(one):
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


@pytest.mark.parametrize("way", [Way.CALL, Way.PAPER, Way.WEB, Way.API, Way.VISIT, Way.FILE])
def test_no_import_after_a_refusal_opens_the_gate(way):
    said = [entry(1, 3, way, calls=False), *(entry(2 + n, 4 + n, Way.IMPORT, calls=True) for n in range(5))]
    assert not any(answers(said, on) for on in range(3, 20))
