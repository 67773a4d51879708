"""`vernost fit-value`, `rfm` and `abc` on files from anywhere: no database, any spelling, words for what is wrong."""

import json

import pytest
from tests import cdnow
from tests.command_line import refused, told, vernost

ROWS = [
    ("К-1", "31.03.2026", "1 200,50"),
    ("К-1", "31.03.2026 18:20:00", "99,50"),
    ("К-1", "15.01.2026", "300,00"),
    ("К-2", "01.02.2024", "-50,00"),
    ("К-3", "28.02.2026", "700"),
]
SCORED = [
    {"customer_id": "К-1", "recency": 0, "frequency": 2, "monetary": "1600.00", "r": 1, "f": 1, "m": 1},
    {"customer_id": "К-2", "recency": 789, "frequency": 1, "monetary": "-50.00", "r": 4, "f": 2, "m": 4},
    {"customer_id": "К-3", "recency": 31, "frequency": 1, "monetary": "700.00", "r": 2, "f": 2, "m": 2},
]


@pytest.fixture
def file(tmp_path):
    def write(content, *, encoding="utf-8"):
        path = tmp_path / "purchases.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return str(path)

    return write


def table(delimiter, header="Клиент;Дата;Сумма", rows=ROWS):
    lines = [header.replace(";", delimiter), *(delimiter.join(f'"{cell}"' for cell in row) for row in rows)]
    return "\r\n".join(filter(None, lines)) + "\r\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    path = tmp_path_factory.mktemp("cdnow") / "cdnow.csv"
    rows = "".join(f"{customer},{day},{amount}\n" for customer, day, amount in cdnow.purchases())
    path.write_text(f"customer_id,date,amount\n{rows}", encoding="utf-8")
    return str(path)


def test_the_published_sample_gives_the_published_estimates(published):
    document = told("fit-value", published, "--until", "1997-09-30")
    visits, money = document["bg_nbd"], document["gamma_gamma"]
    assert {name: round(visits[name], 3) for name in ("r", "alpha", "a", "b")} == {
        "r": 0.243,
        "alpha": 4.414,
        "a": 0.793,
        "b": 2.426,
    }
    assert (round(visits["log_likelihood"], 1), visits["customers"]) == (-9582.4, 2357)
    assert (round(money["p"], 2), round(money["q"], 2), round(money["gamma"], 2), money["customers"]) == (
        6.25,
        3.74,
        15.44,
        946,
    )
    kept = document["holdout"]
    assert (kept["actual"], round(kept["expected"]), kept["from"], kept["to"]) == (
        1882,
        1653,
        "1997-10-01",
        "1998-06-30",
    )
    assert set(kept["models"]) == {"bg_nbd", "mbg_nbd", "simple_rate"}
    assert "error" not in document


def test_without_later_purchases_the_last_third_is_kept_for_the_test(published):
    document = told("fit-value", published)
    assert (document["until"], document["holdout"]["from"], document["holdout"]["to"]) == (
        "1998-06-30",
        "1998-01-01",
        "1998-06-30",
    )


def test_a_fit_that_fails_says_so_and_gives_the_simple_rate(file):
    once = "".join(f"C-{number},2026-01-{1 + number % 28:02d},10.00\n" for number in range(200))
    document = told("fit-value", file(once), "--until", "2026-06-30")
    assert (document["error"], document["reason"]) == ("cannot be estimated", "nobody_came_twice")
    assert document["bg_nbd"] == {"error": "cannot be estimated", "reason": "nobody_came_twice", "customers": 200}
    assert document["gamma_gamma"] == {"error": "cannot be estimated", "reason": "too_few_customers"}
    assert document["simple_rate"] == {"purchases_per_week": 0.0, "customers": 200}


@pytest.mark.parametrize(
    "row", ["C-1,2026-01-01,10.00\n", "C-1,2026-01-01,0\n" * 50, "C-1,2026-01-01,-5\nC-2,2026-01-01,-5\n"]
)
def test_a_file_of_next_to_nothing_is_no_failure(file, row):
    document = told("fit-value", file(row))
    assert document["error"] == "cannot be estimated"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_any_spelling_of_a_file_gives_the_same_scores(file, delimiter, encoding):
    rows = told("rfm", file(table(delimiter), encoding=encoding), "--as-of", "2026-03-31")
    assert rows == {"as_of": "2026-03-31", "rows": SCORED}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "customer_id;date;amount",
        "Customer;Order date;Total",
        "who;when;what",
        "Отчёт по продажам;;\r\nКлиент;Дата;Сумма",
    ],
)
def test_columns_are_found_by_name_or_by_order(file, header):
    assert told("rfm", file(table(";", header)), "--as-of", "31.03.2026")["rows"] == SCORED


