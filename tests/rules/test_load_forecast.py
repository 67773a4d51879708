"""The load ahead: its parts by hand, what the back-test decides, and that its interval holds."""

import warnings

import numpy as np
import pytest

from vernost.reports.rules import forecast
from vernost.reports.rules.forecast import DAYS, MODEL, NOTHING, SIMPLE, Ahead, BranchPast, Unbooked

warnings.filterwarnings("ignore", category=DeprecationWarning, module="statsforecast")
YEARS_3 = 3 * 365 + 2 * DAYS
WEEKLY = np.array([8.0, 6.0, 6.0, 6.0, 8.0, 3.0, 0.0])


def past(others, maintenance=None, is_open=None, first_weekday=0):
    others = np.asarray(others, dtype=float)
    maintenance = np.zeros(len(others)) if maintenance is None else maintenance
    return BranchPast(maintenance, others, np.ones(len(others), bool) if is_open is None else is_open, first_weekday)


def ahead(booked=0.0, due=0.0, others=None, is_open=None):
    others = np.zeros(8) if others is None else others
    is_open = np.ones(DAYS, bool) if is_open is None else is_open
    return Ahead(np.full(DAYS, booked), np.full(8, due), others, others / 10, is_open)


def knowing(hours, **more):
    """What a branch alone in its group knows so many days before."""

    def known(back):
        weeks, _half = forecast.weeks_ahead(forecast.weeks_of(hours[: len(hours) - back]))
        return ahead(others=weeks, **more), EVERYBODY_UNBOOKED

    return known


EVERYBODY_UNBOOKED = Unbooked(np.ones(DAYS), np.ones(DAYS))


