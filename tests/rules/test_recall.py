from datetime import date

from tests.rules.base import Base, due, left_out

from vernost.invitations.rules.expressions import NEVER

VIN = "XTA21703080123456"


def recall(base, **columns):
    plain = {"code": "R-1", "vin": VIN, "title": "Подушка безопасности", "starts_on": date(2026, 5, 1)}
    return base.add("recalls", **plain | columns)


def test_a_recall_finds_the_car_by_its_vin():
    base = recall(Base().car(vin=VIN), closes_on=date(2027, 4, 30))
    assert due(base, "recall") == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2026, 5, 1),
            "expires_on": date(2027, 4, 30),
            "anchor": "recall:R-1",
            "reason_code": "recall",
            "code": "R-1",
            "title": "Подушка безопасности",
        }
    ]


def test_a_vin_held_by_two_cars_calls_both_in_and_an_empty_one_none():
    base = recall(recall(Base().car(1, vin=VIN).car(2, vin=VIN).car(3)), vin="")
    assert [row["vehicle_id"] for row in due(base, "recall")] == [1, 2]


def test_a_recall_without_an_end_stays_open():
    assert [row["expires_on"] for row in due(recall(Base().car(vin=VIN)), "recall")] == [NEVER]


def test_a_recall_marked_done_is_left_out_from_that_day():
    base = recall(Base().car(vin=VIN), done_on=date(2026, 11, 30))
    assert left_out(base, "recall") == ["recall_done"]
    assert len(due(base, "recall", as_of=date(2026, 11, 29))) == 1


def test_each_code_is_a_pair_of_its_own_and_a_nameless_one_is_told_by_its_code():
    base = recall(recall(Base().car(vin=VIN)), code="R-0", title="", starts_on=date(2026, 6, 1))
    found = [(row["anchor"], row["due_on"], row["reason_code"]) for row in due(base, "recall")]
    assert found == [
        ("recall:R-0", date(2026, 6, 1), "recall_untitled"),
        ("recall:R-1", date(2026, 5, 1), "recall"),
    ]


def test_one_recall_told_by_two_sources_is_one_pair():
    base = recall(recall(Base().car(vin=VIN)), title="", starts_on=date(2026, 4, 1), closes_on=date(2026, 12, 31))
    found = [(row["due_on"], row["expires_on"], row["title"]) for row in due(base, "recall")]
    assert found == [(date(2026, 4, 1), NEVER, "Подушка безопасности")]
