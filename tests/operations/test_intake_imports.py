"""What becomes of the rows of each kind of file."""

from datetime import UTC, date, datetime, time

import pytest
from tests.intake import counts, imported, later, refused, rows, run, write

from vernost.accounts.models import Branch, Employee
from vernost.care.models import SurveyAnswer
from vernost.contacts.models import Interaction
from vernost.core import parents
from vernost.customers.models import ChannelStop, ConsentStatement, ContactAddress, Customer
from vernost.facts.models import FactChange
from vernost.sales.models import Deal
from vernost.vehicles.models import MaintenancePlan, Ownership, RecallEntry, Vehicle, VehicleEvent
from vernost.workshop.models import Appointment, Bay, OrderLine, PartOrder, RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

BRANCHES = "id,name,timezone,bays,open_at,close_at,vat\nB1,Казань,Europe/Moscow,2,9:00,20:00,1\n"
CUSTOMERS = "id,full_name,phones\nC1,Иванов Иван Петрович,8 (916) 123-45-67\nC2,ООО «Ромашка»,\n"
VEHICLES = "id,vin,plate,make,model,customer_id,owned_from\nV1,xta21099oy1234567,a123bc77,LADA,Vesta,C1,2020-05-01\n"
ORDERS = (
    "id,branch_id,customer_id,vehicle_id,opened_at,closed_at,mileage_km\nO1,B1,C1,V1,2026-03-01 9:05,2026-03-02,15000\n"
)
ALL = {"branches.csv": BRANCHES, "customers.csv": CUSTOMERS, "vehicles.csv": VEHICLES, "orders.csv": ORDERS}


def test_the_same_files_change_nothing_the_second_time(tmp_path):
    first = run(write(tmp_path / "in", ALL))
    assert counts(first) == {
        "branches.csv": (1, 0, 0, 0),
        "customers.csv": (2, 0, 0, 0),
        "vehicles.csv": (1, 0, 0, 0),
        "orders.csv": (1, 0, 0, 0),
    }
    second = run(tmp_path / "in")
    assert counts(second) == {
        "branches.csv": (0, 0, 1, 0),
        "customers.csv": (0, 0, 2, 0),
        "vehicles.csv": (0, 0, 1, 0),
        "orders.csv": (0, 0, 1, 0),
    }


def test_the_same_data_in_other_clothes_are_the_same(tmp_path):
    imported(tmp_path / "in", ALL)
    clothes = {
        "Клиенты.csv": "Код;ФИО;Телефоны\nC1; Иванов  Иван Петрович ;+7 916 123-45-67\nC2;ООО «Ромашка»;\n".encode(
            "cp1251"
        ),
        "заказ-наряды.csv": (
            "Номер\tПодразделение\tКод клиента\tКод автомобиля\tДата открытия\tДата закрытия\tПробег\n"
            "O1\tB1\tC1\tV1\t01.03.2026 9:05:00\t02.03.2026\t15 000\n"
        ).encode("utf-8-sig"),
    }
    assert imported(tmp_path / "in", clothes) == {"Клиенты.csv": (0, 0, 2, 0), "заказ-наряды.csv": (0, 0, 1, 0)}


@pytest.mark.parametrize("may", [True, False])
def test_orders_are_the_same_whoever_proves_their_keys(tmp_path, monkeypatch, may):
    """Proved as a set, or row by row where the server does not let us put foreign keys aside."""
    monkeypatch.setattr(parents, "may_put_keys_aside", lambda _cursor: may)
    imported(tmp_path / "in", ALL)
    FactChange.objects.all().delete()
    more = ORDERS.replace("15000", "15001") + "O2,B1,C2,,2026-03-03,,\nO3,B1,C9,,2026-03-03,,\n"
    lines = "order_id,line_no,name,amount\nO1,1,Мойка,100\nO2,1,Масло,200\nO9,1,Лампа,300\n"
    files = {"orders.csv": more, "order_lines.csv": lines}
    assert imported(tmp_path / "in", files) == {"orders.csv": (1, 1, 0, 1), "order_lines.csv": (2, 0, 0, 1)}
    orders = rows(RepairOrder.objects, "external_id", "customer__external_id", "vehicle__external_id", "mileage_km")
    assert orders == [("O1", "C1", "V1", 15001), ("O2", "C2", None, None)]
    assert rows(OrderLine.objects, "order__external_id", "name") == [("O1", "Мойка"), ("O2", "Масло")]
    noted = set(FactChange.objects.values_list("table", "row_id"))
    assert noted == {("orders", pk) for pk in RepairOrder.objects.values_list("pk", flat=True)}


