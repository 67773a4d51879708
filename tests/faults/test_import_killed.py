"""An import that is killed and run again leaves the base as one clean import does."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from tests.faults.contents import CONSENTS, CUSTOMERS, IMPORTED, ORDERS
from tests.faults.installation import IMPORT_LOCK, Installation, installed
from tests.faults.killing import kill_at_table, kill_copies
from tests.faults.running import eventually, without_transactions

from vernost import demo

pytestmark = pytest.mark.slow

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 20)
# Where an import is held up and killed, in the order of its work.
TABLES = (
    "customers_customer",
    "customers_consentstatement",
    "vehicles_ownership",
    "workshop_repairorder",
    "workshop_orderline",
    "contacts_interaction",
    "intake_quarantinedrow",
)
AT_WORK = "SELECT name FROM intake_importedfile WHERE state = 'running'"


@dataclass(frozen=True)
class Work:
    """An import: of which files, into what, and what the base is afterwards when nothing disturbs it."""

    base: Installation
    files: Path
    clean: dict[str, tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("import")


@pytest.fixture(scope="module")
def dealer(django_db_setup, embedded_server, folder):  # noqa: ARG001 - the template is made by it
    with installed(embedded_server, "import_base", folder) as base:
        yield base


@pytest.fixture(scope="module")
def first(dealer, folder):
    """The first import of a dealer."""
    return work(dealer, FIRST, folder / "first")


@pytest.fixture(scope="module")
def later(dealer, folder):
    """A later one, of rows that are new, changed and the same."""
    demo.generate(customers=400, seed=5, until=FIRST, out=folder / "before")
    after_first = dealer.copy("import_after_first")
    after_first.told("import", str(folder / "before"))
    yield work(after_first, SECOND, folder / "later")
    after_first.drop()


def work(base, until, files):
    demo.generate(customers=400, seed=5, until=until, out=files)
    with base.copied() as clean:
        clean.told("import", str(files))
        return Work(base, files, clean.contents(IMPORTED))


def begin(installation, files, **more):
    """Start an import; return when it has its lock."""
    process = installation.begin("import", str(files), "--json", **more)
    eventually(lambda: installation.holds(IMPORT_LOCK) or process.poll() is not None)
    return process


def place(installation):
    """Return which file the import is at; None when none runs."""
    if not installation.holds(IMPORT_LOCK):
        return None
    return next((name for (name,) in installation.ask(AT_WORK)), "between files")


def import_again(installation, files):
    """Import as somebody does who has found the machine off in the morning."""
    eventually(installation.is_alone)
    return installation.run("import", str(files), "--json")


def assert_whole(installation, done):
    answer = import_again(installation, done.files)
    assert (answer.returncode, "Traceback" in answer.stderr) == (0, False), answer.stderr
    assert installation.contents(IMPORTED) == done.clean


def assert_nothing_is_left_to_do(installation, done):
    files = installation.told("import", str(done.files))["files"]
    assert [file for file in files if file["new"] or file["changed"]] == []
    states = "SELECT state, finished_at IS NULL FROM intake_importrun ORDER BY id DESC LIMIT 3"
    # The newest first: twice whole, and the killed one, which is told from a running one.
    assert installation.ask(states) == [("done", False), ("done", False), ("failed", False)]


def killed(done, kills, seed):
    return kill_copies(
        base=done.base,
        kills=kills,
        seed=seed,
        begin=lambda installation: begin(installation, done.files),
        place=place,
        check=lambda installation: assert_whole(installation, done),
    )


def test_killed_at_two_random_moments(first):
    assert len(killed(first, kills=2, seed=1).hits) == 2


@pytest.mark.parametrize(("which", "seed"), [("first", 2), ("later", 3)])
def test_killed_at_ten_random_moments(request, which, seed):
    tally = killed(request.getfixturevalue(which), kills=10, seed=seed)
    assert len(tally.hits) == 10
    # All over the work, not at one file of it.
    assert len({file for _moment, file in tally.hits}) >= 5


@pytest.mark.parametrize("table", TABLES)
def test_killed_where_it_writes_a_table(first, table):
    with first.base.copied() as installation:
        kill_at_table(installation, table, lambda: begin(installation, first.files))
        assert installation.contents(IMPORTED) != first.clean
        assert_whole(installation, first)
        assert_nothing_is_left_to_do(installation, first)


def test_the_control_without_the_key_doubles_rows(first):
    """Under the name of another source the same rows have other keys."""
    with first.base.copied() as installation:
        kill_at_table(installation, "contacts_interaction", lambda: begin(installation, first.files))
        installation.told("import", str(first.files), "--source", "other")
        found = installation.contents(IMPORTED)
        rows = {query: count - first.clean[query][0] for query, (count, _digest) in found.items()}
        assert rows[CUSTOMERS] == first.clean[CUSTOMERS][0]
        assert rows[ORDERS] == first.clean[ORDERS][0]


def test_the_control_without_transactions_loses_rows(first):
    """A customer without his consent is already there: the next import takes him for the same."""
    with first.base.copied() as installation:
        kill_at_table(
            installation,
            "customers_consentstatement",
            lambda: begin(installation, first.files, **without_transactions()),
        )
        import_again(installation, first.files)
        found = installation.contents(IMPORTED)
        lost = {query for query, rows in found.items() if rows[0] < first.clean[query][0]}
        assert CONSENTS in lost
