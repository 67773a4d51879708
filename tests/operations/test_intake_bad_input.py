"""Files as nobody should send them: each is refused in words or taken row by row, and nothing is lost."""

import zipfile
from pathlib import Path
from random import Random

import pytest
from tests.intake import counts, imported, refused, rows, run, write
from tests.nobody import IS_ROOT

from vernost.customers.models import Customer
from vernost.intake import operations
from vernost.intake.models import ImportRun, QuarantinedRow
from vernost.workshop.models import RepairOrder

pytestmark = pytest.mark.django_db(transaction=True)

GOOD = "id,full_name,city\n" + "".join(f"{number},Клиент {number},Казань\n" for number in range(1, 41))
# A file that may not be read even by root.
WRITE_ONLY = Path("/sys/bus/cpu/drivers_probe")


def outcome(path):
    """Return the code of the refusal, or the counts; a run that is over is never left as running."""
    try:
        found = counts(run(path))
    except operations.Unreadable as refusal:
        assert ImportRun.objects.latest("pk").state == "failed"
        return refusal.code
    assert ImportRun.objects.latest("pk").state == "done"
    return found


def wide(columns):
    names = ["id", "full_name", *(f"столбец {number}" for number in range(columns - 2))]
    return ",".join(names) + "\n" + ",".join(["1", "Иванов", *["x"] * (columns - 2)]) + "\n"


def test_a_hundred_columns_are_read_and_ten_thousand_refused(tmp_path):
    made = run(write(tmp_path / "in", {"customers.csv": wide(100)}))
    assert counts(made) == {"customers.csv": (1, 0, 0, 0)}
    (warning,) = made.files.get().warnings
    assert (warning["code"], warning["count"], len(warning["names"])) == ("unknown_columns", 98, 20)
    assert outcome(write(tmp_path / "in", {"customers.csv": wide(10_000)})) == "too_many_columns"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("customers.csv", b"\0" * 100_000, "not_a_table"),
        ("customers.csv", b"\xef\xbb\xbf", "not_a_table"),
        ("customers.csv", b"\n\n\n\n", "not_a_table"),
        ("customers.csv", b";;;;\n;;;;\n", "not_a_table"),
        ("customers.csv", ("id," * 10_000 + "id\n1\n").encode(), "too_many_columns"),
        ("customers.csv", b"id,ID,full_name\n1,2,x\n", "repeated_columns"),
        ("customers.xlsx", b"id,full_name\n1,x\n", "broken_workbook"),
        ("customers.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 5000, "broken_workbook"),
        ("customers.ods", b"PK\x05\x06" + b"\0" * 18, "broken_workbook"),
        ("orders.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "not_a_table"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(tmp_path, name, content, code):
    assert outcome(write(tmp_path / "in", {name: content})) == code
    assert (Customer.objects.count(), QuarantinedRow.objects.count()) == (0, 0)


def test_a_kind_that_comes_in_two_files_is_taken_from_both(tmp_path):
    files = {"customers.csv": "id,city\n1,Казань\n2,Уфа\n", "Клиенты.csv": "Код;Город\n2;Омск\n3;Пермь\n"}
    assert outcome(write(tmp_path / "in", files)) == {"customers.csv": (2, 0, 0, 0), "Клиенты.csv": (1, 1, 0, 0)}
    assert rows(Customer.objects, "external_id", "city") == [("1", "Казань"), ("2", "Омск"), ("3", "Пермь")]


def test_archives_in_archives_are_not_opened(tmp_path):
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customers.csv", "id\n1\n")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.write(inner, "inner.zip")
    assert outcome(tmp_path / "in.zip") == "nothing_known"


VALUES = [
    '=HYPERLINK("http://evil.example","click")',
    "+7-DDE('cmd'|'/c calc'!A1)",
    "@SUM(1+1)",
    "-2+3",
    "'; DROP TABLE customers_customer; --",
    "{{ 7*7 }} {% load x %} ${7*7}",
    "<script>alert(1)</script>",
    "\u202eвонаВИ\u202c",
    "👩‍👩‍👧‍👦 Ёжик \U0001f697",
    "a\u0301\u0301\u0301" * 20,
    "\ufeffИванов",
    "NULL",
    "\\N",
    "\\",
    "../../etc/passwd",
    "%s%n%(name)s",
    "\x1b[31mred",
]


def test_adversarial_values_are_texts_like_others(tmp_path):
    text = "id;comment;city\n" + "".join(
        f'{number};x;"{value.replace(chr(34), chr(34) * 2)}"\n' for number, value in enumerate(VALUES)
    )
    made = outcome(write(tmp_path / "in", {"customers.csv": text}))
    taken, quarantined = made["customers.csv"][0], made["customers.csv"][3]
    assert (taken + quarantined, made["customers.csv"][1:3]) == (len(VALUES), (0, 0))
    found = dict(Customer.objects.values_list("external_id", "city"))
    changed = {
        value: found[f"{number}"] for number, value in enumerate(VALUES) if found.get(f"{number}", value) != value
    }
    # Nothing but marks that nobody sees is taken off.
    assert {value: city for value, city in changed.items() if city != value.strip("\ufeff")} == {}
    assert taken >= len(VALUES) - 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("mileage_km", "1e30"),
        ("mileage_km", "99999999999999999999"),
        ("mileage_km", "-5"),
        ("mileage_km", "NaN"),
        ("amount", "Infinity"),
        ("amount", "9" * 40),
        ("amount", "1,2,3"),
        ("opened_at", "0000-00-00"),
        ("opened_at", "31.02.2026"),
        ("opened_at", "99999-01-01"),
        ("closed_at", "2026-01-01T99:99"),
        ("kind", "прочее\u202e"),
        ("status", "x" * 5000),
        ("id", "9" * 100_000),
    ],
)
def test_an_impossible_value_waits_in_quarantine_and_the_rest_are_taken(tmp_path, column, value):
    names = ["id", "opened_at", "closed_at", "mileage_km", "amount", "kind", "status"]
    good = {"opened_at": "2026-03-02", "closed_at": "2026-03-03", "mileage_km": "15000", "amount": "100"}
    lines = [{"id": "1", **good}, {"id": "2", **good, column: value}, {"id": "3", **good}]
    text = ";".join(names) + "\n" + "".join(";".join(line.get(name, "") for name in names) + "\n" for line in lines)
    assert imported(tmp_path / "in", {"orders.csv": text}) == {"orders.csv": (2, 0, 0, 1)}
    assert refused("line", "column") == [(3, column)]
    assert rows(RepairOrder.objects, "external_id") == [("1",), ("3",)]


