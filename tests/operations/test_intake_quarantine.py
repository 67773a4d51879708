"""Rows that cannot be taken: why, how they are mended, how they come by themselves."""

import pytest
from tests.intake import NOW, TESTER, counts, imported, refused, rows, run, write

from vernost.accounts.models import Branch, Employee
from vernost.customers.models import Customer
from vernost.intake import operations
from vernost.intake.models import QuarantinedRow
from vernost.workshop.models import OrderLine, RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("file", "header", "row", "reason"),
    [
        ("customers", "id,city", ",Казань", ("id", "", "missing_value")),
        ("customers", "id,birth_date", "1,31.02.1980", ("birth_date", "31.02.1980", "bad_date")),
        ("customers", "id,gender", "1,x", ("gender", "x", "unknown_value")),
        ("customers", "id,blocked", "1,может быть", ("blocked", "может быть", "bad_flag")),
        ("customers", "id,timezone", "1,МСК+2", ("timezone", "МСК+2", "unknown_zone")),
        ("customers", "id,city", f"{'9' * 201},Казань", ("id", "9" * 200, "too_long")),
        ("branches", "id,name,open_at", "1,Казань,25:00", ("open_at", "25:00", "bad_time")),
        ("branches", "id,name,bays", "1,Казань,много", ("bays", "много", "bad_number")),
        ("branches", "id,name,bays", "1,Казань,-1", ("bays", "-1", "out_of_range")),
        (
            "maintenance_plans",
            "make,model,interval_months,interval_km",
            "LADA,Vesta,12,0",
            ("interval_km", "0", "out_of_range"),
        ),
        ("vehicles", "id,make,model,year", "1,LADA,Vesta,1066", ("year", "1066", "out_of_range")),
        ("vehicles", "id,make,model", "1,,Vesta", ("make", "", "missing_value")),
        ("vehicles", "id,make,model,customer_id", "1,LADA,Vesta,C9", ("customer_id", "C9", "unknown_reference")),
        ("orders", "id,opened_at,mileage_km", "1,2026-03-01,-0.5", ("mileage_km", "-0.5", "out_of_range")),
        ("orders", "id,opened_at,amount", "1,2026-03-01,12 5O0", ("amount", "12 5O0", "bad_number")),
        ("orders", "id,opened_at,kind", "1,2026-03-01,прочее", ("kind", "прочее", "unknown_value")),
        ("orders", "id,opened_at,status", "1,2026-03-01,closed", ("closed_at", "", "closed_without_day")),
        (
            "orders",
            "id,opened_at,closed_at",
            "1,2026-03-02,2026-03-01",
            ("closed_at", "2026-03-01", "closed_before_opened"),
        ),
        ("deals", "id,status", "1,won", ("closed_on", "", "won_without_day")),
    ],
)
def test_a_row_is_refused_for_its_reason(tmp_path, file, header, row, reason):
    assert imported(tmp_path / "in", {f"{file}.csv": f"{header}\n{row}\n"}) == {f"{file}.csv": (0, 0, 0, 1)}
    assert refused("line", "column", "value", "reason") == [(2, *reason)]


def test_a_refused_row_never_stops_the_rest_and_is_kept_whole(tmp_path):
    text = "id;full_name;birth_date;Любимый цвет\n1;Иванов;31.02.1980;синий\n2;Петров;;\n"
    assert imported(tmp_path / "in", {"customers.csv": text}) == {"customers.csv": (1, 0, 0, 1)}
    assert refused("file__name", "line", "kind", "key", "row") == [
        (
            *("customers.csv", 2, "customers", "1"),
            {"id": "1", "full_name": "Иванов", "birth_date": "31.02.1980", "Любимый цвет": "синий"},
        )
    ]


def test_the_same_refused_row_waits_once(tmp_path):
    files = {"customers.csv": "id,birth_date\n1,31.02.1980\n,01.01.1980\n"}
    imported(tmp_path / "in", files)
    assert imported(tmp_path / "in", files) == {"customers.csv": (0, 0, 0, 2)}
    assert refused("key", "reason") == [("1", "bad_date"), ("", "missing_value")]


def test_a_good_row_of_the_same_key_ends_the_waiting(tmp_path):
    imported(tmp_path / "in", {"customers.csv": "id,birth_date\n1,31.02.1980\n"})
    imported(tmp_path / "in", {"customers.csv": "id,birth_date\n1,28.02.1980\n"})
    assert refused() == []
    assert rows(QuarantinedRow.objects, "key", "state") == [("1", "taken")]


ORDERS = {"orders.csv": "id,customer_id,opened_at\nO1,C1,2026-03-01\nO2,C2,2026-03-01\n"}
LINES = {"order_lines.csv": "order_id,line_no,name,amount\nO1,1,Мойка,100\nO2,1,Мойка,200\n"}


def test_rows_wait_for_the_record_that_they_refer_to(tmp_path):
    assert imported(tmp_path / "in", {**ORDERS, **LINES}) == {
        "orders.csv": (0, 0, 0, 2),
        "order_lines.csv": (0, 0, 0, 2),
    }
    assert refused("kind", "key", "waits_for_kind", "waits_for_key") == [
        ("orders", "O1", "customers", "C1"),
        ("orders", "O2", "customers", "C2"),
        ("order_lines", "O1/1", "orders", "O1"),
        ("order_lines", "O2/1", "orders", "O2"),
    ]
    made = run(write(tmp_path / "later", {"customers.csv": "id\nC1\n"}))
    made.refresh_from_db()
    assert (counts(made), made.taken) == ({"customers.csv": (1, 0, 0, 0)}, 2)
    assert rows(RepairOrder.objects, "external_id", "customer__external_id") == [("O1", "C1")]
    assert rows(OrderLine.objects, "order__external_id", "amount") == [("O1", "100.00")]
    assert refused("key") == [("O2",), ("O2/1",)]


