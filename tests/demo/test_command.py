import json
from datetime import date

from click.testing import CliRunner
from tests.demo.reading import names, read

from vernost import demo
from vernost.cli.commands.demo_data import command


def run(*arguments: object):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_writes_what_the_generator_makes(tmp_path):
    out = tmp_path / "new" / "folder"
    result = run("--customers", 50, "--seed", 4, "--out", out, "--until", "31.03.2026", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document.pop("seconds") >= 0
    assert document == {"out": str(out), "customers": 50, "seed": 4, "until": "2026-03-31"}
    demo.generate(customers=50, seed=4, until=date(2026, 3, 31), out=tmp_path / "same")
    for name in names(out):
        assert (out / f"{name}.csv").read_bytes() == (tmp_path / "same" / f"{name}.csv").read_bytes()


def test_an_export_of_a_dealer_is_never_overwritten(tmp_path):
    export = tmp_path / "customers.csv"
    export.write_text("id;kind\n1;person\n", encoding="utf-8")
    result = run("--customers", 5, "--out", tmp_path)
    assert result.exit_code == 2
    assert export.read_text(encoding="utf-8") == "id;kind\n1;person\n"
    assert names(tmp_path) == ["customers"]


def test_an_earlier_demo_is_replaced(tmp_path):
    assert run("--customers", 50, "--out", tmp_path).exit_code == 0
    assert run("--customers", 5, "--out", tmp_path).exit_code == 0
    assert len(read(tmp_path, "customers")) == 5


def test_impossible_arguments_are_refused(tmp_path):
    for arguments in (["--customers", 0], ["--seed", -1], ["--until", "soon"], ["--until", "1990-01-01"]):
        result = run("--out", tmp_path / "never", *arguments)
        assert result.exit_code == 2, arguments
        assert not (tmp_path / "never").exists()
    assert run().exit_code == 2


def test_a_folder_that_cannot_be_made_is_a_failure(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = run("--customers", 5, "--out", tmp_path / "file" / "folder")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
