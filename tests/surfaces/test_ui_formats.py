"""How values are written for a Russian reader."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.timezone import localdate

from vernost.core import formats
from vernost.core.zones import zone

YEAR = localdate().year


@pytest.fixture(autouse=True)
def russian():
    with translation.override("ru"):
        yield


def shown(written):
    """Make no-break spaces visible."""
    return written.replace("\u00a0", "_")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.number(1284), "1_284"),
        (formats.number(Decimal("1284.45"), 1), "1_284,5"),
        (formats.number(-1310), "−1_310"),
        (formats.number(Decimal("-0.04"), 1), "0,0"),
        (formats.signed(24), "+24"),
        (formats.signed(0), "0"),
        (formats.signed(-412), "−412"),
        (formats.roubles(18450), "18_450_₽"),
        (formats.roubles_exact(Decimal("18450.5")), "18_450,50_₽"),
        (formats.trimmed(Decimal("32.00")), "32"),
        (formats.trimmed(Decimal("12.5")), "12,50"),
        (formats.roubles_trimmed(Decimal("10000.00")), "10_000_₽"),
        (formats.roubles_short(14_200_000), "14,2 млн ₽"),
        (formats.roubles_short(999_999), "999_999_₽"),
        (formats.roubles_short(-2_450_000_000), "−2,5 млрд ₽"),
        (formats.percent(Decimal("0.614")), "61,4_%"),
        (formats.percent_change(0.059), "+5,9_%"),
        (formats.points(Decimal("0.021")), "+2,1 п. п."),
        (formats.kilometres(48200), "48_200 км"),
        (formats.labour_hours(Decimal("1.4")), "1,4 н/ч"),
    ],
)
def test_numbers(written, expected):
    assert shown(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (formats.day(date(2026, 11, 26)), "26.11.2026"),
        (formats.clock(time(9, 0)), "9:00"),
        (formats.duration(134), "2:14"),
        (formats.duration(3734), "1:02:14"),
    ],
)
def test_days_and_times(written, expected):
    assert written == expected


def test_the_present_year_is_not_named():
    assert shown(formats.day_short(date(YEAR, 11, 26))) == "26_ноя"
    assert shown(formats.day_short(date(YEAR - 1, 11, 26))) == f"26_ноя_{YEAR - 1}"
    assert shown(formats.day_long(date(YEAR, 5, 1))) == "1_мая"
    assert shown(formats.week(date(YEAR, 11, 2))) == "2–8_ноя"
    assert shown(formats.week(date(YEAR, 11, 28))) == "28_ноя_– 4_дек"
    assert shown(formats.week(date(YEAR, 12, 29))) == f"29_дек_– 4_янв_{YEAR + 1}"
    assert shown(formats.moment(datetime(YEAR, 11, 26, 9, 5))) == "26_ноя, 9:05"  # noqa: DTZ001 - a moment of the page's zone
    assert shown(formats.weekday(date(2025, 11, 26))) == "ср_26_ноября" + ("" if YEAR == 2025 else "_2025")
    assert shown(formats.month(date(2026, 11, 1))) == "ноябрь_2026"
    # A word of a page once stood in the place of the month's name.
    assert shown(formats.month(date(2026, 5, 1))) == "май_2026"


@pytest.mark.parametrize(
    ("value", "whole", "masked"),
    [
        ("+79171234567", "+7_917_123-45-67", "+7_917_•••_45-67"),
        ("+375291234567", "+375_29_123-45-67", "+37529_•••_45-67"),
        ("ask the wife", "ask the wife", "•••"),
        ("112", "112", "•••"),
        ("", "—", "—"),
        (None, "—", "—"),
    ],
)
def test_phones(value, whole, masked):
    assert (shown(formats.phone(value)), shown(formats.phone_masked(value))) == (whole, masked)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("А123ВС116", ("А123ВС", "116")),
        ("a123bc 77", ("А123ВС", "77")),
        ("АН1234 16", ("АН1234", "16")),
        ("Т 777 ТТ", ("Т 777 ТТ", "")),
    ],
)
def test_plates(value, parts):
    assert formats.plate_parts(value) == parts


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Иванов Сергей Петрович", "ИС"), ("ООО «Вектор-Логистик»", "ОВ"), ("Петрова", "П"), ("", ""), ("12-34", "")],
)
def test_initials(name, expected):
    assert formats.initials(name) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("system:import", "загрузка"),
        ("system:night", "ночной отбор"),
        ("system:lease", "система"),
        ("Марина Соколова", "Марина Соколова"),
        ("", "—"),
    ],
)
def test_who_did_it(code, expected):
    assert formats.who(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Asia/Yekaterinburg", "Екатеринбург, UTC+5"),
        ("Asia/Sakhalin", "Сахалин, UTC+11"),
        ("Asia/Almaty", "Asia/Almaty"),
        (None, ""),
    ],
)
def test_zones(code, expected):
    assert zone(code) == expected


def test_english():
    with translation.override("en"):
        assert shown(formats.number(Decimal("-1284.5"), 1)) == "−1,284.5"
