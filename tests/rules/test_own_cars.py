"""Which cars a segment takes for the customer's own on a day."""

from datetime import date, timedelta

import pytest
from tests.rules.base import Base

from vernost import facts
from vernost.accounts.rules import RuleSettings
from vernost.segments.attributes import Known
from vernost.segments.attributes.vehicles import own_cars

TODAY = date(2026, 11, 30)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("scrapped", "scrapped_on", "owned"),
    [
        (False, None, 1),
        (None, None, 1),
        (True, None, 0),
        (True, ago(-1), 0),
        (False, ago(-1), 1),
        (False, ago(0), 0),
    ],
)
def test_a_car_is_scrapped_always_where_its_row_says_so_else_since_the_event(scrapped, scrapped_on, owned):
    base = Base().customer().car(scrapped=scrapped, scrapped_on=scrapped_on)
    con = facts.of_rows(base.rows, built=True)
    cars = con.to_pyarrow(own_cars(Known(con, TODAY, RuleSettings(), pytest.fail)))
    assert cars["customer_id"].to_pylist() == [10] * owned
