"""The pivot over a mirror that goes on: what changes touch is laid out anew, the rest stands."""

from datetime import date
from decimal import Decimal

import pytest
from tests import factories, pivot_base, pivots

from vernost import facts
from vernost.core.actor import Actor, system
from vernost.customers.models import Customer
from vernost.facts import mirror as mirrors
from vernost.facts import operations as mirror
from vernost.invitations.models import Attribution
from vernost.reports.queries import pivot
from vernost.reports.queries.pivot import store
from vernost.reports.rules.pivot import PivotRefused, read
from vernost.segments import operations as segments
from vernost.vehicles.models import Vehicle
from vernost.workshop.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)
AS_OF = date(2026, 11, 20)
GROUP = system("test")


@pytest.fixture
def base():
    with pivot_base.dealership() as made:
        yield made


def asked(**document):
    return read({"from": "2026-01-01", "measures": [one.code for one in pivots.COUNTED], **document}, as_of=AS_OF)


def figures(found, *codes):
    """Return the rows of the first level by title, with some measures."""
    request = found.request
    shown = [one for one in request.measures if one.code in codes]
    return {
        found.names.title(request.rows[0], path[0]): tuple(found.value(one, path, ()) for one in shown)
        for path in found.children(())
    }


@pytest.mark.usefixtures("base")
def test_names_and_figures_of_a_pivot():
    found = pivot.answer(GROUP, asked(rows=["branch"]))
    assert figures(found, "visits", "customers", "orders", "revenue", "labour_hours") == {
        "Казань": (2, 1, 2, Decimal(3000), Decimal(2)),
        "Самара": (2, 2, 2, Decimal(3000), Decimal(2)),
    }
    assert found.refreshed_at == pivot_base.NOW
    titles = {
        code: [found_.names.title(found_.request.rows[0], path[0]) for path in found_.children(())]
        for code in ("make", "model", "programme", "advisor", "customer_kind", "category")
        for found_ in [pivot.answer(GROUP, asked(rows=[code]))]
    }
    assert titles == {
        "make": ["Chery", "Haval"],
        "model": ["Chery Tiggo 7", "Haval Jolion"],
        "programme": ["Очередное ТО", "Came without an invitation"],
        "advisor": ["Мастер Олег", "Without an advisor"],
        "customer_kind": ["Company", "Person"],
        "category": ["Brakes", "oil"],
    }


def test_changes_are_seen_after_a_refresh_without_laying_everything_out_again(base):
    request = asked(rows=["make", "category"], columns=["branch"])
    pivot.answer(GROUP, request)
    folders = sorted(path.name for path in store.root().iterdir() if path.is_dir())
    fresh = factories.order(branch=base.kazan, customer=base.ivanov, vehicle=base.chery, opened_on=date(2026, 4, 10))
    pivot_base.line(fresh, 1, amount=7000)
    for change in (
        lambda: None,
        lambda: Vehicle.objects.filter(pk=base.haval.pk).update(make="Geely"),
        lambda: Customer.objects.filter(pk=base.ivanov.pk).update(kind="company"),
        lambda: OrderLine.objects.filter(order=base.orders[1], line_no=2).update(category="Tyres"),
        lambda: OrderLine.objects.filter(order=base.orders[2]).update(amount=9),
        lambda: Attribution.objects.all().delete(),
    ):
        change()
        mirror.refresh(now=pivot_base.NOW)
        pivot.forget()
        equal_to_the_definition(request)
        equal_to_the_definition(asked(rows=["programme"], columns=["customer_kind"]))
    assert sorted(path.name for path in store.root().iterdir() if path.is_dir()) == folders


def equal_to_the_definition(request):
    found, con = pivot.answer(GROUP, request), facts.connect()
    for rows in range(len(request.rows) + 1):
        for columns in range(len(request.columns) + 1):
            expected = pivots.by_definition(con, request, rows, columns)
            assert pivots.by_arrays(found.grid, rows, columns) == expected


def test_a_rebuilt_mirror_is_laid_out_anew_and_the_old_arrays_go(base):
    request = asked(rows=["branch"])
    pivot.answer(GROUP, request)
    factories.order(branch=base.kazan, customer=base.ivanov, vehicle=base.haval, opened_on=date(2026, 5, 10), amount=10)
    mirror.rebuild(now=pivot_base.NOW)
    assert pivot.answer(GROUP, request).grid.number("orders", (), ()) == 5
    assert len([path for path in store.root().iterdir() if path.is_dir()]) == 1
    assert mirrors.current().version


