"""`vernost segment count` and `list`: a rule in a file, ids of the source, words for what is wrong."""

import json
from datetime import timedelta

import pytest
from tests import command_line, factories
from tests.command_line import refused, told, vernost
from tests.nights import TODAY

from vernost.accounts.models import Source
from vernost.core.actor import system
from vernost.segments import operations

pytestmark = pytest.mark.django_db(transaction=True)

CAME = {"attribute": "visits", "operator": "at_least", "value": 1, "within": {"days": 30}}


@pytest.fixture(autouse=True)
def base(monkeypatch, tmp_path, settings):
    settings.MIRROR_DIR = tmp_path / "mirror"
    command_line.on_this_database(monkeypatch)
    source = Source.objects.create(code="dms")
    for number in (1, 2, 3):
        person = factories.customer(source=source, external_id=f"C-{number}")
        if number > 1:
            factories.order(customer=person, opened_on=TODAY - timedelta(days=20 * number))


@pytest.fixture
def file(tmp_path):
    def write(document):
        path = tmp_path / "rule.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return str(path)

    return write


def test_people_are_counted_and_listed_by_the_ids_of_the_source(file):
    rule = file({"not": [CAME]})
    day = (TODAY - timedelta(days=20)).isoformat()
    assert told("segment", "count", rule, "--as-of", day) == {"as_of": day, "count": 2}
    assert told("segment", "list", rule, "--as-of", day) == {
        "as_of": day,
        "rows": [{"customer_id": "C-1"}, {"customer_id": "C-3"}],
    }


def test_a_saved_segment_is_asked_by_its_code(file):
    now = factories.at(9)
    operations.save_segment(segment_id=None, title="Came", rule=CAME, actor=system("test"), now=now)
    day = (TODAY - timedelta(days=40)).isoformat()
    found = told("segment", "list", file('"came"'), "--as-of", day)["rows"]
    assert found == [{"customer_id": "C-2"}, {"customer_id": "C-3"}]
    assert refused("segment", "count", file('"moon"')) == (2, "Error: Сегмента «moon» нет\n")


def test_a_ready_segment_is_asked_by_its_code_until_somebody_saves_one_of_that_code(file):
    day = (TODAY + timedelta(days=400)).isoformat()
    asleep = ["--as-of", day, "--segment", "sleeping"]
    assert told("segment", "list", file('"sleeping"'), "--as-of", day)["rows"] == [
        {"customer_id": "C-2"},
        {"customer_id": "C-3"},
    ]
    assert [row["customer_id"] for row in told("report", "customers", *asleep)["rows"]] == ["C-2", "C-3"]
    never = {"attribute": "visits", "operator": "is", "value": 0}
    operations.save_segment(segment_id=None, title="Sleeping", rule=never, actor=system("test"), now=factories.at(9))
    assert [row["customer_id"] for row in told("report", "customers", *asleep)["rows"]] == ["C-1"]


def test_a_table_is_the_default_for_people(file):
    answer = vernost("segment", "list", file(CAME), "--as-of", (TODAY - timedelta(days=40)).isoformat())
    assert (answer.exit_code, "C-2" in answer.stdout) == (0, True)


def test_what_is_wrong_is_said_with_its_place(file):
    wrong = {"all": [CAME, {**CAME, "value": "many"}]}
    assert refused("segment", "count", file(wrong)) == (2, "Error: Условие 2: нужно целое число\n")
    assert refused("segment", "count", file('{"all": [')) == (2, "Error: В файле не JSON: строка 1, знак 10\n")


def test_a_file_that_is_no_json_is_told_in_words(file, tmp_path):
    deep = refused("segment", "count", file("[" * 100_000))
    assert deep == (2, "Error: Такой JSON не прочитать: слишком много скобок друг в друге\n")
    other = tmp_path / "utf-16.json"
    other.write_bytes(json.dumps(CAME).encode("utf-16"))
    for command in (("segment", "list"), ("pivot",)):
        assert refused(*command, str(other)) == (2, "Error: В файле не текст в UTF-8\n")
