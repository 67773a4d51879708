"""`vernost report forecast`: from the database to the last column."""

from datetime import date, timedelta

import pytest
from tests import command_line
from tests.command_line import told
from tests.nights import TODAY, branch, order, person

from vernost.accounts.models import BranchDay
from vernost.workshop.models import Appointment, OrderLine

CLOSED = TODAY + timedelta(days=2)


@pytest.fixture(scope="module", autouse=True)
def base(shared_rows):  # noqa: ARG001 - lets it be committed
    """Kazan works two hours each Monday and one each Thursday for half a year; Samara is three days old."""
    kazan, samara = branch(name="Kazan"), branch(name="Samara")
    car = person(1, branch=kazan, serviced_on=None)[1]
    for back in range(182):
        day = TODAY - timedelta(days=back)
        hours = {0: 2, 3: 1}.get(day.weekday())
        if hours:
            made = order(car, day, external_id=f"O-{back}")
            OrderLine.objects.create(order=made, line_no=1, kind="labour", name="work", quantity=hours, amount=100)
            OrderLine.objects.create(
                order=made, line_no=2, kind="labour", name="no", quantity=9, amount=0, declined=True
            )
            OrderLine.objects.create(order=made, line_no=3, kind="part", name="oil", quantity=5, amount=100)
    order(person(2, branch=samara, serviced_on=None)[1], TODAY - timedelta(days=2), external_id="O-new")
    BranchDay.objects.create(branch=kazan, on=CLOSED, open_at=None, close_at=None)
    assert not Appointment.objects.exists()


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    command_line.on_this_database(monkeypatch)


def test_a_branch_has_the_week_ahead_that_it_always_had():
    rows = told("report", "forecast", "--as-of", f"{TODAY}")["rows"]
    branches = {row["branch"] for row in rows}
    assert len(rows) == 56 * len(branches) == 112
    kazan = [row for row in rows if row["simple_error"] is not None]
    for row in kazan:
        day = date.fromisoformat(row["on"])
        is_closed = day == CLOSED
        assert row["is_open"] is not is_closed
        expected = 0 if is_closed else {0: 2, 3: 1}.get(day.weekday(), 0)
        assert row["hours"] == pytest.approx(expected, abs=0.3)
        assert row["hours_from"] <= row["hours"] <= row["hours_to"]
    # Samara is too young.
    assert {row["method"] for row in rows if row["simple_error"] is None} == {"not_enough_data"}


def test_before_the_first_visit_there_is_no_branch():
    assert told("report", "forecast", "--as-of", "2000-01-01")["rows"] == []
