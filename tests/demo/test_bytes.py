from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.demo.reading import UNTIL, names, read

from vernost import demo


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / f"{name}.csv").read_bytes() for name in names(folder)}


def made(folder: Path, *, customers: int = 300, seed: int = 5, until: date = UNTIL) -> dict[str, bytes]:
    demo.generate(customers=customers, seed=seed, until=until, out=folder)
    return contents(folder)


def test_same_arguments_give_the_same_bytes(tmp_path):
    assert made(tmp_path / "one") == made(tmp_path / "two")


def test_an_earlier_dealership_in_the_folder_is_replaced(tmp_path):
    made(tmp_path, customers=500, seed=6)
    assert made(tmp_path) == made(tmp_path / "elsewhere")


def test_another_seed_gives_another_dealership(tmp_path):
    one, two = made(tmp_path / "one"), made(tmp_path / "two", seed=6)
    same = {name for name in one if one[name] == two[name]}
    # The group and its plans are the same for everybody, and a small base may have no changed cluster or second card.
    assert same <= {"branches", "maintenance_plans", "truth/clusters", "truth/duplicates"}


def test_another_day_gives_another_history(tmp_path):
    one, two = made(tmp_path / "one"), made(tmp_path / "two", until=UNTIL + timedelta(days=1))
    assert one["orders"] != two["orders"]


def test_ids_and_plates_are_unique_across_chunks_of_customers(tmp_path):
    demo.generate(customers=20_500, seed=3, until=UNTIL, out=tmp_path)
    assert len(read(tmp_path, "customers")) == 20_500
    for name in ("customers", "vehicles", "orders", "appointments", "interactions", "deals", "part_orders"):
        ids = [row["id"] for row in read(tmp_path, name)]
        assert len(ids) == len(set(ids)), name
    plates = [row["plate"] for row in read(tmp_path, "vehicles") if row["plate"].isupper() and " " not in row["plate"]]
    assert len(plates) == len(set(plates))
    lines = [(row["order_id"], row["line_no"]) for row in read(tmp_path, "order_lines")]
    assert len(lines) == len(set(lines))
    recalls = [(row["code"], row["vin"]) for row in read(tmp_path, "recalls")]
    assert len(recalls) == len(set(recalls))


@pytest.mark.parametrize("customers", [1, 2, 7])
def test_the_smallest_dealerships_are_whole(tmp_path, customers):
    demo.generate(customers=customers, seed=customers, until=UNTIL, out=tmp_path)
    assert len(read(tmp_path, "customers")) == customers
    assert read(tmp_path, "vehicles")


@pytest.mark.parametrize("until", [demo.EARLIEST, demo.LATEST])
def test_any_day_in_range_can_be_the_last_one(tmp_path, until):
    demo.generate(customers=200, seed=1, until=until, out=tmp_path)
    assert read(tmp_path, "orders")


@pytest.mark.parametrize(
    ("customers", "until"), [(0, UNTIL), (10, demo.EARLIEST - timedelta(days=1)), (10, demo.LATEST + timedelta(days=1))]
)
def test_impossible_arguments_are_refused(tmp_path, customers, until):
    with pytest.raises(ValueError, match=r"customer|until"):
        demo.generate(customers=customers, seed=1, until=until, out=tmp_path)


def test_progress_grows_to_the_whole(tmp_path):
    heard = []
    demo.generate(
        customers=20_001, seed=1, until=UNTIL, out=tmp_path, progress=lambda _part, share: heard.append(share)
    )
    assert heard == [0.0, 0.5, 1.0]
