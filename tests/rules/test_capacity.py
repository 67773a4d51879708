from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.rules.base import TODAY, Base, decide, rule
from tests.rules.test_suppression import YEAR_AGO, person, recalled

from vernost.invitations import kernels
from vernost.invitations.rules.control import bucket

# A Monday: the due week of everything overdue is this one.
MONDAY = TODAY


def branch(made, **columns):
    plain = {"branch_id": 7, "ref": "B-7", "bays": 1, "open_minute": 540, "close_minute": 600, "daily_limit": None}
    return made.add("branches", **plain | columns)


def crowd(count, *, made=None, **columns):
    """People whose cars belong to branch 7; who has the greater number has brought the greater margin."""
    made = made or Base()
    for number in range(1, count + 1):
        person(made, number)
        made.rows["vehicles"][-1] |= {"branch_id": 7} | columns
        made.rows["visits"][-1]["margin"] = number * 1000
    return made


def plan(made, hundredths):
    return made.add("plans", plan_id=1, make_key="lada", model_key="vesta", engine_key="", interval_months=12,
                    interval_km=10_000, labour_hundredths=hundredths)  # fmt: skip


def answers(made, *rules, **asked):
    """Return who is invited, and the reasons of the others."""
    rows = decide(made, *(rules or [rule("next_service")]), **asked)
    invited = [row["vehicle_id"] for row in rows if not row["reason"]]
    return invited, sorted({row["reason"] for row in rows if row["reason"]})


def test_the_daily_limit_of_a_branch_takes_the_best_and_the_lowest_wait():
    made = branch(crowd(5), bays=None, daily_limit=2)
    assert answers(made) == ([4, 5], ["over_capacity"])


def test_a_programme_may_have_a_daily_limit_of_its_own():
    made = branch(crowd(5), bays=None)
    assert answers(made, rule("next_service", daily_limit=1)) == ([5], ["over_capacity"])
    assert answers(made, rule("next_service", daily_limit=0)) == ([], ["over_capacity"])


def test_a_due_date_within_a_week_doubles_the_value():
    made = branch(crowd(3), bays=None, daily_limit=1)
    # The third is due in eight days: 3 000 against twice 2 000.
    made.rows["vehicle_visits"][2]["on"] = YEAR_AGO + timedelta(days=23)
    assert answers(made)[0] == [2]
    made.rows["vehicle_visits"][2]["on"] = YEAR_AGO + timedelta(days=22)
    assert answers(made)[0] == [3]


def test_ties_go_by_due_date_then_by_the_customers_id_as_text():
    made = branch(crowd(12), bays=None, daily_limit=1)
    for row in made.rows["visits"]:
        row["margin"] = 0
    assert answers(made)[0] == [1]  # C-1, C-10, C-11, C-12, C-2 …
    made.rows["vehicle_visits"][8]["on"] = YEAR_AGO - timedelta(days=1)
    assert answers(made)[0] == [9]


def test_a_week_is_full_at_ninety_per_cent_of_bays_and_opening_hours():
    # One bay, an hour a day: seven hours, full at 6.3. An invitation expects 0.35 x 2 hours = 0.7.
    made = plan(branch(crowd(12)), 200)
    assert answers(made) == ([4, 5, 6, 7, 8, 9, 10, 11, 12], ["over_capacity"])


def test_booked_hours_fill_the_week_they_are_in():
    made = plan(branch(crowd(12)), 200)
    plain = {"branch_id": 7, "vehicle_id": 900, "status": "booked", "starts_on": MONDAY, "labour_hundredths": 490}
    made.add("appointments", appointment_id=1, **plain)
    assert answers(made)[0] == [11, 12]  # 4.9 + 2 x 0.7 = 6.3
    made.rows["appointments"][0]["starts_on"] = MONDAY + timedelta(days=7)
    assert len(answers(made)[0]) == 9
    made.rows["appointments"][0] |= {"starts_on": MONDAY + timedelta(days=6), "labour_hundredths": None}
    assert len(answers(made)[0]) == 8  # hours that nobody said are one
    made.rows["appointments"][0] |= {"status": "cancelled"}
    assert len(answers(made)[0]) == 9
    made.rows["appointments"][0] |= {"status": "booked", "booked_on": TODAY + timedelta(days=1)}
    assert len(answers(made)[0]) == 9


def test_open_invitations_of_earlier_nights_are_expected_in_their_week():
    made = plan(branch(crowd(12)), 200)
    plain = {"programme": "lost", "customer_id": 900, "branch_id": 7, "state": "queued", "due_on": date(2026, 6, 1)}
    for number, columns in enumerate(
        [
            {},
            {"ended_on": TODAY + timedelta(days=1)},
            {"ended_on": TODAY},
            {"due_on": MONDAY + timedelta(days=7)},
            {"branch_id": 8},
            {"created_for": TODAY + timedelta(days=1)},
            {"appointment_id": 5},
        ]
    ):
        made.add("invitations", invitation_id=number, vehicle_id=number + 1, anchor="visit:x",
                 **plain | {"created_for": TODAY - timedelta(days=9)} | columns)  # fmt: skip
    made.add("appointments", appointment_id=5, branch_id=7, status="cancelled", starts_on=MONDAY)
    # Two of them stand in this week: 9 - 2; the booked one is in the book, not in the forecast.
    assert len(answers(made)[0]) == 7


def test_the_due_week_is_that_of_tomorrow_for_what_is_overdue():
    made = plan(branch(crowd(12)), 200)
    sunday = TODAY - timedelta(days=1)
    made.add("appointments", appointment_id=1, branch_id=7, status="booked", starts_on=MONDAY, labour_hundredths=630)
    assert answers(made, as_of=sunday)[0] == []