def damaged(content, chance):
    """Return the bytes of a file after an accident."""
    content = bytearray(content)
    for _number in range(chance.randint(1, 6)):
        start = chance.randrange(len(content))
        end = min(start + chance.randint(1, 60), len(content))
        match chance.randrange(6):
            case 0:
                content[start] = chance.randrange(256)
            case 1:
                del content[start:end]
            case 2:
                content[start:start] = bytes(chance.randrange(256) for _byte in range(20))
            case 3:
                content[start:start] = content[start:end] * chance.randint(1, 40)
            case 4:
                content[start:start] = chance.choice(
                    [b'"', b"\0", b"\r", b"\n", b";", b'""', b"\xef\xbb\xbf", b"\xff\xfe"]
                )
            case _:
                content = content[: max(start, 10)]
    return bytes(content)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 21))])
def test_a_file_after_any_accident_is_refused_or_taken(tmp_path, seed):
    """Whatever happened to its bytes: every row is counted once, and the good file afterwards comes in whole."""
    chance = Random(seed)
    for number in range(6):
        encoding = chance.choice(["utf-8", "cp1251", "utf-16", "utf-8-sig"])
        path = write(tmp_path / f"in{number}", {"customers.csv": damaged(GOOD.encode(encoding), chance)})
        made = outcome(path)
        if isinstance(made, dict):
            again = outcome(path)["customers.csv"]
            assert (again[:2], sum(again)) == ((0, 0), sum(made["customers.csv"]))
    outcome(write(tmp_path / "good", {"customers.csv": GOOD}))
    whole = [(f"{number}", f"Клиент {number}", "Казань") for number in range(1, 41)]
    assert set(whole) <= set(rows(Customer.objects, "external_id", "full_name", "city"))


def test_a_file_that_grows_while_it_is_read_is_not_taken_by_half(tmp_path):
    path = write(tmp_path / "in", {"branches.csv": "id,name\nB1,Казань\n", "customers.csv": "id\n1\n"})

    def grow(_name, _share):
        (path / "customers.csv").write_text("id\n1\n2\n")

    with pytest.raises(operations.Unreadable) as refusal:
        run(path, progress=grow)
    assert (refusal.value.code, refusal.value.values) == ("file_has_changed", {"name": "customers.csv"})
    assert Customer.objects.count() == 0
    assert outcome(path) == {"branches.csv": (0, 0, 1, 0), "customers.csv": (2, 0, 0, 0)}


def test_a_file_that_goes_away_while_others_are_read_is_told(tmp_path):
    path = write(tmp_path / "in", {"branches.csv": "id,name\nB1,Казань\n", "customers.csv": "id\n1\n"})
    with pytest.raises(operations.Unreadable) as refusal:
        run(path, progress=lambda _name, _share: (path / "customers.csv").unlink(missing_ok=True))
    assert (refusal.value.code, refusal.value.values) == ("file_has_changed", {"name": "customers.csv"})
    assert ImportRun.objects.get().state == "failed"


def test_a_file_that_may_not_be_read_is_told(tmp_path):
    path = write(tmp_path / "in", {"branches.csv": "id,name\nB1,Казань\n"})
    if not IS_ROOT:
        (path / "customers.csv").write_text("id\n1\n")
        (path / "customers.csv").chmod(0)
    elif WRITE_ONLY.exists():
        (path / "customers.csv").symlink_to(WRITE_ONLY)
    else:
        pytest.skip("root may read every file of this machine")
    with pytest.raises(operations.Unreadable) as refusal:
        run(path)
    assert (refusal.value.code, refusal.value.values) == ("may_not_be_read", {"name": str(path / "customers.csv")})
