"""What has been kept for longer than the dealer wants to: counted, never touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection

from vernost.accounts import queries as accounts
from vernost.core.i18n import _
from vernost.core.wall import whole_group_rows

# By law the data go within thirty days after the consent to their processing is withdrawn.
WITHDRAWN_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Clock:
    """A kind of data. `setting` names the rule with its days; `sql` gives the rows that are due, as `id` and `"on"`."""

    code: str
    title: str
    setting: str
    sql: str


@dataclass(frozen=True, slots=True)
class Due:
    """What of a kind is due: how many rows, the oldest day of them, some ids of customers where they are people."""

    code: str
    title: str
    setting: str
    days: int
    count: int
    oldest: date | None
    customers: Sequence[int]


_STANDING = "c.merged_into_id IS NULL AND c.erased_at IS NULL"
_NEVER_CAME = """
    NOT EXISTS (SELECT FROM workshop_repairorder o WHERE o.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM sales_deal d WHERE d.customer_id = c.id)
    AND NOT EXISTS (SELECT FROM workshop_appointment a WHERE a.customer_id = c.id)
"""
CLOCKS: Final = (
    Clock(
        "withdrawn",
        _("Withdrew the consent to processing"),
        "",
        f"""SELECT e.customer_id AS id, e."on" FROM customers_consententry e
              JOIN customers_customer c ON c.id = e.customer_id
             WHERE e.purpose = 'processing' AND NOT e.whole AND e."on" <= %(until)s AND {_STANDING}
               AND NOT EXISTS (SELECT FROM customers_consententry l WHERE l.customer_id = e.customer_id
                                AND l.purpose = 'processing' AND (l."on", l.id) > (e."on", e.id))""",  # noqa: S608 - our own names
    ),
    Clock(
        "strangers",
        _("Never became customers"),
        "keep_strangers_days",
        f"""SELECT c.id, c.created_on AS "on" FROM customers_customer c
             WHERE c.created_on <= %(until)s AND {_STANDING} AND {_NEVER_CAME}""",  # noqa: S608 - our own names
    ),
    Clock(
        "gone",
        _("Customers who have not come for long"),
        "keep_gone_days",
        f"""SELECT c.id, o."on" FROM customers_customer c
              JOIN (SELECT customer_id, max(coalesce(closed_on, opened_on)) AS "on" FROM workshop_repairorder
                     GROUP BY 1) o ON o.customer_id = c.id
             WHERE o."on" <= %(until)s AND {_STANDING}
               AND NOT EXISTS (SELECT FROM sales_deal d WHERE d.customer_id = c.id AND d.closed_on > %(until)s)""",  # noqa: S608 - our own names
    ),
    Clock(
        "words",
        _("Notes of calls and messages"),
        "keep_words_days",
        """SELECT i.id, i."on" FROM contacts_interaction i WHERE i.text <> '' AND i."on" <= %(until)s""",
    ),
    Clock(
        "answers",
        _("Words of surveys"),
        "keep_words_days",
        """SELECT s.id, s.answered_on AS "on" FROM care_surveyanswer s
            WHERE s.text <> '' AND s.answered_on <= %(until)s""",
    ),
    Clock(
        "quarantine",
        _("Rows of imports that were not taken"),
        "keep_quarantine_days",
        """SELECT q.id, q.seen_at::date AS "on" FROM intake_quarantinedrow q WHERE q.seen_at::date <= %(until)s""",
    ),
)
PEOPLE: Final = frozenset({"withdrawn", "strangers", "gone"})
_SHOWN: Final = 50


# What one branch may not keep any longer another one may have a reason for.
@whole_group_rows()
def due(on: date) -> list[Due]:
    """Return for each kind of data what is due on a day."""
    settings = accounts.rule_settings()
    found = []
    with connection.cursor() as cursor:
        for clock in CLOCKS:
            days = getattr(settings, clock.setting) if clock.setting else WITHDRAWN_DAYS
            cursor.execute(
                f'SELECT count(*), min("on"), (array_agg(id ORDER BY "on", id))[:{_SHOWN}] FROM ({clock.sql}) due',  # noqa: S608 - our own names
                {"until": on - timedelta(days=days)},
            )
            count, oldest, ids = cursor.fetchone()
            people = list(ids or ()) if clock.code in PEOPLE else []
            found.append(Due(clock.code, clock.title, clock.setting, days, count, oldest, people))
    return found
