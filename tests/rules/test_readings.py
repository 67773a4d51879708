"""What orders and people say of odometers, judged in one pass, against the kernels over everything."""

from datetime import date, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from vernost.facts import chains, readings

FIRST = date(2026, 1, 1)
SAID = pa.schema([("vehicle_id", pa.int64()), ("day", pa.int64()), ("km", pa.int32()), ("ref", pa.string())])
EPOCH = date(1970, 1, 1)

said = st.lists(
    st.tuples(
        st.integers(1, 3), st.integers(0, 4), st.integers(1, 6).map(lambda km: km * 700), st.sampled_from([None, *"ab"])
    ),
    max_size=14,
)


def sorted_rows(told: list) -> list:
    return sorted(told, key=lambda row: (*row[:3], row[3] is None, row[3] or ""))


@given(said)
def test_every_reading_is_judged_as_if_all_went_through_the_kernels(told):
    first = (FIRST - EPOCH).days
    rows = [{"vehicle_id": car, "day": first + day, "km": km, "ref": ref} for car, day, km, ref in sorted_rows(told)]
    found = readings.judged(pa.Table.from_pylist(rows, schema=SAID)).to_pylist()
    assert found == expected(told)


def expected(told: list) -> list[dict]:
    refs: dict[tuple[int, int, int], list[str]] = {}
    for car, day, km, ref in sorted_rows(told):
        refs.setdefault((car, day, km), []).extend([ref] if ref else [])
    table = pa.table(
        {
            "vehicle_id": pa.array([car for car, _day, _km in refs], pa.int64()),
            "on": pa.array([FIRST + timedelta(days=day) for _car, day, _km in refs], pa.date32()),
            "km": pa.array([km for _car, _day, km in refs], pa.int32()),
        }
    )
    judged = chains.judge(table).to_pylist()
    texts = [",".join(some) for some in refs.values()]
    return [
        {**row, "day": (row["on"] - EPOCH).days, "order_ids": text} for row, text in zip(judged, texts, strict=True)
    ]


@given(said, st.integers(1, 5), st.data())
def test_what_people_say_lies_between_what_orders_say(told, batch, data):
    mine = data.draw(st.lists(st.booleans(), min_size=len(told), max_size=len(told)))
    rows = [dict(zip(SAID.names, row, strict=True)) for row in sorted_rows(told)]
    orders, people = (
        pa.Table.from_pylist([row for row, one in zip(rows, mine, strict=True) if one is whose], schema=SAID)
        for whose in (True, False)
    )
    vehicles = readings._whole_vehicles(orders.to_batches(max_chunksize=batch))
    both = list(readings._with_told(vehicles, people))
    cars = [set(table["vehicle_id"].to_pylist()) for table in both]
    found = [tuple(row.values()) for table in both for row in table.to_pylist()]
    assert [row[:3] for row in found] == [row[:3] for row in sorted_rows(told)]
    assert sorted_rows(found) == sorted_rows(told)
    # No vehicle is torn.
    assert sum(map(len, cars)) == len(set().union(*cars))


def test_the_columns_are_those_of_the_table():
    assert readings.judged(SAID.empty_table()).schema.names == list(readings.READINGS.columns)