def test_a_branch_may_keep_other_hours_on_a_day():
    made = plan(branch(crowd(12)), 200)
    closed = {(7, MONDAY + timedelta(days=day)): 0 for day in range(6)}
    assert answers(made, branch_days=closed)[0] == [11, 12]  # an hour in the week: full at 0.9


def test_without_bays_or_hours_or_a_branch_there_is_no_limit():
    for columns in ({"bays": None}, {"bays": 0}, {"open_minute": None}, {"close_minute": None}):
        assert len(answers(plan(branch(crowd(12), **columns), 200))[0]) == 12
    assert len(answers(plan(branch(crowd(12, branch_id=None), daily_limit=1), 200))[0]) == 12


def test_open_until_midnight():
    made = plan(branch(crowd(12), open_minute=1380, close_minute=0), 200)
    assert len(answers(made)[0]) == 9


def test_recalls_are_never_refused_and_take_room():
    made = plan(branch(crowd(12)), 200)
    for number in range(1, 11):
        recalled(made, number)
    rows = decide(made, rule("recall"), rule("next_service"))
    invited = [(row["programme"], row["vehicle_id"]) for row in rows if not row["reason"]]
    assert invited == [("recall", number) for number in range(1, 11)]
    reasons = sorted((row["vehicle_id"], row["reason"]) for row in rows if row["reason"])
    assert reasons[-2:] == [(11, "over_capacity"), (12, "over_capacity")]
    assert {reason for _car, reason in reasons[:-2]} == {"outranked"}


def test_a_pair_over_capacity_has_taken_its_car():
    made = branch(crowd(2), bays=None, daily_limit=1)
    for number in (1, 2):
        made.add("consents", customer_id=number, channel="call", given=True)
    rows = decide(made, rule("next_service"), rule("lost"))
    found = [(row["programme"], row["vehicle_id"], row["reason"]) for row in rows]
    assert found == [
        ("lost", 1, "outranked"),
        ("lost", 2, "outranked"),
        ("next_service", 1, "over_capacity"),
        ("next_service", 2, ""),
    ]


def test_the_control_group_takes_no_room_and_is_drawn_from_those_who_have_some():
    made = branch(crowd(30), bays=None, daily_limit=3)
    rows = decide(made, rule("next_service", control_share=5000))
    queue = range(30, 0, -1)
    drawn = {number: bucket("next_service", f"C-{number}", f"order:O-{number}") < 5000 for number in queue}
    invited = [number for number in queue if not drawn[number]][:3]
    expected = {
        number: "" if number in invited else "held_out" if drawn[number] and number > invited[-1] else "over_capacity"
        for number in queue
    }
    assert {row["vehicle_id"]: row["reason"] for row in rows} == expected


def test_the_second_run_of_a_day_gives_the_same_answers():
    made = branch(crowd(30), bays=None, daily_limit=3)
    asked = rule("next_service", control_share=5000)
    first = {row["vehicle_id"]: row["reason"] for row in decide(made, asked)}
    for number, reason in first.items():
        common = {
            "programme": "next_service",
            "vehicle_id": number,
            "customer_id": number,
            "anchor": f"order:O-{number}",
            "due_on": date(2026, 11, 15),
            "branch_id": 7,
        }
        if reason in {"", "held_out"}:
            made.add("cycles", cycle_id=number, bucket=1, held_out=bool(reason), started_on=TODAY, **common)
        if not reason:
            made.add("invitations", invitation_id=number, created_for=TODAY, state="queued", **common)
    assert {row["vehicle_id"]: row["reason"] for row in decide(made, asked)} == first


def reference(standing, places, load, branch_left, programme_left, week_left):
    """The rule of the kernel in plain words."""
    left = [list(branch_left), list(programme_left), list(week_left)]

    def is_full(pair):
        branch, programme, week = places[pair]
        return (
            (branch >= 0 and left[0][branch] == 0)
            or (programme >= 0 and left[1][programme] == 0)
            or (week >= 0 and left[2][week] <= 0)
        )

    def take(pair):
        for number, place in enumerate(places[pair]):
            if place >= 0 and (number == 2 or left[number][place] > 0):
                left[number][place] -= load[pair] if number == 2 else 1

    pairs = range(len(load))
    for pair in pairs:
        if standing[pair] == kernels.HAS_ROOM:
            take(pair)
    over = []
    for pair in pairs:
        asked = standing[pair] not in (kernels.HAS_ROOM, kernels.NEEDS_NONE)
        refused = asked and standing[pair] != kernels.EXEMPT and is_full(pair)
        if asked and not refused and standing[pair] != kernels.HELD_OUT:
            take(pair)
        over.append(refused)
    return over


PAIRS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(-1, 2), st.integers(-1, 1), st.integers(-1, 3), st.integers(0, 5)),
    max_size=30,
)


@given(
    PAIRS, st.lists(st.integers(-1, 4), min_size=3, max_size=3), st.lists(st.integers(-3, 12), min_size=4, max_size=4)
)
def test_the_kernel_equals_the_plain_reference(pairs, limits, hours):
    standing = np.array([pair[0] for pair in pairs], np.int8)
    places = np.array([pair[1:4] for pair in pairs], np.int64).reshape(len(pairs), 3)
    load = np.array([pair[4] for pair in pairs], np.int64)
    left = [np.array(each, np.int64) for each in (limits, limits[:2], hours)]
    expected = reference(standing, places, load, *left)
    assert kernels.over_capacity(standing, places, load, *left).tolist() == expected
