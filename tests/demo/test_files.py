import ast
import codecs
import re
import sys
from pathlib import Path

from tests.demo.reading import day, names, roubles

import vernost.demo

# The columns of docs on the exchange format, for the files that a dealer sends.
EXCHANGE = {
    "branches": "id name timezone brands address phone bays open_at close_at vat",
    "employees": "id name branch_id role phone email",
    "customers": "id kind full_name last_name first_name middle_name company_name inn birth_date gender phones emails "
    "city address timezone source category created_on blocked blocked_on blocked_reason consent_calls consent_sms "
    "consent_email consent_messenger consent_on advisor_id",
    "vehicles": "id vin plate make model engine gearbox year customer_id owned_from sold_on sold_by_us branch_id "
    "warranty_until warranty_km scrapped",
    "deals": "id vehicle_id customer_id branch_id manager_id opened_on closed_on status amount cost kind",
    "maintenance_plans": "make model engine year_from year_to interval_months interval_km first_months first_km "
    "labour_hours",
    "recalls": "code vin title starts_on closes_on done_on",
    "orders": "id branch_id customer_id vehicle_id advisor_id opened_at closed_at mileage_km kind status amount cost",
    "order_lines": "order_id line_no kind code name category quantity unit_price discount amount cost declined "
    "advised_on payer",
    "appointments": "id branch_id customer_id vehicle_id advisor_id starts_at ends_at booked_on status order_id",
    "vehicle_events": "id vehicle_id on kind",
    "part_orders": "id customer_id vehicle_id order_id name ordered_on promised_on arrived_on",
    "interactions": "id customer_id vehicle_id at channel direction outcome employee_id text",
    "surveys": "id customer_id order_id answered_at score text",
}
TRUTH = {
    "truth/vehicles": ["vehicle_id", "km_per_day", "next_visit_on"],
    "truth/responses": ["vehicle_id", "programme", "would_come", "comes_if_called"],
    "truth/dirty": ["file", "id", "column", "kind"],
    "truth/clusters": ["order_id", "vehicle_id"],
    "truth/duplicates": ["customer_id", "same_as"],
}


def test_all_files_of_the_exchange_format_are_there(dealership):
    assert names(dealership.folder) == sorted([*EXCHANGE, *TRUTH])
    assert all(dealership[name] for name in EXCHANGE)


def test_columns_are_those_of_the_exchange_format(dealership):
    for name, columns in EXCHANGE.items():
        assert set(dealership[name][0]) <= set(columns.split()), name
    for name, columns in TRUTH.items():
        assert list(dealership[name][0]) == columns


def test_orders_are_written_as_1c_writes_them(dealership):
    raw = (dealership.folder / "orders.csv").read_bytes()
    text = raw.decode("cp1251")
    header, first = text.split("\n")[:2]
    assert header.startswith("id;branch_id;")
    assert re.match(r"ЗН\d{6}-\d{4};\w+;[^;]*;[^;]*;[^;]*;\d\d\.\d\d\.\d{4} \d{1,2}:\d\d:00;", first)
    assert re.search(r";\d{1,3}\xa0\d{3},\d\d;", text)
    assert re.search(r";\d\d\.\d\d\.\d{4} 9:\d\d:00;", text)


def test_customers_begin_with_a_byte_order_mark(dealership):
    raw = (dealership.folder / "customers.csv").read_bytes()
    assert raw.startswith(codecs.BOM_UTF8 + b"id;kind;")
    assert raw.count(codecs.BOM_UTF8) == 1


def test_quoted_cells_are_read_back_whole(dealership):
    assert "Масло моторное 5W-30, л" in {row["name"] for row in dealership["order_lines"]}
    assert any('"' in row["company_name"] for row in dealership["customers"])


def test_no_cell_holds_padding(dealership):
    for name in names(dealership.folder):
        assert b"\0" not in (dealership.folder / f"{name}.csv").read_bytes()


def test_amounts_of_orders_are_the_sums_of_their_lines(dealership):
    sums: dict[str, float] = {}
    for line in dealership["order_lines"]:
        if line["declined"] == "0":
            sums[line["order_id"]] = sums.get(line["order_id"], 0.0) + float(line["amount"])
    checked = 0
    for order in dealership.sound_orders():
        if order["amount"] and order["kind"] not in {"warranty", "internal"}:
            assert round(roubles(order["amount"]) - sums.get(order["id"], 0.0), 2) == 0
            checked += 1
    assert checked > 10_000


def test_lines_multiply_out(dealership):
    for line in dealership["order_lines"]:
        full = float(line["unit_price"]) * float(line["quantity"])
        assert abs(full - float(line["discount"] or 0) - float(line["amount"])) < 0.02


def test_vins_have_seventeen_signs_and_a_right_check_digit_unless_listed(dealership):
    listed = dealership.dirty("vehicles")
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True))
    values |= {str(digit): digit for digit in range(10)}
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    for row in dealership["vehicles"]:
        if row["vin"] and row["id"] not in listed:
            vin = row["vin"].upper()
            assert re.fullmatch(r"[0-9A-HJ-NPR-Z]{17}", vin)
            rest = sum(values[sign] * weight for sign, weight in zip(vin, weights, strict=True)) % 11
            assert vin[8] == ("X" if rest == 10 else str(rest))


def test_plates_belong_to_the_region_of_the_branch(dealership):
    full = [row["plate"] for row in dealership["vehicles"] if row["plate"]]
    folded = [plate.upper().replace(" ", "").translate(str.maketrans("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")) for plate in full]
    assert all(re.fullmatch(r"[АВЕКМНОРСТУХ]\d{3}[АВЕКМНОРСТУХ]{2}\d{2,3}", plate) for plate in folded)
    kazan = {row["plate"][-2:] for row in dealership["vehicles"] if row["branch_id"] == "KZN1" and row["plate"]}
    assert kazan == {"16"}


def test_companies_have_a_right_inn(dealership):
    numbers = [row["inn"] for row in dealership["customers"] if row["inn"]]
    assert len(numbers) > 50
    for inn in numbers:
        check = sum(int(digit) * weight for digit, weight in zip(inn, (2, 4, 10, 3, 5, 9, 4, 6, 8), strict=False))
        assert len(inn) == 10
        assert int(inn[9]) == check % 11 % 10


def test_names_agree_with_gender(dealership):
    women = [row["full_name"].lower() for row in dealership["customers"] if row["gender"] == "f"]
    men = [row["full_name"].lower() for row in dealership["customers"] if row["gender"] == "m"]
    assert not any(name.endswith(("ович", "евич", " оглы")) for name in women)
    assert not any(name.endswith(("овна", "евна", " кызы")) for name in men)
    everybody = " ".join(women + men)
    assert all(word in everybody for word in ("оглы", "ё", "хайруллин", "ович"))


def test_birthdays_are_those_of_drivers(dealership):
    bad = dealership.dirty("customers", "bad_date")
    ages = [
        2026 - day(row["birth_date"]).year
        for row in dealership["customers"]
        if row["birth_date"] not in {"", "01.01.0001"} and row["id"] not in bad
    ]
    assert len(ages) > 1_500
    assert min(ages) >= 18
    assert max(ages) <= 81


def test_the_generator_shares_no_code_with_the_product():
    package = Path(vernost.demo.__file__).parent
    foreign = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            foreign |= {module for module in modules if not module.startswith("vernost.demo")}
    assert {module.split(".")[0] for module in foreign} <= sys.stdlib_module_names | {"numpy"}
