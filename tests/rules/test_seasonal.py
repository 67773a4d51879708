from dataclasses import replace
from datetime import date

import pytest
from tests.rules.base import Base, due, left_out

from vernost.accounts.rules import RuleSettings
from vernost.invitations.kinds.seasonal import Season, season_of

OCTOBER = date(2026, 10, 10)


def winter(base, as_of=OCTOBER, **settings):
    rows = due(base, "seasonal", as_of=as_of, settings=replace(RuleSettings(), **settings))
    return [row["vehicle_id"] for row in rows if row["season"] == "winter_tyres"]


def active():
    return Base().customer().car().visit(date(2026, 4, 1))


def test_the_owners_of_the_active_base_are_due_from_the_first_day_of_the_window():
    rows = [row for row in due(active(), "seasonal", as_of=OCTOBER) if row["season"] == "winter_tyres"]
    assert rows == [
        {
            "vehicle_id": 1,
            "customer_id": 10,
            "due_on": date(2026, 10, 1),
            "expires_on": date(2026, 11, 15),
            "anchor": "season:winter_tyres:2026",
            "reason_code": "winter_tyres",
            "season": "winter_tyres",
            "season_ends_on": date(2026, 11, 15),
        }
    ]


@pytest.mark.parametrize(
    ("code", "window", "as_of", "starts_on", "ends_on"),
    [
        ("winter_tyres", "10-01..11-15", date(2026, 10, 1), date(2026, 10, 1), date(2026, 11, 15)),
        ("winter_tyres", "10-01..11-15", date(2026, 11, 15), date(2026, 10, 1), date(2026, 11, 15)),
        ("winter_tyres", "10-01..11-15", date(2026, 11, 16), date(2027, 10, 1), date(2027, 11, 15)),
        ("summer_tyres", "03-15..04-30", date(2026, 1, 1), date(2026, 3, 15), date(2026, 4, 30)),
        ("air_conditioning", "05-01..05-31", date(2026, 5, 31), date(2026, 5, 1), date(2026, 5, 31)),
        ("winter_tyres", "11-15..01-31", date(2027, 1, 31), date(2026, 11, 15), date(2027, 1, 31)),  # over New Year
        ("winter_tyres", "02-01..02-29", date(2027, 2, 10), date(2027, 2, 1), date(2027, 3, 1)),
    ],
)
def test_the_window_is_the_one_open_on_the_day_else_the_next(code, window, as_of, starts_on, ends_on):
    assert season_of(code, window, as_of) == Season(code, starts_on, ends_on)


@pytest.mark.parametrize(
    ("base", "why"),
    [
        (Base().customer().car(), "owner_not_active"),  # a prospect
        (Base().customer().car().visit(date(2025, 10, 9)), "owner_not_active"),  # asleep: 366 days
        (Base().customer(blocked=True).car().visit(date(2026, 4, 1)), "owner_not_active"),
        (Base().customer(blocked_on=OCTOBER).car().visit(date(2026, 4, 1)), "owner_not_active"),
        (Base().customer().car().visit(date(2026, 4, 1), customer_id=77), "owner_not_active"),  # brought by another
    ],
)
def test_owners_outside_the_active_base_are_left_out(base, why):
    assert winter(base) == []
    assert set(left_out(base, "seasonal", as_of=OCTOBER)) == {why}


def test_the_owners_visits_with_any_car_count():
    assert winter(Base().customer().car().visit(date(2025, 10, 10), vehicle_id=2)) == [1]


def test_blocked_tomorrow_is_not_blocked_today():
    assert winter(Base().customer(blocked_on=date(2026, 10, 11)).car().visit(date(2026, 4, 1))) == [1]
    assert winter(Base().customer(blocked=False, blocked_on=OCTOBER).car().visit(date(2026, 4, 1))) == [1]


@pytest.mark.parametrize(
    ("on", "line", "kind", "served"),
    [
        (date(2026, 10, 1), {"category_key": "tyres"}, "repair", True),
        (date(2026, 10, 10), {"category_key": "tyres"}, "repair", True),
        (date(2026, 10, 11), {"category_key": "tyres"}, "repair", False),  # not known yet
        (date(2026, 9, 30), {"category_key": "tyres"}, "repair", False),  # before the season
        (date(2026, 10, 5), {"category_key": "tyres", "declined": True}, "repair", False),
        (date(2026, 10, 5), {"category_key": "brakes"}, "repair", False),
        (date(2026, 10, 5), {}, "tyres", True),
    ],
)
def test_a_season_already_served_is_left_out(on, line, kind, served):
    base = active().visit(on, kind=kind).line(**line)
    assert winter(base) == ([] if served else [1])


def test_the_categories_are_a_setting_and_air_conditioning_has_its_own():
    base = active().visit(date(2026, 10, 5)).line(category_key="шиномонтаж")
    assert winter(base, tyre_categories=("tyres", "шиномонтаж")) == []
    may = date(2026, 5, 20)
    cooled = Base().customer().car().visit(date(2026, 5, 2)).line(category_key="air_conditioning")
    rows = due(cooled, "seasonal", as_of=may)
    assert "air_conditioning" not in {row["season"] for row in rows}
    tyres = Base().customer().car().visit(date(2026, 5, 2), kind="tyres")
    assert "air_conditioning" in {row["season"] for row in due(tyres, "seasonal", as_of=may)}


def test_a_season_can_be_switched_off():
    assert due(active(), "seasonal", as_of=OCTOBER, winter_tyres="", summer_tyres="", air_conditioning="") == []
    seasons = {row["season"] for row in due(active(), "seasonal", as_of=OCTOBER, summer_tyres="")}
    assert seasons == {"winter_tyres", "air_conditioning"}
