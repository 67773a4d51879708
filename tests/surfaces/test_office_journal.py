"""The journal says numbers as people think of them, not as they are kept."""

from datetime import UTC, datetime

from django.utils import translation

from vernost.accounts.queries import ChangeRow
from vernost.office.journal import journal
from vernost.office.words import PROGRAMME_FIELDS, PROGRAMME_VALUES
from vernost.reports.rules import KPI_TITLES


def lines(fields, **words):
    with translation.override("ru"):
        (change,) = journal([ChangeRow(datetime(2026, 11, 22, tzinfo=UTC), "Соколова", "changed", fields)], **words)
    return [line.replace("\xa0", " ") for line in change.lines]


def test_shares_are_per_cent_and_waits_have_their_unit():
    fields = {
        "control_share": [500, 1250],
        "attempt_delays": [[120, 1440], [30]],
        "channels": [["call"], ["call", "sms"]],
        "daily_limit": [None, 150],
    }
    assert lines(fields, titles=PROGRAMME_FIELDS, values=PROGRAMME_VALUES) == [
        "Контрольная группа: 5 % → 12,50 %",
        "Паузы между попытками: 2 ч, 1 дн → 30 мин",
        "Каналы: Звонок → Звонок, SMS",
        "Приглашений в день, не больше: — → 150",
    ]


def test_a_line_of_a_scheme_is_a_sentence():
    fields = {"booked": [{}, {"above": "5.00", "rate": "250.00", "cap": "10000.00"}]}
    titles = {kpi.value: title for kpi, title in KPI_TITLES.items()}
    assert lines(fields, titles=titles) == ["Запись: — → сверх 5, ставка 250 ₽, не больше 10 000 ₽"]