def test_a_row_that_says_what_is_known_stands_beside_one_that_does_not(tmp_path):
    """The first is not looked up again; whichever comes last, the order keeps its customer and its car."""
    imported(tmp_path / "in", ALL)
    header, known = ORDERS.splitlines()
    other = known.replace("15000", "16000")
    for rows_of_file, expected, km in (
        ([other, known], (0, 0, 2, 0), 15000),
        ([known, other], (0, 1, 1, 0), 16000),
        ([other, known], (0, 1, 1, 0), 15000),
    ):
        text = "\n".join([header, *rows_of_file, ""])
        assert imported(tmp_path / "in", {"orders.csv": text}) == {"orders.csv": expected}
        assert rows(RepairOrder.objects, "customer__external_id", "vehicle__external_id", "mileage_km") == [
            ("C1", "V1", km)
        ]


def test_a_branch_brings_its_bays(tmp_path):
    imported(tmp_path / "in", {"branches.csv": BRANCHES})
    assert rows(Branch.objects, "external_id", "name", "timezone", "bays", "open_at", "close_at", "vat") == [
        ("B1", "Казань", "Europe/Moscow", 2, time(9), time(20), True)
    ]
    assert rows(Bay.objects, "number", "active") == [(1, True), (2, True)]
    assert imported(tmp_path / "in", {"branches.csv": BRANCHES.replace(",2,", ",1,")}) == {"branches.csv": (0, 1, 0, 0)}
    assert rows(Bay.objects, "number", "active") == [(1, True), (2, False)]
    imported(tmp_path / "in", {"branches.csv": BRANCHES.replace(",2,", ",3,")})
    assert rows(Bay.objects, "number", "active") == [(1, True), (2, True), (3, True)]


def test_an_unknown_branch_or_employee_is_made(tmp_path):
    files = {"orders.csv": "id,branch_id,advisor_id,opened_at\nO1,B9,E9,2026-03-01\nO2,B9,,2026-03-01\n"}
    assert imported(tmp_path / "in", files) == {"orders.csv": (2, 0, 0, 0)}
    assert rows(Branch.objects, "external_id", "name", "timezone") == [("B9", "B9", "Europe/Moscow")]
    assert rows(Employee.objects, "external_id", "name") == [("E9", "E9")]
    assert imported(tmp_path / "in", {"branches.csv": BRANCHES.replace("B1", "B9")}) == {"branches.csv": (0, 1, 0, 0)}
    assert rows(Branch.objects, "external_id", "name") == [("B9", "Казань")]


def test_a_customer_is_a_person_or_a_company(tmp_path):
    imported(
        tmp_path / "in",
        {
            "customers.csv": "id,kind,full_name,last_name,first_name,middle_name,company_name,inn\n"
            "1,,Иванов Иван Петрович,,,,,\n2,,,Ёлкина,Анна,,,\n3,,ООО Ромашка,,,,,\n4,,,,,,Завод,1655000000\n"
            "5,person,Анна Ильинична Громова,,,,,\n6,company,Сидоров,,,,АО Парк,\n7,,,,,,,\n"
        },
    )
    assert rows(
        Customer.objects, "external_id", "kind", "full_name", "last_name", "first_name", "middle_name", "sort_key"
    ) == [
        ("1", "person", "Иванов Иван Петрович", "Иванов", "Иван", "Петрович", "иванов иван петрович"),
        ("2", "person", "Ёлкина Анна", "Ёлкина", "Анна", "", "елкина анна"),
        ("3", "company", "ООО Ромашка", "", "", "", "ооо ромашка"),
        ("4", "company", "Завод", "", "", "", "завод"),
        ("5", "person", "Анна Ильинична Громова", "Громова", "Анна", "Ильинична", "анна ильинична громова"),
        ("6", "company", "АО Парк", "", "", "", "ао парк"),
        ("7", "person", "", "", "", "", ""),
    ]