def weekly(days):
    return np.tile(WEEKLY, days // 7 + 1)[:days]


def test_the_simple_mean_is_that_of_the_last_eight_equal_weekdays():
    hours = weekly(70) + np.repeat(np.arange(10), 7)
    is_open = np.ones(70, bool)
    is_open[63] = False
    told, deviation = forecast.simple_mean(past(hours, is_open=is_open), np.ones(DAYS, bool))
    # Of Mondays the last one was closed: weeks 1 to 8 of 0 to 9; of other days weeks 2 to 9.
    assert told[:7].tolist() == [8 + 4.5, 6 + 5.5, 6 + 5.5, 6 + 5.5, 8 + 5.5, 3 + 5.5, 5.5]
    assert told[7:14].tolist() == told[:7].tolist()
    assert deviation[0] == pytest.approx(np.std(np.arange(8)))


def test_closed_days_ahead_have_no_hours():
    is_open = np.ones(DAYS, bool)
    is_open[[3, 10]] = False
    told = forecast.forecast(past(weekly(YEARS_3)), lambda _back: (ahead(2, 10, is_open=is_open), EVERYBODY_UNBOOKED))
    assert (told.hours[[3, 10]] == 0).all()
    assert (told.high[[3, 10]] == 0).all()


def test_due_hours_go_to_the_open_days_as_maintenance_always_did():
    maintenance = np.tile([4.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0], 20)
    is_open = np.ones(DAYS, bool)
    is_open[0] = False
    told = forecast.by_day(maintenance, 0, np.full(8, 10.0), is_open)
    # The Monday of the first week is closed: its work comes on Tuesday.
    assert told[:9].tolist() == [0, 10, 0, 0, 0, 0, 0, 5, 5]


def test_what_a_closed_day_lacks_is_that_of_the_weekdays_before():
    hours, is_open = weekly(70), np.ones(70, bool)
    hours[49], is_open[49] = 0, False
    assert forecast.filled(hours, is_open).tolist() == weekly(70).tolist()


def test_parts_add_up_and_the_book_takes_its_share():
    unbooked = Unbooked(np.linspace(0.1, 1, DAYS), np.linspace(0.2, 1, DAYS))
    told = forecast.parts(
        past(weekly(YEARS_3), weekly(YEARS_3)), ahead(booked=5, due=70, others=np.full(8, WEEKLY.sum())), unbooked
    )
    assert told.booked.tolist() == [5.0] * DAYS
    follows = weekly(YEARS_3 + DAYS)[YEARS_3:]
    assert told.due == pytest.approx(70 * follows / WEEKLY.sum() * unbooked.maintenance)
    assert told.walk_ins == pytest.approx(follows * unbooked.others, abs=1e-9)
    assert told.hours == pytest.approx(told.booked + told.due + told.walk_ins)


def with_a_tyre_season(seed, days):
    """Twice a year for some weeks three times the hours; the second is in the middle of the weeks after the day."""
    chance = np.random.default_rng(seed)
    day = (np.arange(days) - days) % 365
    season = 1 + 2 * np.exp(-(((day - 335) / 14) ** 2)) + 2 * np.exp(-(((day - 150) / 14) ** 2))
    level = weekly(days) * 5 * season
    return chance.poisson(level).astype(float), level


def test_a_season_of_the_year_is_foretold_where_the_mean_is_not():
    whole, level = with_a_tyre_season(1, YEARS_3 + DAYS)
    told = forecast.forecast(past(whole[:-DAYS]), knowing(whole[:-DAYS]))
    truth = whole[-DAYS:]
    simple, _deviation = forecast.simple_mean(past(whole[:-DAYS]), np.ones(DAYS, bool))
    assert level.max() > 100
    assert told.method == MODEL
    assert told.model_error < told.simple_error
    assert np.abs(told.hours - truth).mean() < 0.7 * np.abs(simple - truth).mean()
    inside = ((told.low <= truth) & (truth <= told.high)).mean()
    assert 0.65 <= inside <= 0.98


def test_where_the_model_is_not_better_the_mean_is_used_and_named():
    """Booked hours that never come: the back-test finds the model out."""
    told = forecast.forecast(past(weekly(YEARS_3)), knowing(weekly(YEARS_3), booked=50))
    simple, _deviation = forecast.simple_mean(past(weekly(YEARS_3)), np.ones(DAYS, bool))
    assert (told.method, told.parts) == (SIMPLE, None)
    assert told.model_error > told.simple_error
    assert told.hours.tolist() == simple.tolist()


def test_closed_days_are_no_merit_of_a_forecast():
    """Weekends closed; 10 hours a day, but of the last eight weeks 11, 12 … 50: the mean has errors of 1 to 40."""
    is_open = np.tile([True] * 5 + [False] * 2, 40)
    hours = 10.0 * is_open
    hours[-DAYS:][is_open[-DAYS:]] += np.arange(1, 41)
    base = past(hours, is_open=is_open)
    told = forecast.forecast(base, lambda _back: (ahead(booked=500, is_open=is_open[:DAYS]), EVERYBODY_UNBOOKED))
    _mean, deviation = forecast.simple_mean(base, is_open[:DAYS])
    assert (told.method, told.simple_error) == (SIMPLE, 20.5)
    assert told.high[0] - told.hours[0] == pytest.approx((deviation[0] + 1) * np.quantile(np.arange(1, 41), 0.8))


def test_a_branch_that_was_closed_all_the_time_has_no_test():
    shut = np.zeros(DAYS, bool)
    told = forecast.forecast(
        past(weekly(280)), lambda back: (ahead(is_open=shut if back else None), EVERYBODY_UNBOOKED)
    )
    assert (told.method, told.simple_error, told.hours[0]) == (SIMPLE, None, 8.0)


def test_a_branch_has_its_share_of_the_group():
    group = np.full(60, 40.0)
    assert forecast.share_of(np.full(60, 10.0), group) == 0.25
    assert forecast.share_of(np.array([10.0, 30.0]), group) == 0.5
    assert forecast.share_of(np.array([]), group) == 0.0
    assert forecast.weeks_of(np.arange(16.0)).tolist() == [35.0, 84.0]


def test_a_young_branch_has_the_mean_and_a_new_one_nothing():
    def known(_back):
        return ahead(booked=3), EVERYBODY_UNBOOKED

    young = forecast.forecast(past(weekly(70)), known)
    new = forecast.forecast(past(weekly(3)), known)
    assert (young.method, young.model_error, young.hours[0]) == (SIMPLE, None, 8.0)
    assert new.method == NOTHING


def test_a_branch_without_work_is_no_failure():
    told = forecast.forecast(past(np.zeros(YEARS_3)), lambda _back: (ahead(), EVERYBODY_UNBOOKED))
    assert told.hours.tolist() == [0.0] * DAYS