def test_a_person_of_one_branch_counts_its_orders_only(base):
    of_kazan = Actor(code="user:1", branch_ids=frozenset({base.kazan.pk}))
    found = pivot.answer(of_kazan, asked(rows=["branch"]))
    assert figures(found, "visits", "customers", "orders") == {"Казань": (2, 1, 2)}
    listed = pivot.orders_of_cell(of_kazan, asked(), after=None, limit=50)
    assert [row.order for row in listed.rows] == [f"vernost:{order.pk}" for order in (base.orders[1], base.orders[0])]


@pytest.mark.usefixtures("base")
def test_changes_and_shares():
    found = pivot.answer(
        GROUP,
        asked(rows=["branch"], columns=["month"], measures=["revenue:share_total", "orders:change_before"]),
    )
    share, change = found.request.measures
    kazan = next(path for path in found.children(()) if found.names.title(found.request.rows[0], path[0]) == "Казань")
    february = (date(2026, 2, 1),)
    assert (found.value(share, kazan, ()), found.value(share, kazan, february)) == (0.5, 0.25)
    assert (found.value(change, kazan, february), found.value(change, kazan, (date(2026, 1, 1),))) == (0.0, None)
    assert found.value(change, (), february) == 1.0


def test_rows_that_are_shown_are_those_of_the_whole_answer(base):
    request = asked(
        rows=["branch", "make", "category"],
        columns=["month"],
        measures=["revenue", "customers", "vehicles", "visits:share_row", "orders:change_before", "average_order"],
    )
    kazan, ref = base.kazan.pk, f"vernost:{base.kazan.pk}"
    whole = pivot.answer(GROUP, request)
    found = pivot.answer(GROUP, request, shown=[(ref,), (ref, "haval"), ("gone",), (ref, "haval", "brakes")])
    assert found.columns == whole.columns
    checked = 0
    for path in ((), (kazan,), (kazan, "haval")):
        assert found.children(path) == whole.children(path)
        for row in (path, *found.children(path)):
            for shown in request.measures:
                of_row = found.values(shown, row, [*found.columns, ()])
                assert of_row == [whole.value(shown, row, column) for column in (*whole.columns, ())]
                assert found.theres(row, found.columns) == [
                    whole.grid.number("there", row, column) > 0 for column in whole.columns
                ]
                checked += len(of_row)
    assert checked == 8 * 6 * 4
    assert found.children((base.samara.pk,)) == []


def test_every_cell_opens_the_orders_that_it_counts(base):
    request = asked(rows=["branch", "category"], columns=["month"])
    found = pivot.answer(GROUP, request)
    checked = 0
    for rows in range(3):
        for columns in range(2):
            for row, column in found.cells(rows, columns):
                keys = zip((*request.rows[: len(row)], *request.columns[: len(column)]), (*row, *column), strict=True)
                filters = [{"dimension": one.code, "in": [pivot.key_text(found, one, key)]} for one, key in keys]
                listed = pivot.orders_of_cell(GROUP, asked(filters=filters), after=None, limit=None)
                cell = {one.code: found.value(one, row, column) for one in request.measures}
                assert {name: getattr(listed, name) for name in cell} == cell
                assert len(listed.rows) == cell["orders"]
                assert sum(each.revenue for each in listed.rows) == cell["revenue"]
                assert sum(each.labour_hours for each in listed.rows) == cell["labour_hours"]
                checked += 1
    assert checked == 22
    pages = [pivot.orders_of_cell(GROUP, asked(), after=None, limit=3)]
    pages.append(pivot.orders_of_cell(GROUP, asked(), after=pages[0].rows[-1].place, limit=3))
    assert [row.order for page in pages for row in page.rows] == [
        f"vernost:{order.pk}" for order in sorted(base.orders, key=lambda one: (one.closed_on, one.pk), reverse=True)
    ]


def test_arrays_are_laid_out_after_a_build_where_somebody_uses_them(base):
    assert pivot.follow() is False
    pivot.answer(GROUP, asked(rows=["branch"]))
    assert pivot.follow() is False
    factories.order(branch=base.kazan, customer=base.ivanov, vehicle=base.haval, opened_on=date(2026, 5, 10), amount=10)
    mirror.rebuild(now=pivot_base.NOW)
    assert pivot.follow() is True
    assert pivot.answer(GROUP, asked()).grid.number("orders", (), ()) == 5