ADDRESS = ("customer__external_id", "kind", "value", "position", "note")


def test_addresses_follow_the_source_and_spare_what_people_added(tmp_path):
    header = "id,phones,emails\n"
    imported(
        tmp_path / "in", {"customers.csv": header + '1,"89161234567 жена; 8 495 123-45-67, 12-34",A@B.ru\n2,"",\n'}
    )
    assert rows(ContactAddress.objects.order_by("kind"), "kind", "value", "position", "note", "imported") == [
        ("email", "a@b.ru", 0, "", True),
        ("note", "12-34", 0, "", True),
        ("phone", "+79161234567", 0, "жена", True),
        ("phone", "+74951234567", 1, "", True),
    ]
    customer = Customer.objects.get(external_id="1")
    ContactAddress.objects.create(customer=customer, kind="phone", value="+79990000000", position=5)
    ContactAddress.objects.filter(value="+74951234567").update(invalid_on=date(2026, 1, 1))
    changed = {"customers.csv": header + "1,8 495 123-45-67; 89031112233,\n2,,\n"}
    assert imported(tmp_path / "in", changed) == {"customers.csv": (0, 1, 1, 0)}
    assert rows(ContactAddress.objects, "position", "value", "invalid_on", "imported") == [
        (0, "+74951234567", date(2026, 1, 1), True),
        (1, "+79031112233", None, True),
        (5, "+79990000000", None, False),
    ]
    assert imported(tmp_path / "in", {"customers.csv": "id,city\n1,Казань\n"}) == {"customers.csv": (0, 1, 0, 0)}
    assert ContactAddress.objects.count() == 3


CONSENT = ("on", "calls", "sms", "email", "messenger", "origin")


def test_consents_follow_the_source_and_keep_their_past(tmp_path):
    header = "id,consent_calls,consent_sms,consent_on\n"

    def statements(row, **more):
        imported(tmp_path / "in", {"customers.csv": header + row}, **more)
        return rows(ConsentStatement.objects, *CONSENT)

    first = (date(2024, 1, 1), True, False, False, False, "import")
    assert statements("1,1,,2024-01-01\n") == [first]
    assert statements("1,1,1,2025-01-01\n") == [first, (date(2025, 1, 1), True, True, False, False, "import")]
    corrected = (date(2024, 6, 1), False, True, False, False, "import")
    assert statements("1,0,1,2024-06-01\n") == [first, corrected]
    withdrawn = (date(2026, 3, 31), False, False, False, False, "import")
    assert statements("1,,,\n") == [first, corrected, withdrawn]
    assert statements("1,да,,\n") == [(None, True, False, False, False, "import")]


def test_a_customer_who_says_nothing_has_no_statement(tmp_path):
    imported(tmp_path / "in", {"customers.csv": "id,consent_calls,consent_on\n1,,\n"})
    assert rows(ConsentStatement.objects, *CONSENT) == []


OWNERSHIP = ("owned_from", "customer__external_id", "owned_until")


