"""The life cycle of a customer: the state on a day, and the row of its letters by half-year.

The one definition of who is blocked, asleep and in the active base; `domain.md` has the rules. Days are
those on which the customer came (`visit_days` of the mirror), up to the day asked.
"""

from dataclasses import dataclass
from datetime import date

import ibis
from ibis.expr.types import BooleanValue, DateValue, IntegerValue, StringValue, Table

from vernost.accounts.rules import RuleSettings
from vernost.core.fact_table import Tables
from vernost.core.i18n import _
from vernost.segments.rules import days

BLOCKED, PROSPECT, SLEEPING, NEW, RETURNED, LOYAL, ACTIVE = STATES = (
    "blocked",
    "prospect",
    "sleeping",
    "new",
    "returned",
    "loyal",
    "active",
)
ACTIVE_BASE = (NEW, RETURNED, LOYAL, ACTIVE)
LETTERS = {
    NEW: "Н",
    ACTIVE: "А",
    LOYAL: "Л",
    RETURNED: "В",
    SLEEPING: "У",
    BLOCKED: "Б",
    PROSPECT: "П",
}
TITLES = {
    NEW: _("New"),
    ACTIVE: _("Active"),
    LOYAL: _("Loyal"),
    RETURNED: _("Returned"),
    SLEEPING: _("Sleeping"),
    BLOCKED: _("Blocked"),
    PROSPECT: _("Prospect"),
}
# Letters travel with their half-year as one number, half × 8 + the state's place: numbers sort on every engine.
_PLACES = 8
_BEGINNING = date(1900, 1, 1)


def blocked(customers: Table, as_of: date | DateValue) -> BooleanValue:
    """Tell whether a customer (blocked, blocked_on) is blocked at the end of the day."""
    marked = customers.blocked.fill_null(customers.blocked_on.notnull())
    return marked & (customers.blocked_on.isnull() | (customers.blocked_on <= as_of))


def blocked_since(customers: Table) -> DateValue:
    """Return the first day on which nothing of the customer counts, null where there is none."""
    marked = customers.blocked.fill_null(customers.blocked_on.notnull())
    since: DateValue = marked.ifelse(customers.blocked_on.fill_null(_BEGINNING), ibis.null("date"))
    return since


def awake(last_visit_on: DateValue, as_of: date, settings: RuleSettings) -> BooleanValue:
    """Tell whether the last visit is at most `sleep_after_days` before the day; null without a visit."""
    return last_visit_on >= days.before(as_of, settings.sleep_after_days)


def came_back(visit: IntegerValue, visit_before: IntegerValue, settings: RuleSettings) -> BooleanValue:
    """Tell of two visit days (numbers) in a row whether the customer slept in between."""
    return visit - visit_before >= settings.sleep_after_days + 2


@dataclass(frozen=True)
class Signs:
    """What a state is made of, each as it stands on the day asked."""

    blocked: BooleanValue
    came: BooleanValue
    awake: BooleanValue
    new: BooleanValue
    returned: BooleanValue
    loyal: BooleanValue

    def word(self) -> StringValue:
        """Return the first state that fits."""
        state: StringValue = ibis.cases(
            (self.blocked, BLOCKED),
            (~self.came, PROSPECT),
            (~self.awake, SLEEPING),
            (self.new, NEW),
            (self.returned, RETURNED),
            (self.loyal, LOYAL),
            else_=ACTIVE,
        )
        return state


def states(tables: Tables, as_of: date, settings: RuleSettings) -> Table:
    """Return customer_id and state of every customer."""
    awake_from = days.before(as_of, settings.sleep_after_days)
    loyal_from = days.before(as_of, settings.loyal_window_days)
    came = visit_days(tables, as_of)
    history = came.group_by(came_id="customer_id").aggregate(
        first=came.on.min(),
        last=came.on.max(),
        # A return within the window can only be the first visit in it: the one before is further away.
        entered=came.on.min(where=came.on >= awake_from),
        left=came.on.max(where=came.on < awake_from),
        recent=(came.on >= loyal_from).sum(),
    )
    rows = tables.table("customers").left_join(history, [("customer_id", "came_id")])
    signs = Signs(
        blocked=blocked(rows, as_of),
        came=rows["last"].notnull(),
        awake=awake(rows["last"], as_of, settings),
        new=rows["first"] >= awake_from,
        returned=came_back(days.number(rows.entered), days.number(rows.left), settings),
        loyal=rows.recent >= settings.loyal_visits,
    )
    return rows.select("customer_id", state=signs.word())


