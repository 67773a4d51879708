"""Pages of money: ABC with the traits of the best, sources, what is bought together, points of risk."""

from decimal import Decimal

from django.utils.translation import gettext, ngettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.office.analytics import words
from vernost.office.analytics.page import Asked, Insight, Page
from vernost.office.analytics.tables import Cell, Row, Table, count, decimal, money, share
from vernost.reports.exports import Column
from vernost.reports.queries.analytics.look import Row as Figures

BY = {
    "customer": _("Customers"),
    "vehicle": _("Cars"),
    "model": _("Models"),
    "category": _("Categories of works"),
}
MEASURES = {"revenue": _("By revenue"), "margin": _("By margin")}
CLASSES = "ABC"
MOST_PAIRS = 60
# Shares nearer to each other than two points say nothing.
TELLING = 0.02


def abc(asked: Asked) -> Page:
    by = asked.option("by", gettext("Of what"), dict(BY))
    # What a single work costs is not known.
    measures = {"revenue": MEASURES["revenue"]} if by.chosen == "category" else MEASURES
    measure = asked.option("measure", gettext("Figure"), dict(measures))
    if by.chosen in {"model", "category"}:
        tables = [_things(asked, by.chosen, measure.chosen)]
    else:
        tables = [_classes(asked, by.chosen, measure.chosen)]
        if by.chosen == "customer":
            tables += [_moves(asked, measure.chosen), _traits(asked, measure.chosen)]
    settings = asked.base.settings
    return Page(
        title=gettext("ABC: who makes the money"),
        tables=tables,
        intro=gettext(
            "Of the money of the last %(days)s days, class A makes the first %(a)s %%, B what is left up to %(b)s %%, "
            "C the rest and all who brought nothing."
        )
        % {
            "days": formats.number(settings.abc_window_days),
            "a": settings.abc_a_percent,
            "b": settings.abc_b_percent,
        },
        insight=_fallen(asked, measure.chosen) if by.chosen == "customer" else None,
        selects=[by, measure],
    )


def _keys(by: str, measure: str) -> dict[str, str | None]:
    return {
        "by": None if by == "customer" else by,
        "measure": None if measure == "revenue" else measure,
    }


def _classes(asked: Asked, by: str, measure: str) -> Table:
    from vernost.reports.queries.analytics import worth  # noqa: PLC0415 - the office must not wait for Ibis

    rows = worth.classes(asked.base, by, "margin" if measure == "margin" else "revenue")
    everybody = sum(row["count"] for row in rows) or 1
    brought = sum(max(row["value"], 0) for row in rows) or 1

    def row(each: Figures) -> Row:
        url = asked.chosen.people("abc", abc=each["abc"], **_keys(by, measure))
        value = Decimal(each["value"]) / 100
        return Row(
            each["abc"],
            [
                count(each["count"], url),
                share(each["count"] / everybody, url if each["count"] else ""),
                money(value, url),
                share(max(each["value"], 0) / brought, url if each["count"] else ""),
                money(value / each["count"] if each["count"] else None),
            ],
        )

    measured = gettext("Margin") if measure == "margin" else gettext("Revenue")
    head = [
        Column(gettext("Class")),
        Column(gettext("Cars") if by == "vehicle" else gettext("Customers"), "count"),
        Column(gettext("Share of them"), "share"),
        Column(measured, "money"),
        Column(gettext("Share of the money"), "share"),
        Column(gettext("A head"), "money"),
    ]
    return Table("classes", gettext("Classes"), head, [row(each) for each in rows])


def _moves(asked: Asked, measure: str) -> Table:
    from vernost.reports.queries.analytics import worth  # noqa: PLC0415 - as above

    found = worth.moves(asked.base, "margin" if measure == "margin" else "revenue")
    # Most customers are C and stay there: the hottest is sought among the others.
    hottest = max((value for key, value in found.items() if key != ("C", "C")), default=1) or 1

    def cell(before: str, now: str) -> Cell:
        number = found.get((before, now), 0)
        url = asked.chosen.people("abc", abc=now, before=before, **_keys("customer", measure))
        sign = {-1: gettext("risen"), 1: gettext("fallen"), 0: gettext("stayed")}
        moved = (now > before) - (now < before)
        return count(number, url, note=sign[moved], heat=min(1.0, number / hottest))

    return Table(
        "moves",
        gettext("Where they were a year ago"),
        [Column(gettext("A year ago")), *(Column(gettext("now %(abc)s") % {"abc": now}, "count") for now in CLASSES)],
        [Row(before, [cell(before, now) for now in CLASSES]) for before in CLASSES],
        shape="heat",
        ramp=True,
    )


def _fallen(asked: Asked, measure: str) -> Insight | None:
    from vernost.reports.queries.analytics import worth  # noqa: PLC0415 - as above

    found = worth.moves(asked.base, "margin" if measure == "margin" else "revenue")
    fallen = found.get(("A", "C"), 0)
    if not fallen:
        return None
    text = ngettext(
        "%(count)s customer was of class A a year ago and is of class C now.",
        "%(count)s customers were of class A a year ago and are of class C now.",
        fallen,
    )
    url = asked.chosen.people("abc", abc="C", before="A", **_keys("customer", measure))
    return Insight(text % {"count": formats.number(fallen)}, url, gettext("Open them"))


