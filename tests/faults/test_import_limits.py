"""Imports at the limits of the machine: rows too large for its memory, a disk that is full."""

import subprocess
import threading
from datetime import date
from pathlib import Path

import pytest
from tests.faults.installation import installed
from tests.nobody import IS_ROOT

from vernost import demo

MEGABYTE = 1024 * 1024
# What an import may take, in megabytes; 250 to 300 were measured for these.
PEAK = 500


@pytest.fixture(scope="module")
def dealer(django_db_setup, embedded_server, tmp_path_factory):  # noqa: ARG001 - the template is made by it
    with installed(embedded_server, "limits", tmp_path_factory.mktemp("limits")) as base:
        yield base


def imported(installation, path):
    """Run the import; return its exit status and the most memory that it had, in megabytes."""
    process = installation.begin("import", str(path), "--json", VERNOST_LANGUAGE="ru")
    peak = 0
    while process.poll() is None:
        peak = max(peak, _most_memory(process.pid))
        threading.Event().wait(0.05)
    process.communicate()
    return process.returncode, peak


def _most_memory(pid):
    """Return what the program itself had: what the end of a child tells counts the parent that it was forked from."""
    try:
        told = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except ProcessLookupError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in told.splitlines() if line.startswith("VmHWM:")), 0)


@pytest.mark.parametrize(
    ("letter", "encoding"),
    [
        ("x", "utf-8"),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in ((",", "utf-8"), ('"', "utf-8"), ("x", "utf-16"))),
    ],
)
def test_a_line_of_a_hundred_megabytes_is_refused_in_words(dealer, tmp_path, letter, encoding):
    with (tmp_path / "customers.csv").open("w", encoding=encoding) as file:
        file.write("id,full_name\n1,Petrov\n2,")
        for _megabyte in range(100):
            file.write(letter * (MEGABYTE // len(letter.encode(encoding.replace("16", "16-le")))))
        file.write("\n3,Ivanov\n")
    with dealer.copied() as installation:
        status, peak = imported(installation, tmp_path / "customers.csv")
        assert peak <= PEAK
        words = installation.said("import")
        assert (status, "Traceback" in words, "слишком большие строки" in words) == (2, False, True), words
        assert installation.ask("SELECT count(*) FROM customers_customer") == [(0,)]


@pytest.mark.skipif(not IS_ROOT, reason="only root may make a small disk")
def test_a_full_disk_is_told_and_the_import_is_run_again(dealer, tmp_path):
    demo.generate(customers=100, seed=4, until=date(2026, 3, 1), out=tmp_path / "files")
    with dealer.copied() as installation:
        disk = installation.data_dir / "intake"
        disk.mkdir(exist_ok=True)
        if subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], check=False).returncode:
            pytest.skip("this machine lets nobody make a small disk")
        try:
            status, _peak = imported(installation, tmp_path / "files")
        finally:
            subprocess.run(["/bin/umount", str(disk)], check=True)
        words = installation.said("import")
        assert (status, "Traceback" in words, "На диске не осталось места" in words) == (1, False, True), words
        files = installation.told("import", str(tmp_path / "files"))["files"]
        assert sum(file["new"] for file in files) > 1000
