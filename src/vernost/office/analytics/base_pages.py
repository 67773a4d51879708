"""Pages of the base itself: its cascade, the matrix of revenue and recency, states over RFM."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics import words
from vernost.office.analytics.page import Asked, Chart, Insight, Page
from vernost.office.analytics.tables import Cell, Row, Table, count, money
from vernost.reports.exports import Column, Kind
from vernost.reports.queries.analytics.look import Row as Figures

FLOWS = ("opening", "new", "returned", "moved_in", "slept", "blocked", "moved_out", "closing")
LEAVING = {"slept", "blocked", "moved_out"}
MOVES = {"moved_in", "moved_out"}
SCORES = range(1, 6)
# Who paid most and has not come for long: recency and money.
TO_SAVE = (4, 1)
MEASURES = {"customers": _("Customers"), "monetary": _("Revenue"), "check": _("Revenue of a visit")}


def cascade(asked: Asked) -> Page:
    base, chosen = asked.base, asked.chosen
    period = {"from_": chosen.look.opened_on, "to": chosen.look.as_of}
    (total,) = base.report("cascade", **period)
    shown = _kinds(asked)
    tables = [_by_month(asked, base.report("cascade", **period, by="month"), total, shown)]
    if len(asked.branches) > 1 and chosen.look.branch_id is None:
        tables.append(_by_branch(asked, base.report("cascade", **period, by="branch")))
    if chosen.look.as_of < chosen.today:
        then = base.report("cascade", **period, known_on=chosen.look.as_of)[0]
        tables.append(_known(asked, total, then, shown))
    return Page(
        title=gettext("Cascade of the base"),
        tables=tables,
        intro=gettext(
            "Opening and flows make the closing exactly. New is a first visit; returned, a visit after more than "
            "%(days)s days; asleep, so many days without one."
        )
        % {"days": formats.number(base.settings.sleep_after_days)},
        insight=soon(asked),
        chart=waterfall(asked, total),
        with_period=True,
    )


def _kinds(asked: Asked) -> list[str]:
    """Moves between branches are nothing for who sees the whole group."""
    whole = asked.base.actor.branch_ids is None
    return [kind for kind in FLOWS if not (whole and kind in MOVES)]


def _flow_cell(asked: Asked, row: Figures, kind: str, **keys: object) -> Cell:
    value = -row[kind] if kind in LEAVING else row[kind]
    url = asked.chosen.people("cascade", kind=kind, **keys)
    is_flow = kind not in {"opening", "closing"}
    return count(value, url, signed=is_flow, good=(value > 0) if is_flow and value else None)


def _flow_row(asked: Asked, title: str, row: Figures, kinds: list[str], **keys: object) -> Row:
    cells = [_flow_cell(asked, row, kind, **keys) for kind in kinds]
    net = row["closing"] - row["opening"]
    return Row(title, [*cells, Cell(net, "count", signed=True, good=(net > 0) if net else None)])


def _flow_head(first: str, kinds: list[str]) -> list[Column]:
    titles = [gettext(words.FLOW_TITLES[kind]) for kind in kinds]
    return [Column(first), *(Column(title, "count") for title in titles), Column(gettext("Change"), "count")]


def _by_month(asked: Asked, rows: list[Figures], total: Figures, kinds: list[str]) -> Table:
    return Table(
        "months",
        gettext("By month"),
        _flow_head(gettext("Month"), kinds),
        [_flow_row(asked, words.month_title(row["month"]), row, kinds, month=row["month"]) for row in rows],
        total=_flow_row(asked, gettext("Total"), total, kinds),
    )


def _by_branch(asked: Asked, rows: list[Figures]) -> Table:
    ids = asked.base.kept("branch_ids", lambda: {ref: key for key, ref in asked.base.asked.branch_refs().items()})
    kinds = list(FLOWS)
    shown = []
    for row in rows:
        branch_id = ids.get(row["branch"]) or 0
        title = asked.branches.get(branch_id) or gettext("Without a branch")
        shown.append(_flow_row(asked, title, row, kinds, place=branch_id))
    return Table("branches", gettext("By branch"), _flow_head(gettext("Branch"), kinds), shown)


def _known(asked: Asked, now: Figures, then: Figures, kinds: list[str]) -> Table:
    late = {kind: now[kind] - then[kind] for kind in FLOWS}
    rows = [
        _flow_row(asked, gettext("As known now"), now, kinds),
        _flow_row(asked, gettext("As known on the last day"), then, kinds, known="then"),
        Row(
            gettext("Late documents"),
            [
                *(Cell(-late[kind] if kind in LEAVING else late[kind], "count", signed=True) for kind in kinds),
                Cell(late["closing"] - late["opening"], "count", signed=True),
            ],
        ),
    ]
    return Table(
        "known",
        gettext("As known now and then"),
        _flow_head(gettext("What was known"), kinds),
        rows,
        note=gettext("The difference are orders that came into Vernost after the last day of the period."),
    )


def waterfall(asked: Asked, row: Figures) -> Chart:
    look = asked.chosen.look
    kinds = [kind for kind in _kinds(asked) if kind in {"opening", "closing"} or row[kind]]
    ends = {"opening": look.opened_on, "closing": look.as_of}
    short = {
        "new": gettext("First visits"),
        "returned": gettext("Came back"),
        "moved_in": gettext("From other\nbranches"),
        "slept": gettext("Fell\nasleep"),
        "blocked": gettext("Were blocked"),
        "moved_out": gettext("To other\nbranches"),
    }
    data = [
        {
            "name": gettext("On\n%(day)s") % {"day": formats.day_short(ends[kind])} if kind in ends else short[kind],
            "value": -row[kind] if kind in LEAVING else row[kind],
            "total": kind in ends,
        }
        for kind in kinds
    ]
    told = ", ".join(map(_told, data))
    return Chart(gettext("Cascade of the base"), "waterfall", data, told, axis=axis_words(data))


def _told(step: dict[str, Any]) -> str:
    value = formats.number(step["value"]) if step["total"] else formats.signed(step["value"])
    return f"{step['name']} {value}".replace("\n", " ")


def axis_words(data: list[dict[str, Any]]) -> str:
    """Say where the axis begins, as assets/js/charts.js draws it."""
    level, tops, lows = 0, [], []
    for step in data:
        start, level = level, step["value"] if step["total"] else level + step["value"]
        base = 0 if step["total"] else min(start, level)
        lows.append(step["value"] if step["total"] else base)
        tops.append(step["value"] if step["total"] else max(start, level))
    spread = max(tops) - min(lows)
    grain = 10 ** (len(str(max(1, spread))) - 1)
    begins = max(0, int((min(lows) - spread * 0.25) // grain * grain))
    return gettext("axis from %(number)s") % {"number": formats.number(begins)}


def soon(asked: Asked) -> Insight | None:
    """Point at those who fall asleep next: the only part of the cascade that can still be changed."""
    from vernost.reports.queries.analytics import figures  # noqa: PLC0415 - the office must not wait for Ibis

    found = figures.summed(asked.base, "soon")
    if not found["count"]:
        return None
    named = {
        "count": formats.number(found["count"]),
        "money": formats.roubles_short(Decimal(found["amount"]) / 100),
    }
    return Insight(
        ngettext(
            "%(count)s customer falls asleep within 30 days unless he comes; he has brought %(money)s.",
            "%(count)s customers fall asleep within 30 days unless they come; they have brought %(money)s.",
            found["count"],
        )
        % named,
        asked.chosen.people("soon"),
        gettext("Open them"),
    )


def rfm(asked: Asked) -> Page:
    base, chosen = asked.base, asked.chosen
    measure = asked.option("measure", gettext("Figure"), dict(MEASURES))
    return Page(
        title=gettext("RFM: revenue and recency"),
        tables=[matrix(asked, measure.chosen), _groups(asked)],
        intro=gettext(
            "1 is best, 5 is worst. R: days since the last visit, F: visit days, M: revenue, all in %(days)s days. "
            "Each score is a fifth of the customers; equal figures have equal scores."
        )
        % {"days": formats.number(base.settings.rfm_window_days)},
        insight=to_save(asked),
        selects=[measure],
        more={"strategies_url": chosen.page("analytics-strategies")},
    )


def matrix(asked: Asked, measure: str = "customers") -> Table:
    """Show customers by recency (rows) and revenue (columns), with the strategy of each cell."""
    from vernost.reports.queries.analytics import figures, strategies  # noqa: PLC0415 - as above

    found, plans = figures.cells(asked.base), strategies.strategies()
    values = {place: _measured(row, measure) for place, row in found.cells.items()}
    hottest = max((value for value in values.values() if value), default=Decimal(1))
    kind: Kind = "count" if measure == "customers" else "money"

    def cell(r: int, m: int) -> Cell:
        value = values.get((r, m), Decimal(0))
        url = asked.chosen.people("rfm", r=r, m=m) if (r, m) in found.cells else ""
        note = plans[r, m].title if plans[r, m].own else gettext(plans[r, m].title)
        shown = int(value) if measure == "customers" else value
        return Cell(shown, kind, url, note=note, heat=float(value / hottest))

    return Table(
        "matrix",
        gettext("Revenue and recency"),
        [Column(gettext("Recency")), *(Column(f"M{m} {_money_bound(found.money.get(m))}", kind) for m in SCORES)],
        [Row(f"R{r}", [cell(r, m) for m in SCORES], note=_days_bound(found.days.get(r))) for r in SCORES],
        shape="heat",
        ramp=True,
    )


def _measured(row: Figures, measure: str) -> Decimal:
    if measure == "customers":
        return Decimal(row["customers"])
    roubles = Decimal(row["monetary"]) / 100
    return roubles if measure == "monetary" else round(roubles / row["frequency"], 2)


def _days_bound(ends: tuple[int, int] | None) -> str:
    if ends is None:
        return ""
    low, high = (formats.number(end) for end in ends)
    days = low if low == high else f"{low}–{high}"
    return gettext("%(days)s days") % {"days": days}


def _money_bound(ends: tuple[int, int] | None) -> str:
    return "" if ends is None else gettext("from %(thousands)s k ₽") % {"thousands": formats.number(ends[0] // 100_000)}


def _groups(asked: Asked) -> Table:
    from vernost.reports.queries.analytics import strategies  # noqa: PLC0415 - as above

    rows = {row["group"]: row for row in _group_rows(asked)}
    shown = []
    for code, advice in strategies.ADVICE.items():
        row = rows.get(code, {"customers": 0, "monetary": Decimal(0)})
        url = asked.chosen.people("rfm", group=code)
        shown.append(
            Row(
                words.group_title(code),
                [count(row["customers"], url), money(row["monetary"], url), Cell(gettext(advice), "text")],
            )
        )
    head = [
        Column(gettext("Group")),
        Column(gettext("Customers"), "count"),
        Column(gettext("Revenue"), "money"),
        Column(gettext("What to do")),
    ]
    return Table("groups", gettext("Named groups"), head, shown)


def _group_rows(asked: Asked) -> list[Figures]:
    """Sum the overlay over its states: the same groups of the same scores."""
    from vernost.reports.queries.analytics import figures  # noqa: PLC0415 - as above

    found: dict[str, Figures] = {}
    for row in figures.overlay(asked.base):
        if row["rfm"] is not None:
            group = found.setdefault(row["rfm"], {"group": row["rfm"], "customers": 0, "monetary": Decimal(0)})
            group["customers"] += row["customers"]
            group["monetary"] += Decimal(row["monetary"]) / 100
    return list(found.values())


def to_save(asked: Asked) -> Insight | None:
    """Point at those who paid much and have not come for long."""
    from vernost.reports.queries.analytics import figures  # noqa: PLC0415 - as above

    gone = figures.cells(asked.base).cells.get(TO_SAVE)
    if gone is None:
        return None
    return Insight(
        ngettext(
            "%(count)s customer of R4 × M1 paid much and does not come any more: %(money)s.",
            "%(count)s customers of R4 × M1 paid much and do not come any more: %(money)s.",
            gone["customers"],
        )
        % {
            "count": formats.number(gone["customers"]),
            "money": formats.roubles_short(Decimal(gone["monetary"]) / 100),
        },
        asked.chosen.people("rfm", r=TO_SAVE[0], m=TO_SAVE[1]),
        gettext("Open them"),
    )


def states(asked: Asked) -> Page:
    from vernost.reports.queries.analytics import figures  # noqa: PLC0415 - as above

    now = figures.states(asked.base)
    before = figures.states(asked.base.on(asked.chosen.look.year_ago()))
    return Page(
        title=gettext("States of the life cycle"),
        tables=[state_table(asked, now, before), _overlay(asked)],
        intro=gettext("Each customer is in exactly one state on each day; the first that fits counts."),
    )


def state_table(asked: Asked, now: dict[str, int], before: dict[str, int]) -> Table:
    everybody = sum(now.values())
    order = ("new", "returned", "active", "loyal", "sleeping", "blocked", "prospect")
    bad = {"sleeping", "blocked"}

    def row(code: str) -> Row:
        change = now[code] - before[code]
        good = None if not change or code == "prospect" else (change > 0) != (code in bad)
        url = asked.chosen.people("state", state=code)
        share_ = now[code] / everybody if everybody else None
        return Row(
            words.state_title(code),
            [count(now[code], url), Cell(share_, "share"), Cell(change, "count", signed=True, good=good)],
        )

    head = [
        Column(gettext("State")),
        Column(gettext("Customers"), "count"),
        Column(gettext("Share"), "share"),
        Column(gettext("In a year"), "count"),
    ]
    return Table("states", gettext("States"), head, [row(code) for code in order])


def _overlay(asked: Asked) -> Table:
    from vernost.reports.queries.analytics import figures  # noqa: PLC0415 - as above

    rows = figures.overlay(asked.base)
    cells = {(row["state"], row["rfm"]): row for row in rows}
    groups = [group for group in (*GROUP_ORDER, None) if any(row["rfm"] == group for row in rows)]
    hottest = max((row["customers"] for row in rows), default=1)
    order = ("loyal", "active", "returned", "new", "sleeping", "blocked", "prospect")

    def cell(state: str, group: str | None) -> Cell:
        row = cells.get((state, group))
        number = row["customers"] if row else 0
        money_ = formats.roubles_short(Decimal(row["monetary"]) / 100) if row and row["monetary"] else ""
        url = asked.chosen.people("overlay", state=state, group=group or "outside")
        return count(number, url, note=money_, heat=number / hottest)

    return Table(
        "overlay",
        gettext("States and RFM"),
        [Column(gettext("State")), *(Column(words.group_title(group), "count") for group in groups)],
        [
            Row(words.state_title(state), [cell(state, group) for group in groups])
            for state in order
            if any((state, group) in cells for group in groups)
        ],
        shape="heat",
        ramp=True,
        note=gettext("Below the number of customers: their revenue in the window of RFM."),
    )


GROUP_ORDER = ("cream", "fresh", "constant", "big", "between", "long_ago", "rare", "small", "write_off")


def flow_lines(asked: Asked, row: Figures) -> Table:
    """Show the cascade as lines: what the chart draws, with the people of each."""
    kinds = _kinds(asked)
    return Table(
        "flows",
        gettext("Cascade of the base"),
        [Column(gettext("What happened")), Column(gettext("Customers"), "count")],
        [Row(gettext(words.FLOW_TITLES[kind]), [_flow_cell(asked, row, kind)]) for kind in kinds],
    )
