"""Which readings of an odometer count: docs/algorithms/odometer.md by example, and the kernels' plain reference."""

from datetime import date, timedelta
from itertools import combinations, pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vernost.facts import chains

FIRST = date(2024, 1, 10)
Reading = tuple[int, int]


def judged(*readings: Reading) -> list[dict]:
    """Judge readings of one car, each a day after the first one and a km."""
    days = [FIRST + timedelta(days=day) for day, _km in readings]
    told = pa.table(
        {
            "vehicle_id": pa.array([7] * len(readings), pa.int64()),
            "on": pa.array(days, pa.date32()),
            "km": pa.array([km for _day, km in readings], pa.int32()),
        }
    )
    rows: list[dict] = chains.judge(told).to_pylist()
    return rows


def accepted(*readings: Reading) -> list[int]:
    return [row["km"] for row in judged(*readings) if row["accepted"]]


def reasons(*readings: Reading) -> dict[int, str]:
    return {row["km"]: row["suspect_reason"] for row in judged(*readings) if not row["accepted"]}


def test_the_longest_chain_counts():
    readings = (0, 20_000), (180, 27_200), (360, 344_000), (540, 41_600), (720, 48_800)
    assert accepted(*readings) == [20_000, 27_200, 41_600, 48_800]
    assert reasons(*readings) == {344_000: "extra_digit"}


def test_the_whole_row_of_a_reading():
    first, second = judged((0, 20_000), (180, 27_200))
    assert first == {
        "vehicle_id": 7,
        "on": FIRST,
        "day": 19_732,
        "km": 20_000,
        "accepted": True,
        "chain": 0,
        "in_last_chain": True,
        "previous_day": None,
        "previous_km": None,
        "suspect_reason": "",
    }
    assert (second["previous_day"], second["previous_km"]) == (19_732, 20_000)


def test_a_thousand_km_a_day_is_possible_and_one_more_is_not():
    assert accepted((0, 10_000), (2, 12_000), (4, 14_000)) == [10_000, 12_000, 14_000]
    assert accepted((0, 10_000), (2, 12_001), (4, 12_500)) == [12_001, 12_500]


def test_two_readings_of_one_day_may_differ_by_a_day_of_driving():
    assert accepted((0, 10_000), (0, 11_000)) == [10_000, 11_000]
    assert accepted((0, 10_000), (0, 11_001)) == [11_001]


def test_of_chains_of_equal_length_the_one_with_the_later_end_counts():
    assert accepted((0, 30_000), (31, 20_000)) == [20_000]
    assert accepted((0, 30_000), (10, 50_000), (20, 31_000)) == [30_000, 31_000]


def test_a_drop_that_two_more_readings_bear_out_is_a_changed_cluster():
    rows = judged((0, 50_000), (200, 60_000), (400, 70_000), (600, 300), (800, 10_300))
    assert [(row["km"], row["chain"], row["in_last_chain"]) for row in rows] == [
        (50_000, 0, False),
        (60_000, 0, False),
        (70_000, 0, False),
        (300, 1, True),
        (10_300, 1, True),
    ]
    assert rows[3]["previous_km"] is None


def test_a_drop_that_one_reading_tells_is_a_mistake():
    assert accepted((0, 50_000), (200, 60_000), (400, 70_000), (600, 300)) == [50_000, 60_000, 70_000]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [(270_200, "extra_digit"), (2_720, "lost_digit"), (72_200, "typo"), (99_999, "other_car")],
)
def test_why_a_reading_is_suspect(wrong: int, reason: str):
    around = (0, 20_000), (30, 23_000), (60, wrong), (90, 29_000), (120, 31_000)
    assert reasons(*around) == {wrong: reason}


def test_a_swap_of_neighbours_is_a_typo():
    # 26 000 became 62 000; no single digit put right would do.
    assert reasons((0, 25_900), (1, 25_950), (2, 62_000), (3, 26_010), (4, 26_020)) == {62_000: "typo"}


def reference(readings: list[Reading]) -> list[int]:
    """Try every choice of readings; a lower one than before starts a chain."""
    places = range(len(readings))
    best: tuple[int, list[int]] | None = None
    for size in range(1, len(readings) + 1):
        for chosen in combinations(places, size):
            starts = 1
            for before, after in pairwise(chosen):
                if readings[after][1] < readings[before][1]:
                    starts += 1
                elif not allowed(readings[before], readings[after]):
                    break
            else:
                # Sorted by worth, then by the last reading, the last but one and so on.
                candidate = (2 * size - 3 * starts, list(reversed(chosen)))
                best = candidate if best is None else max(best, candidate)
    assert best is not None
    return sorted(best[1])


def allowed(before: Reading, after: Reading) -> bool:
    return 0 <= after[1] - before[1] <= 1000 * max(after[0] - before[0], 1)


def reference_reason(readings: list[Reading], chosen: list[int], place: int) -> str:
    before = max((other for other in chosen if other < place), default=None)
    after = min((other for other in chosen if other > place), default=None)
    day, km = readings[place]
    text = str(km)

    def fits(said: str) -> bool:
        if not said:
            return False
        value = (day, int(said))
        return (before is None or allowed(readings[before], value)) and (
            after is None or allowed(value, readings[after])
        )

    cuts = range(len(text) + 1)
    changes = {
        "extra_digit": [text[:cut] + text[cut + 1 :] for cut in cuts[:-1]],
        "lost_digit": [text[:cut] + digit + text[cut:] for cut in cuts for digit in "0123456789"],
        "typo": [text[:cut] + digit + text[cut + 1 :] for cut in cuts[:-1] for digit in "0123456789"]
        + [text[:cut] + text[cut + 1] + text[cut] + text[cut + 2 :] for cut in cuts[:-2]],
    }
    return next((reason for reason, said in changes.items() if any(map(fits, said))), "other_car")


# Few days and round kilometres: equal chains, steps at the border and drops are common.
DAYS = st.one_of(st.integers(0, 6), st.integers(0, 300))
KM = st.one_of(st.integers(1, 9).map(lambda thousand: thousand * 1000), st.integers(1, 130_000), st.integers(1, 120))


@given(st.lists(st.tuples(DAYS, KM), min_size=1, max_size=8, unique=True).map(sorted))
def test_the_kernels_equal_the_plain_reference(readings: list[Reading]):
    rows = judged(*readings)
    chosen = reference(readings)
    assert [place for place, row in enumerate(rows) if row["accepted"]] == chosen
    assert [row["suspect_reason"] for row in rows] == [
        "" if place in chosen else reference_reason(readings, chosen, place) for place in range(len(readings))
    ]


def test_a_car_with_thousands_of_wrong_readings_is_judged_in_no_time():
    falling = [(number, 200_000 - number) for number in range(60_000)]
    assert accepted(*falling) == [200_000 - 59_999]
