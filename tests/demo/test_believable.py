"""Shares of an old base: what a manager would look at first."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

from tests.demo.reading import UNTIL, Dealership, Row, day

OWN_KINDS = {"internal", "presale"}


def visits(dealership: Dealership) -> list[Row]:
    return [
        row for row in dealership.sound_orders() if row["status"] in {"closed", ""} and row["kind"] not in OWN_KINDS
    ]


def visit_days(dealership: Dealership) -> dict[str, list[date]]:
    days: dict[str, set[date]] = defaultdict(set)
    for row in visits(dealership):
        if row["customer_id"]:
            days[row["customer_id"]].add(day(row["closed_at"]))
    return {customer: sorted(found) for customer, found in days.items()}


def state(row: Row, days: list[date]) -> str:
    ago = [(UNTIL - on).days for on in days]
    if row["blocked"] == "Да":
        return "blocked"
    if not ago:
        return "prospect"
    if ago[-1] > 365:
        return "sleeping"
    if ago[0] <= 365:
        return "new"
    if any(later <= 365 and earlier - later > 366 for earlier, later in pairwise(ago)):
        return "returned"
    return "loyal" if sum(number <= 730 for number in ago) >= 3 else "active"


def test_all_states_of_customers_occur_in_their_shares(dealership):
    days = visit_days(dealership)
    states = Counter(state(row, days.get(row["id"], [])) for row in dealership["customers"])
    bounds = {
        "blocked": (0.004, 0.02),
        "prospect": (0.06, 0.16),
        "sleeping": (0.45, 0.58),
        "new": (0.08, 0.18),
        "returned": (0.025, 0.08),
        "loyal": (0.10, 0.24),
        "active": (0.015, 0.07),
    }
    shares = {name: states[name] / len(dealership["customers"]) for name in bounds}
    assert {name: low < shares[name] < high for name, (low, high) in bounds.items()} == dict.fromkeys(bounds, True)


def test_the_base_has_the_asked_size_and_its_usual_proportions(dealership):
    customers = len(dealership["customers"])
    assert customers == 3_000
    assert 1.2 < len(dealership["vehicles"]) / customers < 1.45
    assert 6.5 < len(dealership["orders"]) / customers < 9.5
    assert 2.4 < len(dealership["order_lines"]) / len(dealership["orders"]) < 3.0
    assert {row["kind"] for row in dealership["customers"]} == {"person", "company"}
    assert {row["kind"] for row in visits(dealership)} == {
        "maintenance",
        "repair",
        "body",
        "warranty",
        "tyres",
        "accessories",
    }


def test_the_workshop_is_busier_than_it_was(dealership):
    years = Counter((UNTIL - day(row["closed_at"])).days // 365 for row in visits(dealership))
    assert years[0] > years[4] > years[7]


def test_tyres_have_their_two_rushes_and_january_is_quiet(dealership):
    months = Counter(day(row["closed_at"]).month for row in visits(dealership) if row["kind"] == "tyres")
    assert sum(months[month] for month in (3, 4, 10, 11)) > 0.9 * sum(months.values())
    months = Counter(day(row["closed_at"]).month for row in visits(dealership) if row["kind"] == "maintenance")
    assert months[1] < 0.85 * months[12]
    assert not any(day(row["opened_at"]).strftime("%d.%m") == "01.01" for row in visits(dealership))


def test_sundays_are_slower_than_weekdays_and_mornings_are_busy(dealership):
    weekdays = Counter(day(row["closed_at"]).weekday() for row in visits(dealership))
    assert weekdays[6] < 0.6 * weekdays[2]
    hours = Counter(int(row["opened_at"].split(" ")[1].split(":")[0]) for row in visits(dealership))
    assert hours[9] > hours[13] > hours[19] > 0
    assert set(hours) <= set(range(8, 20))


def test_branches_lie_in_several_time_zones_and_sell_todays_brands(dealership):
    assert 5 <= len(dealership["branches"]) <= 8
    assert len({row["timezone"] for row in dealership["branches"]}) >= 3
    makes = Counter(row["make"] for row in dealership["vehicles"])
    assert {"Haval", "Chery", "Geely", "LADA", "Omoda", "Changan", "Exeed", "Kia", "Hyundai", "Toyota"} <= set(makes)
    recent = Counter(row["make"] for row in dealership["vehicles"] if int(row["year"]) >= 2023)
    assert not {"Kia", "Hyundai", "Toyota", "Volkswagen"} & set(recent)


def test_some_models_have_no_plan(dealership):
    planned = {(row["make"], row["model"]) for row in dealership["maintenance_plans"]}
    assert {(row["make"], row["model"]) for row in dealership["vehicles"]} - planned == {
        ("Renault", "Duster"),
        ("Skoda", "Octavia"),
    }


def test_companies_have_fleets(dealership):
    companies = {row["id"] for row in dealership["customers"] if row["kind"] == "company"}
    fleets = Counter(row["customer_id"] for row in dealership["vehicles"])
    assert max(fleets[company] for company in companies) >= 15
    assert max(count for customer, count in fleets.items() if customer not in companies) <= 3


def test_consents_and_phones_leave_gaps(dealership):
    customers = dealership["customers"]
    calls = Counter(row["consent_calls"] for row in customers)
    assert 0.74 < calls["Да"] / len(customers) < 0.86
    assert 0.08 < calls["Нет"] / len(customers) < 0.16
    assert 0.02 < sum(not row["phones"] for row in customers) / len(customers) < 0.08
    assert any("жена" in row["phones"] for row in customers)
    assert sum(any(sign in row["phones"] for sign in ",|") for row in customers) > 300
    assert 0.3 < sum(bool(row["emails"]) for row in customers) / len(customers) < 0.6


def test_cars_change_hands(dealership):
    kinds = Counter(row["kind"] for row in dealership["deals"] if row["status"] in {"won", ""})
    assert kinds["new"] > 1_500
    assert kinds["used"] > 200
    assert kinds["trade_in"] > 50
    assert {row["status"] for row in dealership["deals"]} == {"open", "won", "lost", ""}


def test_work_is_put_off_and_some_of_it_done_later(dealership):
    put_off = [row for row in dealership["order_lines"] if row["declined"] == "1"]
    assert 0.03 < len(put_off) / len(dealership["order_lines"]) < 0.12
    assert all(float(row["amount"]) > 0 for row in put_off)
    assert 0.15 < sum(bool(row["advised_on"]) for row in put_off) / len(put_off) < 0.35


def test_money_comes_back_sometimes(dealership):
    refunds = [row for row in dealership["order_lines"] if float(row["amount"]) < 0]
    assert 10 < len(refunds) < 200


def test_recalls_have_unknown_vins_and_finished_work(dealership):
    ours = {row["vin"] for row in dealership["vehicles"]}
    assert any(row["vin"] not in ours for row in dealership["recalls"])
    done = sum(bool(row["done_on"]) for row in dealership["recalls"])
    assert 0.1 < done / len(dealership["recalls"]) < 0.7


def test_parts_are_waited_for(dealership):
    assert any(not row["arrived_on"] for row in dealership["part_orders"])


def test_surveys_are_mostly_kind(dealership):
    scores = Counter(int(row["score"]) for row in dealership["surveys"])
    assert set(scores) == set(range(11))
    nps = (scores[9] + scores[10] - sum(scores[score] for score in range(7))) / sum(scores.values())
    assert 0.1 < nps < 0.7


def test_outcomes_of_calls_are_those_of_the_call_desk(dealership):
    outcomes = Counter(row["outcome"] for row in dealership["interactions"] if row["channel"] == "call")
    assert set(outcomes) <= {
        *("booked", "declined", "call_back", "thinking", "do_not_call", "no_answer", "busy", "voicemail"),
        *("unavailable", "car_sold", "served_elsewhere", "wrong_person", "answered", ""),
    }
    assert min(outcomes[name] for name in ("booked", "declined", "no_answer", "car_sold", "do_not_call")) > 5


def test_some_orders_name_no_car_and_the_dealers_own_name_no_customer(dealership):
    counter = [row for row in dealership["orders"] if not row["vehicle_id"]]
    assert 50 < len(counter) < 600
    assert {row["kind"] for row in counter} == {"accessories"}
    own = [row for row in dealership["orders"] if not row["customer_id"]]
    assert {row["kind"] for row in own} == OWN_KINDS