def test_owners_follow_the_source_and_keep_their_past(tmp_path):
    customers = "id\nC1\nC2\n"

    def owners(row, **more):
        files = {
            "customers.csv": customers,
            "vehicles.csv": f"id,make,model,customer_id,owned_from\nV1,LADA,Vesta,{row}\n",
        }
        imported(tmp_path / "in", files, **more)
        return rows(Ownership.objects, *OWNERSHIP)

    assert owners("C1,") == [(None, "C1", None)]
    assert owners("C1,2020-05-01") == [(date(2020, 5, 1), "C1", None)]
    assert owners("C2,2024-05-01") == [
        (date(2020, 5, 1), "C1", date(2024, 5, 1)),
        (date(2024, 5, 1), "C2", None),
    ]
    assert owners("C2,2023-05-01") == [
        (date(2020, 5, 1), "C1", date(2023, 5, 1)),
        (date(2023, 5, 1), "C2", None),
    ]
    assert owners(",") == [
        (date(2020, 5, 1), "C1", date(2023, 5, 1)),
        (date(2023, 5, 1), "C2", date(2026, 3, 31)),
    ]
    assert owners("C1,") == [(None, "C1", None)]


def test_a_vehicle_is_kept_with_folded_numbers(tmp_path):
    imported(tmp_path / "in", ALL)
    assert rows(Vehicle.objects, "vin", "plate", "make", "model", "year", "sold_by_us", "scrapped") == [
        ("XTA210990Y1234567", "А123ВС77", "LADA", "Vesta", None, False, False)
    ]


def test_an_order_has_the_wall_clock_of_its_branch(tmp_path):
    imported(
        tmp_path / "in",
        {
            "branches.csv": "id,name,timezone\nB1,Казань,Europe/Moscow\nB2,Чита,Asia/Chita\n",
            "orders.csv": "id;branch_id;opened_at;closed_at;status;mileage_km;kind;amount;cost\n"
            "1;B1;2026-03-31 9:05:00;2026-03-31 18:00;;15 000,9;ТО;15 234,50;1000\n"
            "2;B2;2026-03-31T20:00:00Z;;;;;;\n"
            "3;;31.03.2026;01.01.0001;Закрыт;;;;\n"
            "4;B1;2026-03-31;2026-04-02;cancelled;0;warranty;-5;0\n",
        },
    )
    fields = ("external_id", "opened_on", "opened_time", "closed_on", "closed_time", "status", "kind", "mileage_km")
    assert rows(RepairOrder.objects, *fields, "amount", "cost", "known_on") == [
        (
            *("1", date(2026, 3, 31), time(9, 5), date(2026, 3, 31), time(18), "closed", "maintenance", 15000),
            *("15234.50", "1000.00", None),
        ),
        ("2", date(2026, 4, 1), time(5), None, None, "open", "repair", None, None, None, None),
        ("4", date(2026, 3, 31), None, None, None, "cancelled", "warranty", 0, "-5.00", "0.00", None),
    ]
    assert refused() == [(4, "closed_at", "01.01.0001", "closed_without_day")]


def test_orders_of_later_imports_are_known_from_their_day(tmp_path):
    imported(tmp_path / "in", {"orders.csv": "id,opened_at\n1,2026-03-01\n"})
    files = {"orders.csv": "id,opened_at,closed_at\n1,2026-03-01,2026-04-02\n2,2026-04-01,\n"}
    assert imported(tmp_path / "in", files, now=later(2)) == {"orders.csv": (1, 1, 0, 0)}
    assert rows(RepairOrder.objects, "external_id", "closed_on", "known_on") == [
        ("1", date(2026, 4, 2), None),
        ("2", None, date(2026, 4, 2)),
    ]
    imported(tmp_path / "in", {"orders.csv": "id,opened_at\n1,2026-03-01\n"}, source="other", now=later(3))
    assert RepairOrder.objects.get(source__code="other").known_on is None


