"""`vernost report value`, and the models that the night keeps."""

from datetime import timedelta

import pytest
from tests import command_line
from tests.command_line import told
from tests.nights import TODAY, at, branch, order, person

from vernost import facts
from vernost.facts import operations as mirror
from vernost.segments import jobs, value_fits
from vernost.segments.rules.value import base as bases
from vernost.segments.rules.value import plain


@pytest.fixture(scope="module", autouse=True)
def base(shared_rows):  # noqa: ARG001 - lets it be committed
    kazan = branch(name="Kazan")
    for number in range(1, 41):
        first = TODAY - timedelta(days=420 + number * 10)
        car = person(number, branch=kazan, serviced_on=first, margin=1000)[1]
        if number % 2:
            order(car, TODAY - timedelta(days=number * 5), external_id=f"O-2-{number}", amount=number * 100)


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    command_line.on_this_database(monkeypatch)


def test_what_was_expected_a_year_ago_stands_beside_what_came():
    document = told("report", "value", "--as-of", f"{TODAY}")
    rows = document["rows"]
    assert {(row["model"], row["reason"]) for row in rows if row["reason"]} == {
        ("bg_nbd", "nobody_came_twice"),
        ("mbg_nbd", "nobody_came_twice"),
    }
    assert [
        {name: row[name] for name in ("model", "chosen", "frequency", "customers", "actual", "came")}
        for row in rows
        if not row["reason"]
    ] == [
        {"model": "simple_rate", "chosen": True, "frequency": "0", "customers": 40, "actual": 0.5, "came": 0.5},
        {"model": "simple_rate", "chosen": True, "frequency": "all", "customers": 40, "actual": 20, "came": 20},
    ]


def test_before_the_first_visit_there_is_nothing_to_test():
    assert told("report", "value", "--as-of", "2000-01-01")["rows"] == []


def test_the_night_keeps_the_models_of_its_day(tmp_path, settings, monkeypatch):
    settings.MIRROR_DIR = tmp_path / "mirror"
    mirror.rebuild(now=at(TODAY))
    con = facts.connect()
    assert value_fits.of(TODAY) is None
    fit = value_fits.fit(as_of=TODAY)
    assert plain.speaking(value_fits.of(TODAY)) == (fit.chosen, fit.amount)
    monkeypatch.setattr(bases, "estimate", None)
    assert bases.speaking(con, TODAY) == (fit.chosen, fit.amount)
    assert value_fits.of(TODAY - timedelta(days=1)) is None


def test_the_models_are_fitted_half_an_hour_before_the_night():
    assert jobs.before_the_night("03:00", "Europe/Moscow") == "30 23 * * *"
    assert jobs.before_the_night("00:15", "UTC") == "45 23 * * *"
