"""What of the base a page of analytics looks at is read from its address, and kept by its links."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from vernost.office.analytics.chosen import chosen_of
from vernost.reports.queries.analytics.look import Look

DAY = date(2025, 10, 31)


@pytest.mark.parametrize(
    ("query", "look", "period"),
    [
        ("", Look(DAY, date(2025, 1, 1)), "year"),
        ("on=2024-02-29&period=twelve", Look(date(2024, 2, 29), date(2023, 3, 1)), "twelve"),
        ("on=2024-05-15&period=quarter", Look(date(2024, 5, 15), date(2024, 4, 1)), "quarter"),
        ("period=month&branch=3&segment=vip", Look(DAY, date(2025, 10, 1), 3, "vip"), "month"),
        ("period=custom&since=2025-12-01", Look(DAY, DAY), "custom"),
        ("on=2030-01-01&period=nonsense&since=x&branch=x", Look(DAY, date(2025, 1, 1)), "year"),
    ],
)
def test_look_is_read_from_the_address(rf, query, look, period):
    chosen = chosen_of(rf.get(f"/?{query}").GET, DAY)
    assert (chosen.look, chosen.period) == (look, period)


def test_lists_keep_the_look(rf):
    chosen = chosen_of(rf.get("/?on=2024-05-15&branch=2&format=xlsx&page=3").GET, DAY)
    parts = urlsplit(chosen.people("cohort", from_="2024-01", to="2024-03", year=None))
    assert parse_qs(parts.query) == {
        "on": ["2024-05-15"],
        "branch": ["2"],
        "list": ["cohort"],
        "from": ["2024-01"],
        "to": ["2024-03"],
    }


def test_what_a_period_is_compared_with():
    look = Look(date(2024, 3, 31), date(2024, 3, 1))
    assert look.before() == Look(date(2024, 2, 29), date(2024, 1, 30))
    assert look.year_ago() == Look(date(2023, 3, 31), date(2023, 3, 1))