def test_lines_belong_to_their_order(tmp_path):
    lines = (
        "order_id,line_no,kind,code,name,quantity,unit_price,amount,declined,advised_on,payer\n"
        "O1,1,labour,007,Замена масла,1.5,1000,1500.005,0,,\nO1,2,part,,Фильтр,,,500,1,2026-05-01,insurer\n"
    )
    assert imported(tmp_path / "in", {**ALL, "order_lines.csv": lines})["order_lines.csv"] == (2, 0, 0, 0)
    assert rows(
        OrderLine.objects, "line_no", "kind", "code", "name", "quantity", "amount", "declined", "advised_on", "payer"
    ) == [
        (1, "labour", "007", "Замена масла", "1.500", "1500.01", False, None, ""),
        (2, "part", "", "Фильтр", None, "500.00", True, date(2026, 5, 1), "insurer"),
    ]
    changed = lines.replace("Фильтр", "Фильтр масляный") + "O1,3,,,Мойка,,,0,,,\n"
    assert imported(tmp_path / "in", {"order_lines.csv": changed}) == {"order_lines.csv": (1, 1, 1, 0)}
    assert rows(OrderLine.objects, "line_no", "name") == [(1, "Замена масла"), (2, "Фильтр масляный"), (3, "Мойка")]


def test_the_last_of_repeated_rows_wins(tmp_path):
    files = {"customers.csv": "id,city\n1,Казань\n2,Уфа\n1,Москва\n1,Самара\n"}
    assert imported(tmp_path / "in", files) == {"customers.csv": (2, 0, 2, 0)}
    assert rows(Customer.objects, "external_id", "city") == [("1", "Самара"), ("2", "Уфа")]
    files = {"customers.csv": "id,city\n1,Тула\n1,Самара\n2,Уфа\n2,Омск\n"}
    assert imported(tmp_path / "in", files) == {"customers.csv": (0, 1, 3, 0)}
    assert rows(Customer.objects, "external_id", "city") == [("1", "Самара"), ("2", "Омск")]


def test_appointments_have_an_instant_and_a_day_of_their_branch(tmp_path):
    files = {
        "branches.csv": "id,name,timezone\nB2,Чита,Asia/Chita\n",
        "appointments.csv": "id,branch_id,starts_at,ends_at,status,booked_on\n"
        "1,B2,2026-04-01 10:00,2026-04-01 11:00,confirmed,2026-03-20\n2,,2026-04-01T23:00:00Z,,,\n"
        "3,B2,2026-04-01 10:00,2026-04-01 9:00,,\n",
    }
    assert imported(tmp_path / "in", files)["appointments.csv"] == (2, 0, 0, 1)
    assert rows(Appointment.objects, "external_id", "starts_at", "ends_at", "starts_on", "status", "booked_on") == [
        (
            "1",
            datetime(2026, 4, 1, 1, tzinfo=UTC),
            datetime(2026, 4, 1, 2, tzinfo=UTC),
            date(2026, 4, 1),
            "confirmed",
            date(2026, 3, 20),
        ),
        ("2", datetime(2026, 4, 1, 23, tzinfo=UTC), None, date(2026, 4, 2), "booked", None),
    ]
    assert refused() == [(4, "ends_at", "2026-04-01 9:00", "ends_before_start")]


def test_deals_plans_recalls_events_parts_and_surveys(tmp_path):
    files = {
        **ALL,
        "deals.csv": "id,vehicle_id,customer_id,opened_on,closed_on,amount,kind\n"
        "D1,V1,C1,2026-01-01,2026-01-20,1000000,\nD2,,,,,,с пробегом\n",
        "maintenance_plans.csv": "make,model,engine,interval_months,interval_km\nLADA,Vesta,,12,15000\nLADA,Vesta,1.6,6,7500\n",
        "recalls.csv": "code,vin,starts_on,done_on\nR1,ХТА21099ОУ1234567,2026-01-01,\n",
        "vehicle_events.csv": "id,vehicle_id,on,kind\nE1,V1,2026-02-01,valuation_asked\n",
        "part_orders.csv": "id,customer_id,order_id,name,promised_on\nP1,C1,O1,Фара,2026-04-05\n",
        "surveys.csv": "id,customer_id,order_id,answered_at,score\nS1,C1,O1,2026-03-05 10:00,9\nS2,,,2026-03-05,11\n",
    }
    made = imported(tmp_path / "in", files)
    assert [made[f"{kind}.csv"] for kind in ("deals", "maintenance_plans", "recalls", "surveys")] == [
        (2, 0, 0, 0),
        (2, 0, 0, 0),
        (1, 0, 0, 0),
        (1, 0, 0, 1),
    ]
    assert rows(Deal.objects, "external_id", "status", "kind", "amount") == [
        ("D1", "won", "new", "1000000.00"),
        ("D2", "open", "used", None),
    ]
    assert rows(MaintenancePlan.objects, "engine", "interval_months") == [("", 12), ("1.6", 6)]
    assert rows(RecallEntry.objects, "code", "vin") == [("R1", "XTA210990Y1234567")]
    assert rows(VehicleEvent.objects, "external_id", "on", "kind") == [("E1", date(2026, 2, 1), "valuation_asked")]
    assert rows(PartOrder.objects, "external_id", "order__external_id", "name") == [("P1", "O1", "Фара")]
    assert rows(SurveyAnswer.objects, "external_id", "answered_at", "answered_on", "score") == [
        ("S1", datetime(2026, 3, 5, 7, tzinfo=UTC), date(2026, 3, 5), 9)
    ]
    assert refused() == [(3, "score", "11", "out_of_range")]
    same = imported(tmp_path / "in", files)
    assert {(new, changed) for new, changed, _same, _quarantined in same.values()} == {(0, 0)}