def test_columns_may_stand_anywhere(file):
    rows = [(amount, "x", day, customer) for customer, day, amount in ROWS]
    named = table(";", "Сумма;Менеджер;Дата;Клиент", rows)
    assert told("rfm", file(named), "--as-of", "2026-03-31")["rows"] == SCORED


def test_totals_empty_dates_and_rows_of_nobody_are_passed_over(file):
    rows = [*ROWS, ("", "31.03.2026", "5,00"), ("К-9", "01.01.0001", "5,00"), ("Итого", "", "2 249,50"), ("", "", "")]
    answer = vernost("rfm", file(table(";", rows=rows)), "--as-of", "2026-03-31", "--json")
    assert json.loads(answer.stdout)["rows"] == SCORED
    assert "2" in answer.stderr


def test_scores_look_three_years_back_and_not_ahead(file):
    rows = told("rfm", file(table(";")), "--as-of", "2026-03-30")["rows"]
    assert [(row["customer_id"], row["recency"], row["monetary"]) for row in rows] == [
        ("К-1", 74, "300.00"),
        ("К-2", 788, "-50.00"),
        ("К-3", 30, "700.00"),
    ]
    assert told("rfm", file(table(";")), "--as-of", "2020-01-01")["rows"] == []


def test_abc_sums_by_id_and_breaks_ties_by_it(file):
    rows = "id,value\nb,40\na,40\nc,15\nd,3\ne,2\nf,0\ng,-8\nc,0\n"
    found = told("abc", file(rows))["rows"]
    assert [(row["id"], row["value"], row["share"], row["abc"]) for row in found] == [
        ("a", "40.00", 0.4, "A"),
        ("b", "40.00", 0.4, "A"),
        ("c", "15.00", 0.15, "B"),
        ("d", "3.00", 0.03, "C"),
        ("e", "2.00", 0.02, "C"),
        ("f", "0.00", 0.0, "C"),
        ("g", "-8.00", 0.0, "C"),
    ]
    limited = told("abc", file(rows), "--limits", "40,97")["rows"]
    assert [row["abc"] for row in limited] == ["A", "B", "B", "B", "C", "C", "C"]


@pytest.mark.parametrize("header", ["", "customer_id,date,amount\n"])
def test_abc_takes_a_file_of_purchases_too(file, header):
    found = told("abc", file(f"{header}x,2026-01-01,30\ny,2026-01-02,70\nx,2020-01-03,60\n"))["rows"]
    assert [(row["id"], row["value"]) for row in found] == [("x", "90.00"), ("y", "70.00")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "пуст"),
        (b"\xef\xbb\xbf\r\n", "пуст"),
        (b"PK\x03\x04\x00\x00\x01", "не текст"),
        ("name,phone\nИван,123\n", "нет столбца"),
        ("customer_id,date\nC-1,2026-01-01\n", "нет столбца"),
        ("customer_id,date,amount\nC-1,2026-02-30,10\n", "строка 2: «2026-02-30»"),
        ("customer_id,date,amount\nC-1,2026-02-03,10\nC-1,2026-02-04,ten\n", "строка 3: «ten»"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(file, content, words, monkeypatch):
    monkeypatch.setenv("VERNOST_LANGUAGE", "ru")
    status, said = refused("fit-value", file(content))
    assert status == 2
    assert words in said


def test_a_slip_among_many_rows_is_passed_over_and_told(file):
    rows = "".join(f"C-{number},2026-01-01,10\n" for number in range(200))
    answer = vernost("abc", file(f"customer_id,date,amount\n{rows}C-x,2026-13-01,5\n"), "--json")
    assert answer.exit_code == 0
    assert len(json.loads(answer.stdout)["rows"]) == 200 + 1
    dated = vernost(
        "rfm", file(f"customer_id,date,amount\n{rows}C-x,2026-13-01,5\n"), "--as-of", "2026-02-01", "--json"
    )
    assert len(json.loads(dated.stdout)["rows"]) == 200
    assert "1" in dated.stderr


@pytest.mark.parametrize("limits", ["75", "95,75", "a,b", "75,101", "0,50"])
def test_limits_that_are_none_are_refused(file, limits):
    assert refused("abc", file("a,1\n"), "--limits", limits)[0] == 2


def test_a_file_without_rows_has_no_day(file):
    document = told("fit-value", file("customer_id,date,amount\n"))
    assert (document["error"], document["until"], document["holdout"]) == ("cannot be estimated", None, None)


def test_a_missing_column_is_told_by_the_name_that_the_file_may_have(file):
    (status, words) = refused("fit-value", file("x,y\n1,2\n"))
    assert (status, "customer_id, date, amount" in words) == (2, True)


def test_a_missing_file_is_a_wrong_argument():
    assert refused("fit-value", "/nowhere/purchases.csv")[0] == 2
