"""The frame of the command line: the list of commands, forms of output, exit statuses, language."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner

from vernost.cli import click_texts, commands, database, spoken, words
from vernost.cli.failures import UnreadableInputError, failures_as_words
from vernost.cli.main import Commands, root
from vernost.cli.output import emit, emit_report, json_option
from vernost.core.errors import DomainError
from vernost.core.i18n import Text

# Codes, and names that are the same in both languages.
IN_CODE = re.compile(r"^[\[{][a-z_|-]+[\]}]$|^\[?(ID|CSV|A,B)\]?$")
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "command-line.md"


@dataclass(frozen=True, slots=True)
class Row:
    customer_id: str
    due_on: date
    price: Decimal
    reason: Text


ROWS = [
    Row("1c:00-7", date(2026, 3, 31), Decimal("15234.50"), Text("%(km)s km", {"km": 15000})),
    {"customer_id": "1c:00-8", "due_on": None, "price": Decimal(7), "reason": "Ёлка"},
]


class TooFast(DomainError):
    code = "too_fast"
    text = "Not before %(hour)s"


@click.command
@json_option
@click.option("--failing", type=click.Choice(["refused", "unreadable", "broken"]))
def sample(failing):
    if failing == "refused":
        raise TooFast(hour="9:00")
    if failing == "unreadable":
        raise UnreadableInputError("line 7 is no CSV")
    if failing == "broken":
        raise ZeroDivisionError
    emit_report(date(2026, 3, 1), iter(ROWS))


class WithSample(Commands):
    """`vernost` with one command more."""

    def get_command(self, ctx, cmd_name):
        return sample if cmd_name == "sample" else super().get_command(ctx, cmd_name)


def run(*arguments):
    with failures_as_words():
        return CliRunner().invoke(sample, arguments)


def names():
    return root.list_commands(click.Context(root))


def test_help_wakes_neither_django_nor_the_database():
    code = "import sys; from vernost.cli.main import Commands, root; root.main(['--help'], standalone_mode=False); "
    code += "print(sorted({'django', 'psycopg', 'duckdb', 'pyarrow', 'granian'} & set(sys.modules)), file=sys.stderr)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stderr == "[]\n"
    assert re.findall(r"^  ([a-z-]+) +\S", told.stdout.partition("Commands:")[2], re.MULTILINE) == names()


@pytest.mark.parametrize("name", names())
def test_every_command_has_its_file_its_line_and_its_reference(name):
    command = root.get_command(click.Context(root), name)
    assert isinstance(command, click.Command)
    assert command.help
    assert re.search(rf"^## `vernost {name}\b", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)


def test_a_command_that_is_not_there():
    result = CliRunner().invoke(root, ["fly"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such command 'fly'" in result.stderr


def test_helpers_beside_the_commands_are_not_commands():
    assert not [name for name in names() if name.startswith("-")]
    assert len(names()) == len(
        [file for file in Path(commands.__path__[0]).glob("[!_]*") if file.name != "__pycache__"]
    )


@pytest.mark.parametrize("form", [["--json"], ["--format", "json"], ["--json", "--format", "json"]])
def test_a_report_is_one_json_document(form):
    result = run(*form)
    assert json.loads(result.stdout) == {
        "as_of": "2026-03-01",
        "rows": [
            {"customer_id": "1c:00-7", "due_on": "2026-03-31", "price": 15234.5, "reason": "15000 km"},
            {"customer_id": "1c:00-8", "due_on": None, "price": 7, "reason": "Ёлка"},
        ],
    }


def test_an_empty_report_is_a_document_too():
    @click.command
    @json_option
    def empty():
        emit_report(None, [])

    assert json.loads(CliRunner().invoke(empty, ["--json"]).stdout) == {"as_of": None, "rows": []}


def test_a_report_for_people_is_a_table():
    assert run().stdout.splitlines() == [
        "customer_id  due_on      price    reason",
        "1c:00-7      2026-03-31  15234.5  15000 km",
        "1c:00-8      -           7        Ёлка",
    ]


def test_a_document_for_people_is_lines_and_tables():
    @click.command
    @json_option
    def summary():
        emit({"seconds": 1.5, "files": [{"file": "orders.csv", "new": 3}], "dry_run": True})

    assert CliRunner().invoke(summary, []).stdout.splitlines() == [
        "seconds: 1.5",
        "files:",
        "file        new",
        "orders.csv  3",
        "dry_run: true",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--failing", "refused"], 1, "Error: Not before 9:00\n"),
        (["--failing", "unreadable"], 2, "Error: line 7 is no CSV\n"),
        (["--format", "xml"], 2, None),
        (["--no-such-option"], 2, None),
    ],
)
def test_failures_are_words_on_stderr_and_a_status(arguments, status, message):
    result = CliRunner().invoke(WithSample("vernost"), ["sample", *arguments])
    assert (result.exit_code, result.stdout) == (status, "")
    if message:
        assert result.stderr == message


def test_a_mistake_of_ours_is_not_dressed_up():
    assert isinstance(run("--failing", "broken").exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "VERNOST_LANGUAGE": "en"}, "en"),
        ({}, "ru"),
    ],
)
def test_the_language_is_the_terminals(environment, language, monkeypatch):
    for variable in ("VERNOST_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert words.language() == language
    assert (
        words.translated("Sign in as %(login)s", login="admin")
        == {
            "ru": "Войдите под именем admin",
            "en": "Sign in as admin",
        }[language]
    )


@pytest.mark.parametrize(
    ("language", "arguments", "said"),
    [
        (
            "ru",
            ["night", "--as-of", "31.02.2026"],
            [
                "Использование: vernost night [ПАРАМЕТРЫ]",
                "Справка: vernost night --help",
                "",
                "Ошибка: Неверное значение '--as-of': «31.02.2026» — не дата вида 2026-03-31",
            ],
        ),
        (
            "ru",
            ["report", "invitations", "--format", "xml"],
            [
                "Использование: vernost report invitations [ПАРАМЕТРЫ]",
                "Справка: vernost report invitations --help",
                "",
                "Ошибка: Неверное значение '--format': 'xml': подходят только 'table', 'json', 'csv'.",
            ],
        ),
        ("ru", ["nights"], None),
        (
            "ru",
            ["import"],
            [
                "Использование: vernost import [ПАРАМЕТРЫ] ПУТЬ",
                "Справка: vernost import --help",
                "",
                "Ошибка: Не указан аргумент 'ПУТЬ'.",
            ],
        ),
        (
            "ru",
            ["start", "--port", "many"],
            [
                "Использование: vernost start [ПАРАМЕТРЫ]",
                "Справка: vernost start --help",
                "",
                "Ошибка: Неверное значение '--port': 'many' не подходит: нужно число.",
            ],
        ),
        (
            "en",
            ["import"],
            [
                "Usage: vernost import [OPTIONS] PATH",
                "Try 'vernost import --help' for help.",
                "",
                "Error: Missing argument 'PATH'.",
            ],
        ),
    ],
)
def test_the_words_of_click_are_in_the_language_of_the_terminal(language, arguments, said):
    command = [sys.executable, "-m", "vernost", *arguments]
    answer = subprocess.run(
        command, env={**os.environ, "VERNOST_LANGUAGE": language}, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    if said is None:
        assert "Ошибка: Нет команды 'nights'." in answer.stderr
    else:
        assert answer.stderr.splitlines() == said


def test_click_still_says_what_we_have_translated():
    source = "".join(file.read_text(encoding="utf-8") for file in Path(click.__file__).parent.glob("*.py"))
    ours = [*click_texts.TEXTS, *(text for forms in click_texts.PLURALS for text in forms)]
    assert [text for text in ours if f'"{text.encode("unicode_escape").decode()}"' not in source] == []


def test_everything_in_a_help_has_russian_words(monkeypatch):
    monkeypatch.setenv("VERNOST_LANGUAGE", "en")
    shown = {path: english(command) for path, command in every(root)}
    monkeypatch.setenv("VERNOST_LANGUAGE", "ru")
    assert len(shown) > len(names())
    assert [(path, text) for path, texts in shown.items() for text in texts if words.translated(text) == text] == []


def every(command, *path):
    """Yield each command by the words that lead to it."""
    yield path, command
    context = click.Context(command)
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        yield from every(command.get_command(context, name), *path, name)


def english(command):
    """Return all that the help of a command says: an option without a word of help is an empty text."""
    context = click.Context(command)
    options = [param for param in command.params if isinstance(param, click.Option)]
    values = [
        *command.collect_usage_pieces(context),
        *(one.make_metavar(context) for one in options if not one.is_flag),
    ]
    return [
        *spoken.paragraphs(command.help),
        *(option.help or "" for option in options),
        *(value for value in values if not IN_CODE.search(value)),
    ]


def test_a_help_is_russian_or_english_as_the_terminal_is():
    assert (
        helps("ru")
        == """Использование: vernost night [ПАРАМЕТРЫ]

  Решает, кого пригласить в этот день, и ставит их в очередь обзвона.

  Повтор за тот же день добавит только недостающее. День раньше последнего
  ночного расчёта команда не примет.