def test_an_answer_that_names_nobody_is_of_the_customer_of_its_order(tmp_path):
    head = "id,customer_id,order_id,answered_at,score\n"

    def answers(*lines):
        made = imported(tmp_path / "in", {**ALL, "surveys.csv": head + "\n".join(lines) + "\n"})
        return made["surveys.csv"], rows(SurveyAnswer.objects, "external_id", "customer__external_id", "score")

    told = ("S1,,O1,2026-03-05,6", "S2,C2,O1,2026-03-05,6", "S3,,,2026-03-05,6")
    assert answers(*told) == ((3, 0, 0, 0), [("S1", "C1", 6), ("S2", "C2", 6), ("S3", None, 6)])
    assert answers(*told)[0] == (0, 0, 3, 0)
    assert answers("S1,,O1,2026-03-05,5", "S2,,O1,2026-03-05,6") == (
        (0, 2, 0, 0),
        [("S1", "C1", 5), ("S2", "C1", 6), ("S3", None, 6)],
    )


def test_what_was_said_on_the_phone_has_consequences(tmp_path):
    header = "id,customer_id,vehicle_id,at,channel,direction,outcome\n"

    def follows(*lines):
        imported(tmp_path / "in", {**ALL, "interactions.csv": header + "\n".join(lines) + "\n"})
        stops = rows(ChannelStop.objects, "channel", "since")
        return stops, rows(VehicleEvent.objects, "on", "kind", "vehicle__external_id")

    stop, sold = "1,C1,V1,2026-03-05 10:00,call,out,do_not_call", "2,C1,V1,2026-03-06 10:00,,in,продал автомобиль"
    assert follows(stop, sold) == ([("call", date(2026, 3, 5))], [(date(2026, 3, 6), "car_sold", "V1")])
    assert follows(stop, sold) == ([("call", date(2026, 3, 5))], [(date(2026, 3, 6), "car_sold", "V1")])
    assert rows(Interaction.objects, "external_id", "on", "channel", "direction", "outcome") == [
        ("1", date(2026, 3, 5), "call", "out", "do_not_call"),
        ("2", date(2026, 3, 6), "", "in", "car_sold"),
    ]
    assert follows(stop.replace("do_not_call", "declined"), sold.replace("продал автомобиль", "свои слова")) == ([], [])
    assert rows(Interaction.objects, "external_id", "outcome") == [("1", "declined"), ("2", "свои слова")]