def _traits(asked: Asked, measure: str) -> Table:
    from vernost.reports.queries.analytics import worth  # noqa: PLC0415 - as above

    found = worth.traits(asked.base, "margin" if measure == "margin" else "revenue")
    head = [
        Column(gettext("Trait")),
        Column(gettext("Class A"), "count"),
        Column(gettext("Others with visits"), "count"),
        Column(gettext("Difference"), "count"),
    ]
    return Table(
        "traits",
        gettext("What customers of class A have in common"),
        head,
        _trait_rows(asked, measure, *found) if len(found) == 2 else [],  # noqa: PLR2004 - somebody to compare with
        note=gettext("Of all who came in the window of RFM. Brands: who owns a car of the brand."),
        empty=gettext("There are too few customers to compare."),
    )


def _trait_rows(asked: Asked, measure: str, best: Figures, others: Figures) -> list[Row]:
    both = (best, others)
    kept = _keys("customer", measure)

    def url(whose: Figures, **keys: str) -> str:
        return asked.chosen.people("trait", best="1" if whose is best else "0", **keys, **kept)

    def shared(whose: Figures, name: str, **keys: str) -> Cell:
        return share(whose[name], url(whose, **keys) if whose[name] else "")

    visits = [_words(formats.number(row["visits"], 1)) for row in both]
    orders = [money(round(Decimal(row["order"] or 0) / 100)) for row in both]
    rows = [
        Row(gettext("Customers"), [*(count(row["customers"], url(row)) for row in both), _words("")]),
        Row(gettext("Visits of a customer"), [*visits, _times(best["visits"], others["visits"])]),
        Row(gettext("Revenue of a visit"), [*orders, _times(best["order"], others["order"])]),
    ]
    for name in best:
        make = name.removeprefix("make:") if name.startswith("make:") else ""
        if make or name in words.TRAITS:
            title = make or gettext(words.TRAITS[name])
            keys = {"make": make} if make else {"trait": name}
            gap = best[name] - others[name]
            good = None if abs(gap) < TELLING else gap > 0
            shares = [shared(row, name, **keys) for row in both]
            rows.append(Row(title, [*shares, _words(formats.points(gap), good=good)]))
    return rows


def _words(text: str, *, good: bool | None = None) -> Cell:
    return Cell(text, "text", good=good, end=True)


def _times(best: float | None, others: float | None) -> Cell:
    if not best or not others:
        return _words("")
    return _words(gettext("%(times)s times") % {"times": formats.number(best / others, 1)})


def _things(asked: Asked, by: str, measure: str) -> Table:
    from vernost.reports.queries.analytics import worth  # noqa: PLC0415 - as above

    kind = "model" if by == "model" else "category"
    rows = worth.things(asked.base, kind, "margin" if measure == "margin" else "revenue")  # type: ignore[arg-type] # one of its words

    named = words.category_titles() if by == "category" else {}

    def row(each: Figures) -> Row:
        url = asked.chosen.people("made", by=by, key=each["key"])
        title = words.category_title(each["title"], named) if by == "category" else each["title"]
        return Row(title, [Cell(each["abc"], "text"), money(Decimal(each["value"]) / 100, url), share(each["share"])])

    head = [
        Column(gettext("Model") if by == "model" else gettext("Category of works")),
        Column(gettext("Class")),
        Column(gettext("Margin") if measure == "margin" else gettext("Revenue"), "money"),
        Column(gettext("Share"), "share"),
    ]
    return Table("things", gettext("The greatest first"), head, [row(each) for each in rows])


def sources(asked: Asked) -> Page:
    rows = asked.base.report("sources", as_of=asked.chosen.look.as_of)

    def row(each: Figures, keys: dict[str, str]) -> list[Cell]:
        url = asked.chosen.people("source", **keys)
        parts = {of: asked.chosen.people("source", **keys, of=of) for of in ("bought", "came", "active")}
        stayed = each["active"] / each["came"] if each["came"] else None
        return [
            count(each["customers"], url),
            *(count(each[of], parts[of]) for of in ("bought", "came", "active")),
            share(stayed, parts["active"]),
            money(each["revenue"], url),
            money(each["cumulative_margin"], url),
        ]

    names = ("customers", "bought", "came", "active")
    total: Figures = {name: sum(each[name] for each in rows) for name in names}
    total |= {name: sum(Decimal(each[name]) for each in rows) for name in ("revenue", "cumulative_margin")}
    head = [
        Column(gettext("First contact")),
        Column(gettext("Customers"), "count"),
        Column(gettext("Bought a car"), "count"),
        Column(gettext("Came to the workshop"), "count"),
        Column(gettext("In the active base"), "count"),
        Column(gettext("Active of those who came"), "share"),
        Column(gettext("Revenue of service"), "money"),
        Column(gettext("Margin with cars"), "money"),
    ]
    shown = [Row(gettext(words.SOURCE_TITLES[each["source"]]), row(each, {"source": each["source"]})) for each in rows]
    return Page(
        title=gettext("Sources of customers"),
        tables=[
            Table("sources", gettext("Sales against service"), head, shown, total=Row(gettext("Total"), row(total, {})))
        ],
        intro=gettext(
            "By the first contact: a car bought from us, or a visit to the workshop. On the same day the car was first."
        ),
        insight=_never_came(asked, rows),
    )