def test_a_row_that_waits_makes_no_branch_and_no_employee(tmp_path):
    header = "id,customer_id,branch_id,advisor_id,opened_at"
    orders = {"orders.csv": f"{header}\nO1,C1,B1,E1,2026-03-01\nO2,,B2,E2,2026-03-01\n"}
    assert imported(tmp_path / "orders", orders) == {"orders.csv": (1, 0, 0, 1)}
    assert rows(Branch.objects, "external_id") == [("B2",)]
    assert rows(Employee.objects, "external_id") == [("E2",)]
    imported(tmp_path / "customers", {"customers.csv": "id,full_name\nC1,Иванов\n"})
    assert rows(RepairOrder.objects, "external_id", "branch__external_id") == [("O1", "B1"), ("O2", "B2")]
    assert rows(Employee.objects, "external_id") == [("E1",), ("E2",)]


def test_a_newer_row_goes_before_one_that_waited(tmp_path):
    imported(tmp_path / "in", {"orders.csv": "id,customer_id,opened_at,mileage_km\nO1,C1,2026-03-01,100\n"})
    files = {"customers.csv": "id\nC1\n", "orders.csv": "id,customer_id,opened_at,mileage_km\nO1,C1,2026-03-01,200\n"}
    assert imported(tmp_path / "in", files) == {"customers.csv": (1, 0, 0, 0), "orders.csv": (0, 1, 0, 0)}
    assert rows(RepairOrder.objects, "external_id", "mileage_km") == [("O1", 200)]
    assert refused() == []


def test_a_mended_row_is_taken_with_those_that_waited_for_it(tmp_path):
    customers = {"customers.csv": "id,birth_date,city\nC1,31.02.1980,Казань\n"}
    imported(tmp_path / "in", {**customers, "orders.csv": "id,customer_id,opened_at\nO1,C1,2026-03-01\n"})
    first = QuarantinedRow.objects.get(kind="customers")
    still = operations.mend_row(row_id=first.pk, values={"birth_date": "30.02.1980"}, actor=TESTER, now=NOW)
    assert (still.state, still.value, still.reason) == ("open", "30.02.1980", "bad_date")
    taken = operations.mend_row(row_id=first.pk, values={"birth_date": "28.02.1980"}, actor=TESTER, now=NOW)
    assert (taken.state, taken.settled_at) == ("taken", NOW)
    assert rows(Customer.objects, "external_id", "city") == [("C1", "Казань")]
    assert rows(RepairOrder.objects, "external_id", "customer__external_id") == [("O1", "C1")]
    assert refused() == []
    with pytest.raises(operations.RowIsSettled):
        operations.mend_row(row_id=first.pk, values={}, actor=TESTER, now=NOW)


def test_rows_are_tried_again_and_dropped(tmp_path):
    imported(tmp_path / "in", ORDERS)
    first, second = QuarantinedRow.objects.order_by("pk")
    assert operations.retry_rows(row_ids=[first.pk, second.pk], actor=TESTER, now=NOW) == 0
    operations.drop_row(row_id=first.pk, actor=TESTER, now=NOW)
    imported(tmp_path / "in", {"customers.csv": "id\nC1\nC2\n"})
    assert rows(RepairOrder.objects, "external_id") == [("O2",)]
    with pytest.raises(operations.RowIsSettled):
        operations.drop_row(row_id=first.pk, actor=TESTER, now=NOW)


def test_a_vin_of_two_records_is_warned_of_and_both_stay(tmp_path):
    header = "id,vin,make,model\n"
    first = run(write(tmp_path / "a", {"vehicles.csv": f"{header}V1,XTA21099012345678,LADA,Vesta\nV2,,LADA,Vesta\n"}))
    assert first.files.get().warnings == []
    second = run(write(tmp_path / "b", {"vehicles.csv": f"{header}V3,XTA21099012345678,LADA,Vesta\nV4,,LADA,Vesta\n"}))
    assert second.files.get().warnings == [{"code": "vin_twice", "count": 1, "lines": [2]}]
    assert counts(second) == {"vehicles.csv": (2, 0, 0, 0)}
    again = run(tmp_path / "b")
    assert again.files.get().warnings == []


def test_warnings_take_the_row(tmp_path):
    made = run(
        write(
            tmp_path / "in",
            {
                "customers.csv": "id,phones,Цвет\n1,12-34,\n2,8 916 123 45 67,\n",
                "vehicles.csv": "id,vin,make,model\n1,1M8GDM9A1KP042788,VDL,Bus\n2,NZE141-1,Toyota,Corolla\n3,,LADA,Vesta\n",
            },
        )
    )
    assert {file.name: file.warnings for file in made.files.all()} == {
        "customers.csv": [
            {"code": "bad_phone", "count": 1, "lines": [2]},
            {"code": "unknown_columns", "count": 1, "names": ["Цвет"]},
        ],
        "vehicles.csv": [
            {"code": "vin_not_standard", "count": 1, "lines": [3]},
            {"code": "vin_check_digit", "count": 1, "lines": [2]},
        ],
    }