Параметры:
  --as-of ДАТА          День; без него — сегодня.
  --dry-run             Только посчитать: день любой, ничего не записывается.
  --json                Напечатать один документ JSON.
  --format [text|json]  То же, что --json.
  -h, --help            Показать эту справку и выйти.
"""
    )
    assert helps("en").splitlines()[:5] == [
        "Usage: vernost night [OPTIONS]",
        "",
        "  Decide whom to invite on a day and put them into the calling queue.",
        "",
        "  The same day again adds only what is missing. A day before the newest night",
    ]


def helps(language):
    """Ask for a help as on a machine that knows no Russian: the words are UTF-8 nevertheless."""
    environment = {**os.environ, "VERNOST_LANGUAGE": language, "LC_ALL": "C", "COLUMNS": "80"}
    environment.pop("PYTHONUTF8", None)
    command = [sys.executable, "-m", "vernost", "night", "--help"]
    return subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode("utf-8")


@pytest.mark.parametrize(("verbose", "told"), [("", ["gone ill"]), ("1", ["gone well", "gone ill"])])
def test_how_the_work_goes_is_told_to_who_asks(verbose, told):
    code = "import django, logging; django.setup(); work = logging.getLogger('vernost.work'); "
    code += "work.info('gone well'); work.warning('gone ill')"
    environment = {**os.environ, "VERNOST_VERBOSE": verbose, "DJANGO_SETTINGS_MODULE": "vernost.config.settings"}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert [line.partition("vernost.work: ")[2] for line in answer.stderr.splitlines()] == told


def _killed_in_python(number):
    os.kill(os.getpid(), number)


def _killed_in_a_query(number):
    with duckdb.connect(config={"threads": 1}) as base:
        base.create_function("kill", lambda _row: os.kill(os.getpid(), number), ["INTEGER"], "INTEGER")
        base.sql("SELECT kill(1)").fetchall()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("killed", [_killed_in_python, _killed_in_a_query])
def test_a_command_that_a_signal_ends_says_so(capsys, number, killed):
    """Wherever it finds the command, a library that makes a failure of its own of it included."""
    with pytest.raises(SystemExit) as left, database._signals_as_exits():
        killed(number)
    assert left.value.code == 128 + number
    said = words.translated("Stopped: what was saved stays. Run the same command again to go on.")
    assert capsys.readouterr().err.strip() == said


def test_a_failure_without_a_signal_stays_what_it_is():
    with pytest.raises(ZeroDivisionError), database._signals_as_exits():
        raise ZeroDivisionError
