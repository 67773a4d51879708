import duckdb
import pytest

from vernost.intake.formats import in_order, kinds
from vernost.intake.rules import headers, vocabulary
from vernost.intake.rules.reasons import REASON_TEXTS, WARNING_TEXTS, Reason, Warning  # noqa: A004 - a file's warning
from vernost.intake.rules.types import OneOf

# The order of the table in docs/reference/exchange-format.md.
ORDER = (
    "branches employees customers consents vehicles deals maintenance_plans recalls orders order_lines appointments "
    "vehicle_events part_orders interactions surveys"
)


def test_kinds_are_taken_so_that_a_record_comes_before_those_that_name_it():
    assert [kind.code for kind in in_order()] == ORDER.split()
    taken = []
    for kind in in_order():
        assert {reference.kind for _column, reference in kind.references} <= set(taken)
        taken.append(kind.code)


def test_the_hash_of_a_record_is_what_it_has_always_been():
    """Another hash would take every record of every dealer for a changed one: a new DuckDB must not bring it unseen."""
    asked = "SELECT (hash('C-1', NULL::VARCHAR, 12.34::DECIMAL(14,2), DATE '2026-03-31', true, 7::BIGINT) >> 1)::BIGINT"
    assert duckdb.sql(asked).fetchall() == [(3897825182708095056,)]


def test_every_reason_and_warning_has_words():
    assert (set(REASON_TEXTS), set(WARNING_TEXTS)) == (set(Reason), set(Warning))


@pytest.mark.parametrize("kind", [kind.code for kind in in_order()])
def test_the_shipped_words_name_what_there_is(kind):
    """A word of onec.toml means a column of its kind, and a code that the column may have."""
    columns = {column.name: column for column in kinds[kind].columns}
    own = {column for meanings in vocabulary.column_names(kind).values() for column in meanings}
    shared = {"id", "branch_id", "customer_id", "vehicle_id", "advisor_id", "phones", "emails"}
    assert own - shared <= set(columns)
    for column in columns.values():
        if isinstance(column.type, OneOf):
            assert set(vocabulary.values(column.type.vocabulary).values()) <= set(column.type.codes)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customers.csv", "customers"),
        ("Customers_2026-03-31.CSV", "customers"),
        ("orders (1).xlsx", "orders"),
        ("Заказ-наряды за март 2026.xls", None),
        ("Заказ-наряды 2026-03.xls", "orders"),
        ("КЛИЕНТЫ.csv", "customers"),
        ("readme.csv", None),
    ],
)
def test_a_file_is_told_by_its_name(name, kind):
    found = headers.kind_by_name(name, in_order())
    assert (found and found.code) == kind


def test_a_file_is_told_by_its_header():
    rows = [["Отчёт за март"], ["Номер", "Дата открытия", "Дата закрытия", "Контрагент", "Код контрагента", "Пробег"]]
    kind, header = headers.recognise(rows, in_order(), {})
    assert (kind.code, header.row, header.columns) == (
        "orders",
        1,
        ("id", "opened_at", "closed_at", None, "customer_id", "mileage_km"),
    )
    assert headers.recognise([["id", "name", "value"]], in_order(), {}) is None


def test_the_dealers_own_name_of_a_column_goes_first():
    header = headers.find([["№ карты", "Код", "Откуда"]], kinds["customers"], {"№ карты": "id", "Откуда": "city"})
    assert header.columns == ("id", None, "city")
