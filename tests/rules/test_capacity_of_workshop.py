"""What a workshop can take: hours, slots, places. Figures of docs/explanation/capacity.md."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernost.core.calendar import ProductionCalendar
from vernost.workshop import rules
from vernost.workshop.rules import (
    BranchClosed,
    Busy,
    Hours,
    NoPlaceLeft,
    Place,
    ReceptionFull,
    SlotPassed,
    StatusChangeRefused,
    Visit,
    Workshop,
    WorkTooLong,
)

MOSCOW = ZoneInfo("Europe/Moscow")
TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = Visit(timedelta(hours=1))


def workshop(**more):
    values = {
        "zone": MOSCOW,
        "hours": Hours(9 * 60, 19 * 60),
        "calendar": ProductionCalendar({date(2027, 1, 1): "holiday", date(2026, 11, 28): "working"}),
        "places": (Place(1), Place(2)),
    }
    return Workshop(**{**values, **more})


def at(hour, minute=0, day=TUESDAY, zone=MOSCOW):
    return datetime.combine(day, time(hour, minute), zone)


def busy(bay, start, end):
    return Busy(at(start), at(end), bay)


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [(None, 60), ("0.2", 30), ("0.5", 30), ("0.51", 45), ("1", 60), ("1.4", 90), ("2.4", 150), ("2.5", 150)],
)
def test_labour_hours_are_rounded_up_to_a_quarter(hours, minutes):
    assert rules.length_of(Decimal(hours) if hours else None) == timedelta(minutes=minutes)


def test_slots_start_every_hour_from_the_opening():
    starts = rules.starts_of(workshop(hours=Hours(8 * 60 + 30, 12 * 60)), TUESDAY)
    assert [start.astimezone(MOSCOW).time() for start in starts] == [time(8, 30), time(9), time(10), time(11)]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (TUESDAY, Hours(540, 1140)),
        (date(2026, 11, 29), Hours(540, 1140)),  # a Sunday: workshops work
        (date(2027, 1, 1), None),
        (date(2026, 11, 25), None),  # the branch's own day: closed
        (date(2026, 11, 26), Hours(600, 840)),  # the branch's own day: shorter
    ],
)
def test_own_days_go_before_holidays_and_holidays_before_the_usual_hours(day, hours):
    own = {date(2026, 11, 25): None, date(2026, 11, 26): Hours(600, 840)}
    assert workshop(exceptions=own).hours_on(day) == hours


def test_an_own_day_opens_on_a_holiday():
    day = date(2027, 1, 1)
    assert workshop(exceptions={day: Hours(600, 840)}).hours_on(day) == Hours(600, 840)


def test_a_branch_without_hours_keeps_the_usual_ones():
    assert workshop(hours=None).hours_on(TUESDAY) == Hours(9 * 60, 20 * 60)


def test_closing_not_after_opening_is_midnight():
    assert rules.hours_between(time(0), time(0)) == Hours(0, 24 * 60)
    assert rules.hours_between(time(22), time(6)) == Hours(22 * 60, 24 * 60)
    assert rules.hours_between(time(9), None) is None


def test_free_places_are_the_bays_that_are_free_for_the_whole_visit():
    taken = [busy(1, 10, 12), busy(2, 12, 13)]
    free = {hour: rules.free_bays(workshop(), taken, at(hour), at(hour + 2), "") for hour in (9, 10, 11, 12, 13)}
    assert free == {9: [2], 10: [2], 11: [], 12: [1], 13: [1, 2]}


def test_back_to_back_is_no_overlap():
    assert rules.free_bays(workshop(places=(Place(1),)), [busy(1, 9, 10), busy(1, 11, 12)], at(10), at(11), "") == [1]


def test_an_appointment_without_a_bay_takes_a_place_somewhere():
    taken = [busy(None, 10, 11)]
    assert rules.free_bays(workshop(), taken, at(10), at(11), "") == [1]
    assert rules.free_bays(workshop(), [*taken, busy(1, 10, 11)], at(10), at(11), "") == []


def test_two_without_a_bay_one_after_the_other_take_one_place():
    taken = [busy(None, 10, 11), busy(None, 11, 12)]
    assert rules.free_bays(workshop(), taken, at(10), at(12), "") == [1]


def test_a_bay_takes_the_work_it_is_made_for_and_universal_ones_are_kept():
    places = (Place(1), Place(2, frozenset({"tyres"})), Place(3, frozenset({"body", "repair"})))
    shop = workshop(places=places)
    assert rules.free_bays(shop, [], at(10), at(11), "tyres") == [2, 1]
    assert rules.free_bays(shop, [], at(10), at(11), "maintenance") == [1]
    assert rules.free_bays(shop, [], at(10), at(11), "") == [2, 3, 1]


def test_admitted_visit_has_an_end_and_a_bay():
    assert rules.admit(workshop(), [busy(1, 10, 11)], at(10), Visit(timedelta(minutes=90)), NOW) == (at(11, 30), 2)


def test_a_branch_without_bays_has_no_limit_but_its_hours():
    shop = workshop(places=())
    assert rules.admit(shop, [busy(None, 10, 11)] * 50, at(10), HOUR, NOW) == (at(11), None)
    with pytest.raises(BranchClosed):
        rules.admit(shop, [], at(8), HOUR, NOW)


@pytest.mark.parametrize(
    ("start", "visit", "taken", "refusal"),
    [
        (at(8), HOUR, [], BranchClosed),
        (at(19), HOUR, [], BranchClosed),
        (at(10, day=date(2027, 1, 1)), HOUR, [], BranchClosed),
        (at(18), Visit(timedelta(minutes=75)), [], WorkTooLong),
        (at(10), Visit(timedelta(hours=11)), [], WorkTooLong),
        (at(10, day=date(2026, 11, 20)), HOUR, [], SlotPassed),
        (at(10), HOUR, [busy(1, 9, 11), busy(2, 10, 12)], NoPlaceLeft),
    ],
)
def test_refusals(start, visit, taken, refusal):
    with pytest.raises(refusal):
        rules.admit(workshop(), taken, start, visit, NOW)


def test_a_work_longer_than_the_day_takes_the_bay_from_opening_to_closing():
    assert rules.admit(workshop(), [], at(9), Visit(timedelta(hours=30)), NOW) == (at(19), 1)


def test_a_customer_at_the_desk_is_written_for_the_hour_that_has_begun():
    assert rules.admit(workshop(), [], at(10), HOUR, at(10, 40)) == (at(11), 1)
    with pytest.raises(SlotPassed):
        rules.admit(workshop(), [], at(10), HOUR, at(11, 1))


def test_advisors_limit_how_many_arrive_in_an_hour():
    shop = workshop(places=tuple(Place(number) for number in range(1, 9)), advisors=1)
    arrivals = [Busy(at(10, minute), at(11), bay) for bay, minute in ((1, 0), (2, 15), (3, 30))]
    with pytest.raises(ReceptionFull):
        rules.admit(shop, arrivals, at(10, 45), HOUR, NOW)
    assert rules.admit(shop, arrivals, at(11), HOUR, NOW) == (at(12), 1)


def test_day_grid_shows_what_is_left():
    taken = [busy(1, 9, 11), busy(2, 9, 10)]
    slots = rules.slots_of(workshop(hours=Hours(540, 780)), taken, TUESDAY, HOUR, NOW)
    assert [(slot.free, slot.load) for slot in slots] == [(0, 1.0), (1, 0.5), (2, 0.0), (2, 0.0)]


def test_passed_hours_of_today_are_full():
    slots = rules.slots_of(workshop(hours=Hours(540, 720)), [], TUESDAY, HOUR, at(10, 30))
    assert [slot.free for slot in slots] == [0, 0, 2]


def test_recommended_are_the_emptiest_hours_of_the_emptiest_days():
    days = [TUESDAY + timedelta(days=offset) for offset in range(4)]
    shop = workshop(hours=Hours(540, 720))
    taken = [
        Busy(at(9, day=days[0]), at(12, day=days[0]), 1),
        Busy(at(9, day=days[1]), at(10, day=days[1]), 1),
        Busy(at(9, day=days[2]), at(11, day=days[2]), 2),
    ]
    slots = {day: rules.slots_of(shop, taken, day, HOUR, NOW) for day in days}
    assert rules.recommended(slots, NOW) == [at(10, day=days[1]), at(11, day=days[2]), at(9, day=days[3])]


def test_nothing_is_recommended_on_a_full_day_or_within_two_hours():
    shop = workshop(hours=Hours(540, 720), places=(Place(1),))
    full = {TUESDAY: rules.slots_of(shop, [busy(1, 9, 12)], TUESDAY, HOUR, NOW)}
    assert rules.recommended(full, NOW) == []
    soon = {TUESDAY: rules.slots_of(shop, [], TUESDAY, HOUR, at(8))}
    assert rules.recommended(soon, at(8)) == [at(10)]


def test_clock_put_forward_skips_the_hour_that_does_not_exist():
    berlin = ZoneInfo("Europe/Berlin")
    day = date(2026, 3, 29)
    shop = workshop(zone=berlin, hours=Hours(0, 5 * 60))
    starts = [start.astimezone(berlin).time() for start in rules.starts_of(shop, day)]
    assert starts == [time(0), time(1), time(3), time(4)]


def test_clock_put_back_keeps_every_hour_once():
    berlin = ZoneInfo("Europe/Berlin")
    day = date(2026, 10, 25)
    shop = workshop(zone=berlin, hours=Hours(0, 5 * 60))
    starts = [start.astimezone(berlin).time() for start in rules.starts_of(shop, day)]
    assert starts == [time(0), time(1), time(2), time(3), time(4)]


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2026, 12, 31), date(2026, 11, 30)])
def test_a_visit_until_midnight_stays_in_its_day(day):
    shop = workshop(hours=Hours(0, 24 * 60), places=(Place(1),))
    ends_at, bay = rules.admit(shop, [], at(23, day=day), HOUR, at(12, day=day))
    assert (ends_at.astimezone(MOSCOW), bay) == (at(0, day=day + timedelta(days=1)), 1)


ZONES = [ZoneInfo(name) for name in ("Europe/Moscow", "Asia/Vladivostok", "Europe/Berlin", "America/Sao_Paulo")]


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2024, 1, 1), date(2030, 12, 31)),
    opens=st.integers(0, 20 * 60),
    length=st.integers(60, 10 * 60),
)
def test_every_slot_lies_in_its_day_and_hours_on_the_branch_clock(zone, day, opens, length):
    closes = min(opens + length, 24 * 60)
    shop = workshop(zone=zone, hours=Hours(opens, closes), calendar=ProductionCalendar({}))
    for start in rules.starts_of(shop, day):
        local = start.astimezone(zone)
        assert local.date() == day
        assert opens <= local.hour * 60 + local.minute < closes


INTERVALS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=12)


@given(wanted=INTERVALS)
def test_admitting_one_after_another_never_takes_more_places_than_there_are(wanted):
    """Whatever is asked for, at no moment are there more cars than bays, nor two in one bay."""
    shop = workshop(places=(Place(1), Place(2), Place(3)))
    admitted: list[Busy] = []
    for quarter, quarters in wanted:
        start = at(9) + timedelta(minutes=15 * quarter)
        visit = Visit(timedelta(minutes=15 * quarters))
        try:
            ends_at, bay_id = rules.admit(shop, admitted, start, visit, NOW)
        except (NoPlaceLeft, WorkTooLong, BranchClosed):
            continue
        admitted.append(Busy(start, ends_at, bay_id))
    for item in admitted:
        during = [other for other in admitted if other.starts_at <= item.starts_at < other.ends_at]
        assert len(during) <= 3
        assert len({other.bay_id for other in during}) == len(during)


def test_states_of_an_appointment():
    rules.check_change("booked", "arrived")
    rules.check_change("no_show", "booked")
    with pytest.raises(StatusChangeRefused):
        rules.check_change("cancelled", "arrived")
