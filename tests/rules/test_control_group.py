"""The numbers are those of docs/algorithms/control-group.md."""

import pytest
from tests.rules.base import TODAY, Base, decide, reasons, rule
from tests.rules.test_suppression import ago, person, recalled

from vernost.invitations.rules.control import bucket, bucket_of
from vernost.invitations.rules.expressions import small_table

DRAWS = [
    ("next_service", "C-1001", "order:O-77", 6668),
    ("next_service", "C-10", "order:O-10", 9364),
    ("lost", "Ж-7", "visit:2025-08-31", 8059),
]


@pytest.mark.parametrize(("programme", "customer", "anchor", "drawn"), DRAWS)
def test_the_draw_is_the_first_eight_bytes_of_sha256(programme, customer, anchor, drawn):
    assert bucket(programme, customer, anchor) == drawn


def test_the_expression_draws_the_same():
    texts = ["|".join(draw[:3]) for draw in DRAWS] + [f"lost|C-{number}|visit:2025-01-01" for number in range(500)]
    rows = small_table([{"text": text} for text in texts], {"text": "string"})
    found = rows.select("text", drawn=bucket_of(rows.text)).to_pyarrow().to_pylist()
    assert [row["drawn"] for row in found] == [bucket(*row["text"].split("|")) for row in found]


def base():
    made = Base()
    for number in range(1, 61):
        person(made, number)
    return made


def held_out(rows):
    return sorted(row["vehicle_id"] for row in rows if row["reason"] == "held_out")


def drawn_below(share):
    return [number for number in range(1, 61) if bucket("next_service", f"C-{number}", f"order:O-{number}") < share]


def test_who_is_drawn_below_the_share_is_held_out():
    rows = decide(base(), rule("next_service", control_share=2000))
    assert held_out(rows) == drawn_below(2000)
    assert {row["reason"] for row in rows} == {"", "held_out"}


def test_a_cycle_once_drawn_keeps_its_arm_whatever_the_share_is_now():
    made = base()
    plain = {"programme": "next_service", "started_on": ago(5), "due_on": TODAY}
    for number, arm in ((1, True), (2, False)):
        made.add("cycles", cycle_id=number, vehicle_id=number, customer_id=number, anchor=f"order:O-{number}",
                 bucket=7, held_out=arm, **plain)  # fmt: skip
    assert held_out(decide(made, rule("next_service", control_share=0))) == [1]
    everybody = decide(made, rule("next_service", control_share=10_000))
    assert held_out(everybody) == [1, *range(3, 61)]
    assert next(row for row in everybody if row["vehicle_id"] == 1)["bucket"] == 7


def test_a_recall_is_never_held_out():
    made = recalled(person(Base(), 1), 1)
    assert reasons(decide(made, rule("recall", control_share=10_000))) == [("recall", 1, "")]


def test_a_held_out_pair_has_taken_its_car():
    made = person(Base(), 1).add("consents", customer_id=1, channel="call", given=True)
    rows = decide(made, rule("next_service", control_share=10_000), rule("lost"))
    assert reasons(rows) == [("lost", 1, "outranked"), ("next_service", 1, "held_out")]
