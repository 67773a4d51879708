"""The truth is of one piece with the history, and can be learned from it."""

from collections import Counter, defaultdict
from datetime import timedelta
from statistics import median

import pytest
from tests.demo.reading import UNTIL, Dealership, day


@pytest.fixture(scope="module")
def uplift(dealership: Dealership) -> dict[str, float]:
    called, more = Counter[str](), Counter[str]()
    for row in dealership["truth/responses"]:
        if row["would_come"] == "0":
            called[row["programme"]] += 1
            more[row["programme"]] += row["comes_if_called"] == "1"
    return {programme: more[programme] / called[programme] for programme in called}


def test_every_car_has_its_truth_and_only_the_cars(dealership):
    cars = [row["id"] for row in dealership["vehicles"]]
    assert [row["vehicle_id"] for row in dealership["truth/vehicles"]] == cars
    assert {row["vehicle_id"] for row in dealership["truth/responses"]} == set(cars)


def test_next_visits_lie_ahead_within_a_year_and_a_half(dealership):
    ahead = [day(row["next_visit_on"]) for row in dealership["truth/vehicles"] if row["next_visit_on"]]
    assert min(ahead) > UNTIL
    assert max(ahead) <= UNTIL + timedelta(days=548)
    assert 0.18 < len(ahead) / len(dealership["vehicles"]) < 0.35


def test_scrapped_cars_stand_still_and_never_come(dealership):
    gone = {row["vehicle_id"] for row in dealership["vehicle_events"] if row["kind"] == "scrapped"}
    gone |= {row["id"] for row in dealership["vehicles"] if row["scrapped"] == "1"}
    assert gone
    for row in dealership["truth/vehicles"]:
        if row["vehicle_id"] in gone:
            assert (row["km_per_day"], row["next_visit_on"]) == ("0.00", "")


def test_the_true_rate_is_what_the_readings_of_the_last_two_years_show(dealership):
    listed = dealership.dirty("orders")
    changed = {row["vehicle_id"] for row in dealership["truth/clusters"]}
    readings = defaultdict(list)
    for row in dealership.sound_orders():
        recent = day(row["opened_at"]) > UNTIL - timedelta(days=730)
        if row["mileage_km"] and row["id"] not in listed and recent and row["kind"] not in {"presale", "internal"}:
            readings[row["vehicle_id"]].append((day(row["opened_at"]), int(row["mileage_km"])))
    errors = []
    for row in dealership["truth/vehicles"]:
        known = sorted(readings[row["vehicle_id"]])
        rate = float(row["km_per_day"])
        if known and row["vehicle_id"] not in changed and rate and (known[-1][0] - known[0][0]).days > 400:
            shown = (known[-1][1] - known[0][1]) / (known[-1][0] - known[0][0]).days
            errors.append(shown / rate - 1)
    assert len(errors) > 250
    assert abs(median(errors)) < 0.03
    assert median(abs(error) for error in errors) < 0.12


def test_who_comes_by_himself_comes_when_called(dealership):
    for row in dealership["truth/responses"]:
        assert row["comes_if_called"] >= row["would_come"]


def test_coming_is_one_fact_per_car_and_agrees_with_the_next_visit(dealership):
    comes = defaultdict(set)
    for row in dealership["truth/responses"]:
        comes[row["vehicle_id"]].add(row["would_come"])
    for row in dealership["truth/vehicles"]:
        assert len(comes[row["vehicle_id"]]) == 1
        if row["next_visit_on"] and day(row["next_visit_on"]) <= UNTIL + timedelta(days=60):
            assert comes[row["vehicle_id"]] == {"1"}


def test_calls_help_and_help_more_in_some_programmes(uplift):
    assert set(uplift) == {
        *("first_service", "next_service", "warranty_end", "lost", "recall"),
        *("seasonal", "courtesy", "repurchase", "deferred_work"),
    }
    assert min(uplift.values()) > 0
    assert uplift["recall"] > uplift["next_service"] > uplift["seasonal"] > uplift["courtesy"]


def test_nothing_moves_the_cars_of_blocked_customers(dealership):
    blocked = {row["id"] for row in dealership["customers"] if row["blocked"] == "Да"}
    theirs = {row["id"] for row in dealership["vehicles"] if row["customer_id"] in blocked}
    rows = [row for row in dealership["truth/responses"] if row["vehicle_id"] in theirs]
    assert rows
    assert all(row["comes_if_called"] == row["would_come"] for row in rows)


def test_past_reminders_brought_cars_in(dealership):
    """Of the reminded and reached many more come within 60 days than of the others."""
    opened = defaultdict(list)
    for row in dealership.sound_orders():
        if row["kind"] == "maintenance":
            opened[row["vehicle_id"]].append(day(row["opened_at"]))
    came, calls = Counter[bool](), Counter[bool]()
    for row in dealership["interactions"]:
        on = day(row["at"])
        if row["text"] == "Приглашение на ТО" and on < UNTIL - timedelta(days=60):
            reached = row["outcome"] not in {"no_answer", "busy", "voicemail", "unavailable"}
            calls[reached] += 1
            came[reached] += any(0 < (visit - on).days <= 60 for visit in opened[row["vehicle_id"]])
    assert calls[True] > 300
    assert came[True] / calls[True] > came[False] / calls[False]
