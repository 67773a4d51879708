"""Columns of the mirror as arrays hold what its tables hold, after any change, and are written once for a base."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import ibis
import numpy as np
import pytest
from tests import factories
from tests.nights import company, order, person, told_company

from vernost import facts
from vernost.facts import calibration, flat_files, operations, vehicle_states
from vernost.facts.flat import Flat, Wanted
from vernost.facts.flat_files import FOLDER
from vernost.facts.rates import STEPS
from vernost.invitations.rules.dense import CARS, PEOPLE, WORDS, WORKS
from vernost.invitations.rules.dense_value import VISIT_DAYS
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 30, 6, tzinfo=UTC)
ALL = (CARS, PEOPLE, STEPS, WORDS, WORKS, VISIT_DAYS)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings, monkeypatch):
    settings.MIRROR_DIR = tmp_path / "mirror"
    # Small tables have files too, and changes are laid over them.
    monkeypatch.setattr("vernost.facts.flat_files.FEW", 0)


def in_words(flat: Flat, gone: Any = ()) -> list[tuple[Any, ...]]:
    """The rows with their keys, those that are gone left out."""
    columns: dict[str, list[Any]] = {"key": np.repeat(flat.keys, np.diff(flat.starts)).tolist()}
    for name, values in flat.columns.items():
        words = flat.words.get(name)
        columns[name] = [*words, None] if words is not None else values.tolist()
        if words is not None:
            columns[name] = [columns[name][place] for place in values.tolist()]
    for name, texts in flat.texts.items():
        columns[name] = texts.all().to_pylist()
    rows = zip(*(columns[name] for name in sorted(columns)), strict=True)
    keys = set(np.asarray(gone).tolist())
    return sorted((row for row, key in zip(rows, columns["key"], strict=True) if key not in keys), key=repr)


def found(wanted: Wanted) -> list[tuple[Any, ...]]:
    con = facts.connect()
    if wanted in (CARS, PEOPLE):
        return in_words(flat_files.single(con, wanted))
    parts = (in_words(part, gone) for part, gone in flat_files.layers(con, wanted))
    return sorted((row for part in parts for row in part), key=repr)


def told(wanted: Wanted) -> list[tuple[Any, ...]]:
    """The same of the tables as they are read, without any file."""
    con = facts.connect()
    con.mirror = None
    return in_words(flat_files.layers(con, wanted)[0][0])


def tangle(chance, number):
    orders, on = list(RepairOrder.objects.order_by("pk")), date(2026, chance.randint(1, 11), chance.randint(1, 28))
    chosen = chance.choice(orders)
    match chance.choice(("new", "order", "moved", "gone", "model", "sold", "told", "put off")):
        case "new":
            person(100 + number, consent=True)
        case "order":
            order(chosen.vehicle, on, external_id=f"T-{number}", mileage_km=chance.randint(1, 90_000))
        case "moved":
            RepairOrder.objects.filter(pk=chosen.pk).update(closed_on=chosen.closed_on + timedelta(days=3))
        case "gone" if len(orders) > 1:
            chosen.delete()
        case "model":
            Vehicle.objects.filter(pk=chosen.vehicle_id).update(model=chance.choice(["Granta", "Niva"]))
        case "sold":
            Vehicle.objects.filter(pk=chosen.vehicle_id).update(sold_on=on, sold_by_us=True)
        case "told":
            told_company(chosen.customer, company(f"{number}"), given=number % 2 == 0, on=on)
        case _:
            factories.order(vehicle=chosen.vehicle, customer=chosen.customer, opened_on=on, lines=[("x", "9", True)])


@pytest.mark.parametrize(("seed", "few"), [(1, 50_000), (2, 6)])
def test_arrays_hold_what_the_tables_hold_after_any_change(seed: int, few: int, monkeypatch):
    monkeypatch.setattr("vernost.facts.build.FEW", few)
    chance = Random(seed)
    for number in range(5):
        customer, _car = person(number, margin=100 * number)
        told_company(customer, company(f"First {number}"), given=True, on=NOW.date())
    for number in range(4):
        operations.refresh(now=NOW)
        assert {wanted.name: found(wanted) for wanted in ALL} == {wanted.name: told(wanted) for wanted in ALL}
        for deed in range(3):
            tangle(chance, number * 3 + deed)
    con = facts.connect()
    cars = con.con.sql("SELECT vehicle_id FROM cars ORDER BY vehicle_id LIMIT 4").to_arrow_table()
    by_loops = vehicle_states.some_states(con, NOW.date(), cars, calibration.ranges(con, NOW.date()))
    defined = vehicle_states.states(con, NOW.date(), ibis.memtable(cars), calibration.ranges(con, NOW.date()))
    assert by_loops.sort_by("vehicle_id").to_pylist() == con.to_pyarrow(defined.order_by("vehicle_id")).to_pylist()
    assert by_loops.num_rows == 4


def test_the_files_of_a_base_are_linked_by_the_versions_after_it():
    customer, car = person(1)
    first = operations.refresh(now=NOW).mirror
    # Nobody has needed them yet.
    flat_files.follow(first)
    assert not (first.folder / FOLDER / "cars.keys.npy").exists()
    assert found(CARS)
    order(car, date(2026, 11, 3), external_id="T-1", customer=customer)
    second = operations.refresh(now=NOW).mirror
    flat_files.follow(second)
    one, other = (mirror.folder / FOLDER / "cars.keys.npy" for mirror in (first, second))
    assert one.samefile(other)
    assert found(CARS) == told(CARS)