@pytest.fixture
def segmented(base):
    """Companies, and who has paid three thousand: Ivanov is in one of them, Reis in the other, nobody in both."""
    rules = {
        "companies": {"attribute": "customer_kind", "operator": "in", "value": ["company"]},
        "paying": {"attribute": "revenue", "operator": "at_least", "value": 3000},
        "everybody": {"attribute": "customer_kind", "operator": "in", "value": ["company", "person"]},
    }
    for code, rule in rules.items():
        segments.save_segment(
            segment_id=None, title=code, code=code, rule={"all": [rule]}, actor=GROUP, now=pivot_base.NOW
        )
    return base


def cells(found):
    """Return visits, customers and orders of every cell of every level, by the paths of its keys."""
    shown = [one for one in found.request.measures if one.code in {"visits", "customers", "orders"}]
    return {
        (rows, columns): tuple(found.value(one, rows, columns) for one in shown)
        for i in range(len(found.request.rows) + 1)
        for j in range(len(found.request.columns) + 1)
        for rows, columns in found.cells(i, j)
    }


@pytest.mark.usefixtures("segmented")
def test_segments_are_rows_of_their_own_and_the_total_counts_everybody_once():
    rows = figures(pivot.answer(GROUP, asked(rows=["segment"])), "visits", "customers", "orders")
    assert rows == {"companies": (1, 1, 1), "everybody": (4, 2, 4), "paying": (3, 1, 3)}
    found = pivot.answer(GROUP, asked(rows=["segment"], filters=[{"dimension": "segment", "in": ["companies", None]}]))
    assert cells(found) == {
        ((), ()): (4, 2, 4),
        (("companies",), ()): (1, 1, 1),
        ((None,), ()): (3, 1, 3),
    }


@pytest.mark.usefixtures("segmented")
@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (["segment", "branch"], []),
        (["branch", "segment"], []),
        (["make", "segment", "branch"], ["month"]),
        (["branch"], ["month", "segment"]),
        (["branch"], ["segment", "month"]),
    ],
)
def test_a_segment_stands_at_any_level(rows, columns):
    """Every cell of the dimension is the same cell of a pivot with the segment as its filter."""
    found = cells(pivot.answer(GROUP, asked(rows=rows, columns=columns)))
    bare = {"rows": [one for one in rows if one != "segment"], "columns": [one for one in columns if one != "segment"]}
    codes = {"companies", "everybody", "paying"}
    each = {code: cells(pivot.answer(GROUP, asked(**bare, segment=code))) for code in codes}
    each[None] = cells(pivot.answer(GROUP, asked(**bare)))
    expected = {}
    for place in found:
        shelves = list(zip((rows, columns), place, strict=True))
        keys = dict(pair for shelf, path in shelves for pair in zip(shelf, path, strict=False))
        inside = tuple(
            tuple(key for dimension, key in zip(shelf, path, strict=False) if dimension != "segment")
            for shelf, path in shelves
        )
        expected[place] = each[keys.get("segment")][inside]
    assert found == expected
    assert {key for place in found for path in place for key in path} >= codes


@pytest.mark.usefixtures("segmented")
def test_a_segment_is_a_filter():
    def orders(**chosen):
        request = asked(filters=[{"dimension": "segment", **chosen}])
        listed = pivot.orders_of_cell(GROUP, request, after=None, limit=None)
        assert len(listed.rows) == listed.orders
        return listed.orders

    found = [
        orders(**{"in": ["companies"]}),
        orders(**{"in": ["companies", "paying"]}),
        orders(**{"in": ["companies", None]}),
        orders(**{"in": [None]}),
        orders(not_in=["companies"]),
        orders(not_in=[None]),
    ]
    assert found == [1, 4, 4, 0, 3, 4]
    with pytest.raises(PivotRefused):
        orders(**{"in": ["nothing"]})


@pytest.mark.usefixtures("segmented")
def test_too_many_segments_are_asked_to_be_chosen():
    for number in range(5):
        segments.save_segment(
            segment_id=None,
            title=f"more {number}",
            rule={"all": [{"attribute": "customer_kind", "operator": "in", "value": ["company"]}]},
            actor=GROUP,
            now=pivot_base.NOW,
        )
    with pytest.raises(PivotRefused):
        pivot.answer(GROUP, asked(rows=["segment"]))