def dna_codes(tables: Tables, as_of: date, settings: RuleSettings) -> Table:
    """Return customer_id and dna_code of every customer."""
    lived = half_years(tables, as_of, settings)
    place = ibis.cases(*((lived.state == state, place) for place, state in enumerate(LETTERS)), else_=0)
    coded = lived.select("customer_id", code=(lived.half * _PLACES + place).cast("int32"))
    rows = coded.group_by(coded_id="customer_id").aggregate(codes=coded.code.collect())
    rows = rows.select("coded_id", written=rows.codes.sort().map(_letter).join("-"))
    customers = tables.table("customers").left_join(rows, [("customer_id", "coded_id")])
    # Who never came has the one letter of the day.
    never = blocked(customers, as_of).fill_null(False).ifelse(LETTERS[BLOCKED], LETTERS[PROSPECT])  # noqa: FBT003 - Ibis
    return customers.select("customer_id", dna_code=customers.written.fill_null(never))


def _letter(code: IntegerValue) -> StringValue:
    place = code % _PLACES
    letter: StringValue = ibis.cases(
        *((place == number, letter) for number, letter in enumerate(LETTERS.values())), else_=""
    )
    return letter


def half_years(tables: Tables, as_of: date, settings: RuleSettings) -> Table:
    """Return customer_id, half (`days.half_of`) and the state at its end, or on the day where it is not over.

    From the half-year of the first visit on; customers who never came have no row.
    """
    spans = _spans(visit_days(tables, as_of), as_of, settings)
    rows = spans.mutate(half=ibis.range(spans.half_from, spans.half_to).unnest())
    rows = rows.mutate(at=ibis.least(days.end_of_half(rows.half), ibis.literal(as_of)))
    rows = rows.mutate(day=days.number(rows.at))
    customers = tables.table("customers")
    blocks = customers.select(blocked_id="customer_id", blocked_since=blocked_since(customers))
    rows = rows.left_join(blocks, [("customer_id", "blocked_id")])
    signs = Signs(
        blocked=(rows.blocked_since <= rows.at).fill_null(False),  # noqa: FBT003 - Ibis
        came=ibis.literal(value=True),
        awake=rows.day - rows.visit <= settings.sleep_after_days,
        new=rows.day - rows.first_visit <= settings.sleep_after_days,
        returned=rows.day - rows.return_visit <= settings.sleep_after_days,
        loyal=rows.day - rows.loyal_visit <= settings.loyal_window_days,
    )
    return rows.select("customer_id", "half", state=signs.word())


def _spans(came: Table, as_of: date, settings: RuleSettings) -> Table:
    """Return each visit day (numbers) with the half-years that end before the next one: half_from to half_to - 1.

    Columns besides: first_visit, return_visit (the latest return so far), loyal_visit (the day that must be
    near for the customer to be loyal).
    """
    place = ibis.window(group_by="customer_id", order_by="on")
    so_far = ibis.window(group_by="customer_id", order_by="on", preceding=None, following=0)
    rows = came.mutate(visit=days.number(came.on))
    rows = rows.mutate(
        next_on=rows.on.lead().over(place),
        before=rows.visit.lag().over(place),
        loyal_visit=rows.visit.lag(settings.loyal_visits - 1).over(place),
        first_visit=rows.visit.min().over(so_far),
    )
    returned = came_back(rows.visit, rows.before, settings).ifelse(rows.visit, ibis.null("int32"))
    rows = rows.mutate(
        return_visit=returned.max().over(so_far),
        half_from=days.half(rows.on),
        half_to=days.half(rows.next_on).fill_null(days.half_of(as_of) + 1).cast("int32"),
    )
    return rows.filter(rows.half_to > rows.half_from)


def visit_days(tables: Tables, as_of: date) -> Table:
    """Return customer_id and on: a row for each day up to the one asked on which a customer came."""
    known = tables.table("visit_days")
    return known.filter(known.first, known.on <= as_of).select("customer_id", "on")