def _never_came(asked: Asked, rows: list[Figures]) -> Insight | None:
    sold = next(row for row in rows if row["source"] == "sales")
    never = sold["customers"] - sold["came"]
    if not never:
        return None
    text = ngettext(
        "%(count)s customer bought a car from us and has never come to the workshop.",
        "%(count)s customers bought a car from us and have never come to the workshop.",
        never,
    )
    url = asked.chosen.people("source", source="sales", of="never")
    return Insight(text % {"count": formats.number(never)}, url, gettext("Open them"))


def basket(asked: Asked) -> Page:
    rows = asked.base.report("basket", as_of=asked.chosen.look.as_of)
    named = words.category_titles()

    def row(each: Figures) -> Row:
        pair = {"bought": each["bought"], "then": each["then"]}
        both = asked.chosen.people("basket", **pair)
        offer = Cell(gettext("Whom to offer"), "text", asked.chosen.people("basket", **pair, of="offer"))
        return Row(
            words.category_title(each["bought"], named),
            [
                Cell(words.category_title(each["then"], named), "text"),
                count(each["orders"], both),
                share(each["support"], both),
                share(each["confidence"], both),
                decimal(each["lift"], 2, both, good=each["lift"] > 1 or None),
                offer,
            ],
        )

    head = [
        Column(gettext("Who had this")),
        Column(gettext("also had")),
        Column(gettext("Orders with both"), "count"),
        Column(gettext("Of all orders"), "share"),
        Column(gettext("Of those with the first"), "share"),
        Column(gettext("Oftener than by chance, times"), "decimal"),
        Column(gettext("Have the first only")),
    ]
    return Page(
        title=gettext("Bought together"),
        tables=[
            Table(
                "pairs",
                gettext("Pairs of works"),
                head,
                [row(each) for each in rows[:MOST_PAIRS]],
                note=gettext("The surest pairs of two years with at least 20 orders."),
                empty=gettext("No pair of works has 20 orders yet."),
            )
        ],
        intro=gettext("Works of one order. Who had the first and not the second is whom to offer it."),
    )


def risks(asked: Asked) -> Page:
    from vernost.reports.queries.analytics import worth  # noqa: PLC0415 - as above

    now, ends = worth.risk_counts(asked.base), {row["code"]: row for row in worth.risk_ends(asked.base)}

    def row(each: Figures) -> Row:
        code, end = each["code"], ends[each["code"]]
        url = asked.chosen.people("risk", risk=code)
        saved, gone = (asked.chosen.people("risk", risk=code, outcome=outcome) for outcome in ("saved", "lost"))
        kept = end["saved"] / end["customers"] if end["customers"] else None
        amount = None if each["amount"] is None else Decimal(each["amount"]) / 100
        return Row(
            words.risk_title(code),
            [
                count(each["events"], url),
                count(each["customers"], url),
                money(amount, url),
                count(end["saved"], saved),
                count(end["customers"] - end["saved"], gone),
                share(kept, saved),
            ],
            note=gettext(EVIDENCE[code]),
        )

    head = [
        Column(gettext("Point of risk")),
        Column(gettext("Cases"), "count"),
        Column(gettext("Customers"), "count"),
        Column(gettext("Orders"), "money"),
        Column(gettext("A year ago, stayed"), "count"),
        Column(gettext("A year ago, lost"), "count"),
        Column(gettext("Stayed"), "share"),
    ]
    shown = sorted((row(each) for each in now), key=lambda line: -int(str(line.cells[1].value or 0)))
    return Page(
        title=gettext("Points of risk"),
        tables=[
            Table(
                "risks",
                gettext("Today, and how it ended a year ago"),
                head,
                shown,
                note=gettext(
                    "Stayed and lost: of those at risk on this day a year ago who were in the active base then, who is "
                    "in it now and who is not."
                ),
            )
        ],
        intro=gettext("Events after which a customer is easily lost; each opens its customers with the evidence."),
    )


EVIDENCE = {
    "warranty_end": _("The warranty ends soon, by date or by kilometres: offer to prolong it or an inspection."),
    "repeat_repair": _("The same kind of work again shortly after: call before the customer does."),
    "low_satisfaction": _("A low score in a survey: the manager calls within a day."),
    "warranty_cases": _("Several warranty visits in a year: the car has become a trouble."),
    "body_repair": _("An expensive body repair: the car may be sold after it."),
    "repair_after_warranty": _("An expensive repair out of warranty: explain, and offer a trade-in valuation."),
    "car_age": _("The car is at the age when people change it: a call from sales."),
    "valuation": _("A trade-in valuation was asked for: sales must know today."),
    "service_book": _("The service book was taken from storage: ask why, on the same day."),
}