def test_columns_that_a_file_does_not_have_are_left_alone(tmp_path):
    imported(tmp_path / "in", {"customers.csv": "id,full_name,city,blocked\n1,Иванов Иван,Казань,1\n"})
    assert imported(tmp_path / "in", {"customers.csv": "id,city\n1,Уфа\n"}) == {"customers.csv": (0, 1, 0, 0)}
    assert rows(Customer.objects, "external_id", "full_name", "city", "blocked") == [("1", "Иванов Иван", "Уфа", True)]
    imported(tmp_path / "in", {"customers.csv": "id,full_name,city,blocked\n1,Иванов Иван,,\n"})
    assert rows(Customer.objects, "external_id", "full_name", "city", "blocked") == [("1", "Иванов Иван", "", None)]


def test_a_row_that_brings_nothing_new_is_the_same_with_fewer_columns(tmp_path):
    full = "id,full_name,city,blocked,phones\n1,Иванов Иван,Казань,1,8 916 123-45-67\n2,Петров Пётр,Уфа,,\n3,Сидоров Сидор,Уфа,,\n"
    imported(tmp_path / "in", {"customers.csv": full})
    fewer = {"customers.csv": "id,city,phones\n1,Казань,+7 916 123-45-67\n2,Уфа,+7 916 123-45-68\n3,Омск,\n"}
    preview = run(write(tmp_path / "in", fewer), dry_run=True)
    assert counts(preview) == {"customers.csv": (0, 2, 1, 0)}
    assert [entry["key"] for entry in preview.files.get().sample] == ["2", "3"]
    assert imported(tmp_path / "in", fewer) == {"customers.csv": (0, 2, 1, 0)}
    assert imported(tmp_path / "in", fewer) == {"customers.csv": (0, 0, 3, 0)}
    assert rows(Customer.objects, "external_id", "full_name", "city") == [
        ("1", "Иванов Иван", "Казань"),
        ("2", "Петров Пётр", "Уфа"),
        ("3", "Сидоров Сидор", "Омск"),
    ]
    whole = full.replace(",,\n3", ",,8 916 123-45-68\n3").replace("Сидор,Уфа", "Сидор,Омск")
    assert imported(tmp_path / "in", {"customers.csv": whole}) == {"customers.csv": (0, 0, 3, 0)}


def test_what_the_missing_columns_decided_is_a_change(tmp_path):
    imported(tmp_path / "in", ALL)
    cancelled = ORDERS.replace("closed_at,", "closed_at,status,").replace("2026-03-02,", "2026-03-02,cancelled,")
    assert imported(tmp_path / "in", {"orders.csv": cancelled}) == {"orders.csv": (0, 1, 0, 0)}
    assert imported(tmp_path / "in", {"orders.csv": ORDERS}) == {"orders.csv": (0, 1, 0, 0)}
    fewer = "id,opened_at,closed_at\nO1,2026-03-01 9:05,2026-03-02\n"
    assert imported(tmp_path / "in", {"orders.csv": fewer}) == {"orders.csv": (0, 0, 1, 0)}
    assert imported(tmp_path / "in", {"vehicles.csv": "id,make,model\nV1,LADA,Vesta\n"}) == {
        "vehicles.csv": (0, 0, 1, 0)
    }
    owner = "id,make,model,customer_id,owned_from\nV1,LADA,Vesta,C2,2026-03-01\n"
    assert imported(tmp_path / "in", {"vehicles.csv": owner}) == {"vehicles.csv": (0, 1, 0, 0)}
    assert imported(tmp_path / "in", {"branches.csv": "id,name,bays\nB1,Казань,2\n"}) == {"branches.csv": (0, 0, 1, 0)}


def test_lines_with_fewer_columns_are_the_same(tmp_path):
    lines = "order_id,line_no,kind,name,quantity,amount\nO1,1,labour,Замена масла,1,1500\nO1,2,part,Фильтр,2,700\n"
    imported(tmp_path / "in", {**ALL, "order_lines.csv": lines})
    fewer = {"order_lines.csv": "order_id,line_no,name,amount\nO1,1,Замена масла,1500\nO1,2,Фильтр салона,700\n"}
    assert imported(tmp_path / "in", fewer) == {"order_lines.csv": (0, 1, 1, 0)}
    assert imported(tmp_path / "in", fewer) == {"order_lines.csv": (0, 0, 2, 0)}
