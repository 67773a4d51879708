"""A night that is killed and asked again is whole, and once; so are two nights at the same moment."""

import json
from dataclasses import dataclass
from datetime import date

import pytest
from tests.faults.contents import DECIDED, EVENTS, INVITATIONS
from tests.faults.installation import NIGHT_LOCK, Installation, installed
from tests.faults.killing import kill, kill_at_table, kill_copies
from tests.faults.running import eventually, without_transactions

from vernost import demo

pytestmark = pytest.mark.slow

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 20)
# What the night touches, in its order: it is held up and killed before each.
TABLES = (
    "facts_factchange",
    "invitations_cycle",
    "invitations_invitation",
    "invitations_invitationevent",
    "invitations_decision",
    "automation_nightrun",
)
_WRITES = """
SELECT count(*) > 0 FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Work:
    """A night: over what, and what the base is afterwards when nothing disturbs it, and what it printed."""

    base: Installation
    as_of: date
    clean: dict[str, tuple[int, str]]
    printed: list[dict[str, object]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("night")
    demo.generate(customers=300, seed=6, until=FIRST, out=folder / "first")
    return folder


@pytest.fixture(scope="module")
def dealer(django_db_setup, embedded_server, folder):  # noqa: ARG001 - the template is made by it
    with installed(embedded_server, "night_base", folder) as base:
        base.told("import", str(folder / "first"))
        yield base


@pytest.fixture(scope="module")
def first(dealer):
    """The first night of a dealer."""
    return work(dealer, FIRST)


@pytest.fixture(scope="module")
def later(dealer, folder):
    """The night after a new import: it ends what is over and adds to what stands."""
    demo.generate(customers=300, seed=6, until=SECOND, out=folder / "later")
    next_day = dealer.copy("night_next_day")
    next_day.told("night", "--as-of", f"{FIRST}")
    next_day.told("import", str(folder / "later"))
    yield work(next_day, SECOND)
    next_day.drop()


def work(base, as_of):
    with base.copied() as clean:
        printed = clean.told("night", "--as-of", f"{as_of}")["programmes"]
        return Work(base, as_of, clean.contents(DECIDED), printed)


def begin(installation, done, **more):
    """Start a night; return when it has its lock."""
    process = installation.begin("night", "--as-of", f"{done.as_of}", "--json", **more)
    eventually(lambda: installation.holds(NIGHT_LOCK) or process.poll() is not None)
    return process


def place(installation):
    """Return whether the night reads, decides or writes; None when none runs."""
    if not installation.holds(NIGHT_LOCK):
        return None
    if installation.ask(_WRITES) == [(True,)]:
        return "writes"
    return "decides" if (installation.data_dir / "mirror" / "current.json").exists() else "builds the mirror"


def assert_whole(installation, done):
    """Ask the night again, as somebody does who has found the machine off in the morning."""
    eventually(installation.is_alone)
    again = installation.run("night", "--as-of", f"{done.as_of}", "--json")
    assert (again.returncode, "Traceback" in again.stderr) == (0, False), again.stderr
    assert json.loads(again.stdout)["programmes"] == done.printed
    assert installation.contents(DECIDED) == done.clean


def killed(done, kills, seed):
    return kill_copies(
        base=done.base,
        kills=kills,
        seed=seed,
        begin=lambda installation: begin(installation, done),
        place=place,
        check=lambda installation: assert_whole(installation, done),
    )


def test_killed_at_a_random_moment(first):
    assert len(killed(first, kills=1, seed=1).hits) == 1


@pytest.mark.parametrize(("which", "seed"), [("first", 2), ("later", 3)])
def test_killed_at_ten_random_moments(request, which, seed):
    tally = killed(request.getfixturevalue(which), kills=10, seed=seed)
    assert len(tally.hits) == 10
    assert "writes" in {found for _moment, found in tally.hits}


@pytest.mark.parametrize("table", TABLES)
def test_killed_where_it_writes_a_table_it_has_written_nothing(first, table):
    with first.base.copied() as installation:
        before = installation.contents(DECIDED[:-1])
        kill_at_table(installation, table, lambda: begin(installation, first))
        assert installation.contents(DECIDED[:-1]) == before
        assert_whole(installation, first)
        assert installation.told("check")["breaches"] == []


def test_two_at_once_and_a_third_after_them_are_one_night(first):
    with first.base.copied() as installation:
        both = [installation.begin("night", "--as-of", f"{first.as_of}", "--json") for _number in range(2)]
        printed = [json.loads(process.communicate()[0])["programmes"] for process in both]
        assert printed == [first.printed, first.printed]
        assert_whole(installation, first)


def test_the_control_without_transactions_loses_the_history(first):
    """The invitations were there when it was killed, so that the next night has nothing to add."""
    with first.base.copied() as installation:
        with installation.held_rows("invitations_invitationevent"):
            process = begin(installation, first, **without_transactions())
            eventually(installation.waits_for_a_lock)
            kill(process)
        installation.run("night", "--as-of", f"{first.as_of}", "--json")
        found = installation.contents([INVITATIONS, EVENTS])
        assert found[INVITATIONS][0] == first.clean[INVITATIONS][0]
        assert found[EVENTS][0] < first.clean[EVENTS][0]
        assert installation.run("check", "--json").returncode == 1
