"""The star that a pivot looks at: a row for each counted order, or for each of its lines.

Lines are those that the customer did not put off. A line brings what it adds to the order's revenue and margin; what an
order has beyond its lines (an amount of its own) is a row without category and kind, so that the lines of an
order always add up to the order.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vernost.core.fact_table import Tables
from vernost.core.money import VAT_RATES

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue, Table, Value

ORDER_COLUMNS: Mapping[str, str] = {
    "order_id": "int64",
    "customer_id": "int64",
    "vehicle_id": "int64",
    "visit_id": "int64",
    "on": "date",
    "branch_id": "int64",
    "advisor_id": "int64",
    "make": "string",
    "model": "string",
    "vehicle_age": "int64",
    "order_kind": "string",
    "programme": "string",
    "customer_kind": "string",
    "revenue": "int64",
    "margin": "int64",
    "labour_hundredths": "int64",
}
"""`visit_id` is one for a customer and a day (a car and a day where the order has no customer)."""
LINE_COLUMNS: Mapping[str, str] = {**ORDER_COLUMNS, "category": "string", "line_kind": "string"}

# Of a kopeck that rounding an order's tax may move, a line at most.
ROUNDING = 1


def orders(tables: Tables) -> "Table":
    """Return a row of `ORDER_COLUMNS` for every counted order."""
    hours = _hours(tables).rename(of_order="order_id")
    rows = described(tables).left_join(hours, [("order_id", "of_order")])
    return _typed(rows.mutate(labour_hundredths=rows.labour_hundredths.fill_null(0)), ORDER_COLUMNS)


def lines(tables: Tables) -> "Table":
    """Return a row of `LINE_COLUMNS` for every line of every counted order, and for what is beyond them."""
    import ibis  # noqa: PLC0415 - half a second that a process without figures saves

    kept = line_money(tables).drop("on", "branch_id")
    by_order = kept.group_by("order_id").aggregate(
        revenue_of_lines=kept.revenue.sum(),
        margin_of_lines=kept.margin.sum(),
        lines=kept.count(),
        first_line=kept.line_no.min(),
    )
    whole = (
        described(tables).left_join(by_order.rename(of_order="order_id"), [("order_id", "of_order")]).drop("of_order")
    )
    beyond = {
        "beyond_revenue": whole.revenue - whole.revenue_of_lines.fill_null(0),
        "beyond_margin": whole.margin - whole.margin_of_lines.fill_null(0),
    }
    whole = whole.mutate(**beyond)
    # The kopecks of rounding go to the first line; anything else is a row of its own.
    only_rounded = (whole.beyond_revenue == 0) & (whole.beyond_margin.abs() <= ROUNDING * whole.lines.fill_null(0))
    whole = whole.mutate(
        rounded=only_rounded.ifelse(whole.beyond_margin, 0), apart=~only_rounded | whole.lines.isnull()
    )
    of_lines = kept.rename(of_order="order_id", line_revenue="revenue", line_margin="margin").join(
        whole, [("of_order", "order_id")]
    )
    added = (of_lines.line_no == of_lines.first_line).ifelse(of_lines.rounded, 0)
    of_lines = of_lines.mutate(revenue=of_lines.line_revenue, margin=of_lines.line_margin + added)
    apart = whole.filter(whole.apart)
    apart = apart.mutate(
        revenue=apart.beyond_revenue,
        margin=apart.beyond_margin,
        labour_hundredths=ibis.literal(0, type="int64"),
        category=ibis.null("string"),
        line_kind=ibis.null("string"),
    )
    return _typed(of_lines, LINE_COLUMNS).union(_typed(apart, LINE_COLUMNS))


def line_money(tables: Tables) -> "Table":
    """Return order_id, line_no, category, line_kind, revenue, margin, labour_hundredths, on, branch_id of each line."""
    import ibis  # noqa: PLC0415 - as above

    rows = tables.table("lines")
    rows = rows.filter(~rows.declined)
    branches = tables.table("branches")
    taxed = branches.select(taxed_branch="branch_id", pays_vat="pays_vat")
    rows = rows.left_join(taxed, [("branch_id", "taxed_branch")])
    revenue = rows.paid.ifelse(rows.amount, 0)
    cost = (rows.paid & (rows.order_kind != "warranty")).ifelse(rows.cost, 0)
    return rows.select(
        "order_id",
        "line_no",
        "on",
        "branch_id",
        category=rows.category_key.nullif(""),
        line_kind=rows.kind.nullif(""),
        revenue=revenue,
        margin=_without_vat(revenue, _rate(rows.on, rows.pays_vat.fill_null(ibis.literal(value=True)))) - cost,
        labour_hundredths=labour(rows),
    )


def labour(rows: "Table") -> "IntegerValue":
    """Return the hundredths of labour hours of lines: the quantity of a work, in hours of the norm."""
    hundredths: IntegerValue = ((rows.kind == "labour") & ~rows.declined).ifelse(
        (rows.quantity.fill_null(0) * 100).round().cast("int64"), 0
    )
    return hundredths


def _hours(tables: Tables) -> "Table":
    rows = tables.table("lines")
    works = rows.filter(rows.kind == "labour", ~rows.declined)
    return works.group_by("order_id").aggregate(labour_hundredths=labour(works).sum().cast("int64"))


def described(tables: Tables) -> "Table":
    """Return the counted orders with all that they are cut by, without their labour hours."""
    visits = tables.table("visits")
    cars = tables.table("vehicles")
    cars = cars.select(car_id="vehicle_id", make="make_key", model_key="model_key", built="year")
    people = tables.table("customers").select(person_id="customer_id", customer_kind="kind")
    rows = visits.left_join(cars, [("vehicle_id", "car_id")])
    rows = rows.left_join(people, [("customer_id", "person_id")])
    rows = rows.left_join(_programmes(tables), [("order_id", "invited_order")])
    make, model = rows.make.nullif(""), rows.model_key.nullif("")
    age = rows.on.year().cast("int64") - rows.built
    return rows.select(
        "order_id",
        "customer_id",
        "vehicle_id",
        "on",
        "branch_id",
        "advisor_id",
        "programme",
        "customer_kind",
        "revenue",
        "margin",
        visit_id=_visit(rows),
        make=make,
        model=(make + " " + model).fill_null(model).fill_null(make),
        vehicle_age=(age < 0).ifelse(0, age),
        order_kind=rows.kind,
    )


def _visit(rows: "Table") -> "Value":
    # Days as numbers that grow; the difference of dates is not the same everywhere.
    day = (rows.on.year() * 12 + rows.on.month()) * 31 + rows.on.day()
    days = 1_000_000
    return (rows.customer_id * days + day).fill_null(-(rows.vehicle_id * days + day)).fill_null(-rows.order_id * days)


def _programmes(tables: Tables) -> "Table":
    invitations = tables.table("invitations").select(of_invitation="invitation_id", programme="programme")
    attributions = tables.table("attributions")
    invited = attributions.join(invitations, [("invitation_id", "of_invitation")])
    return invited.select(invited_order="order_id", programme="programme")


def _rate(on: "Value", pays_vat: "Value") -> "Value":
    """Return the per cent of tax on a day, as `workshop.facts` has it."""
    import ibis  # noqa: PLC0415 - as above

    rate = ibis.literal(VAT_RATES[0][1], type="int64")
    for start, percent in VAT_RATES[1:]:
        rate = ibis.ifelse(on >= ibis.date(start), percent, rate)
    return pays_vat.ifelse(rate, 0)


def _without_vat(kopecks: "Value", rate: "Value") -> "Value":
    whole = (kopecks.abs() * 200 + 100 + rate) // (2 * (100 + rate))
    return (kopecks < 0).ifelse(-whole, whole)


def _typed(rows: "Table", columns: Mapping[str, str]) -> "Table":
    return rows.select(**{name: rows[name].cast(kind) for name, kind in columns.items()})
