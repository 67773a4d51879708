"""What every test may ask for: a database of its own, pages with the rights of the web process, a browser.

One embedded PostgreSQL serves a whole run, also under xdist: the first worker to come starts it, the
last to leave stops it. The tables are made once, in a template that every worker copies.
Nothing here wakes Django before a test asks for the database: `tests/rules` run with `-p no:django`.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import psycopg
import pytest
from psycopg import sql

from vernost import embedded
from vernost.core import garbage
from vernost.embedded import binaries, layout

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer
    from pytest_django.plugin import DjangoDbBlocker

# A test has no time limit: the machine may be busy.
hypothesis.settings.register_profile("vernost", deadline=None)
hypothesis.settings.load_profile("vernost")
garbage.look_seldom()

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
TEMPLATE = "test_template"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _prepare_environment() -> Path:
    """Point the product at a folder of this run; xdist's workers inherit the controller's."""
    if "VERNOST_TESTS" not in os.environ:
        os.environ["VERNOST_TESTS"] = tempfile.mkdtemp(prefix="vernost-tests-")
    folder = Path(os.environ["VERNOST_TESTS"])
    for name in [name for name in os.environ if name == "DATABASE_URL" or name.startswith("VERNOST_")]:
        if name != "VERNOST_TESTS":
            del os.environ[name]
    os.environ["VERNOST_DATA_DIR"] = str(folder)
    os.environ["VERNOST_SECRET_KEY"] = "only-for-tests-" + "x" * 40
    os.environ["DJANGO_SETTINGS_MODULE"] = "vernost.config.settings"
    # As the Makefile has it: compiled kernels are not part of an installation that a test makes.
    os.environ.setdefault("NUMBA_CACHE_DIR", f"{tempfile.gettempdir()}/vernost-cache-{os.getuid()}/numba")
    return folder


RUN_FOLDER = _prepare_environment()


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("django"):
        from django.conf import settings

        # pytest-django wakes Django when it finds its settings loaded: a look at one loads them.
        assert settings.DATABASES


def pytest_unconfigure() -> None:
    if WORKER == "main":
        shutil.rmtree(RUN_FOLDER)


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[embedded.Connection]:
    with embedded.ensure(RUN_FOLDER) as connection:
        yield connection


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,  # noqa: ARG001 - Django's test mode comes first
    django_db_blocker: "DjangoDbBlocker",
    embedded_server: embedded.Connection,
    pytestconfig: pytest.Config,
) -> Iterator[None]:
    """Give this worker a database: a copy of the template that the first one to come has made."""
    from django.db import connection

    _quicken_settings()
    name = f"test_{WORKER}"
    with django_db_blocker.unblock(), _administrator(embedded_server) as administrator:
        with _one_worker_at_a_time():
            if not administrator.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
                _make_template(administrator, embedded_server, pytestconfig)
            administrator.execute(_create_database(name, TEMPLATE))
        connection.settings_dict["NAME"] = name
        with _emptied_quickly(embedded_server, name):
            yield
        connection.close()
        administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _make_template(
    administrator: "psycopg.Connection[Any]", server: embedded.Connection, config: pytest.Config
) -> None:
    # A test's data need not survive a power cut.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        administrator.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
    administrator.execute("SELECT pg_reload_conf()")
    unfinished = f"{TEMPLATE}_unfinished"
    administrator.execute(_create_database(unfinished, "template1"))
    # Migrations take seconds, so their result is kept, under a name made of all that they depend on.
    dump = _cache(config) / f"migrated-{_digest_of_migrations(config.rootpath)}.sql"
    programs = binaries.folder(layout.Layout(RUN_FOLDER), None)
    where = ["--host", str(server.host), "--dbname", unfinished]
    if dump.exists():
        restore = [
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--single-transaction",
            "--output=/dev/null",
            "--file",
            str(dump),
        ]
        subprocess.run([programs / "psql", *where, "--username", embedded.OWNER_ROLE, *restore], check=True)
    else:
        _migrate(unfinished)
        fresh = dump.with_suffix(f".{os.getpid()}")
        save = ["--username", embedded.SUPERUSER, "--no-owner", "--file", str(fresh)]
        subprocess.run([programs / "pg_dump", *where, *save], check=True)
        fresh.replace(dump)
    administrator.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(TEMPLATE))
    )


def _cache(config: pytest.Config) -> Path:
    return config.cache.mkdir("vernost") if config.cache else RUN_FOLDER


def _migrate(database: str) -> None:
    from django.core.management import call_command
    from django.db import connection

    connection.settings_dict["NAME"] = database
    call_command("migrate", interactive=False, verbosity=0)
    connection.close()


def _digest_of_migrations(repository: Path) -> str:
    digest = hashlib.sha256((repository / "requirements" / "run.lock").read_bytes())
    for file in sorted(repository.glob("src/vernost/*/migrations/*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _create_database(name: str, template: str) -> sql.Composed:
    return sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(embedded.OWNER_ROLE), sql.Identifier(template)
    )


@contextmanager
def _administrator(server: embedded.Connection) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(
        host=str(server.host), port=server.port, user=embedded.SUPERUSER, dbname="postgres", autocommit=True
    ) as connection:
        yield connection


@contextmanager
def _one_worker_at_a_time() -> Iterator[None]:
    with (RUN_FOLDER / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _emptied_quickly(server: embedded.Connection, database: str) -> Iterator[None]:
    """After a test that commits, delete the few rows there are, where Django's `flush` empties every table.

    A flush takes half a second: new files for all tables and indexes, then all permissions anew. Here types
    and permissions stay, which no test changes; the mirror is told what a TRUNCATE tells it. One that the test has made
    goes with its rows.
    """
    from django.apps import apps
    from django.db import connection
    from django.test import TransactionTestCase
    from tests import march

    from vernost.facts import mirror as mirrors

    with psycopg.connect(
        host=str(server.host), port=server.port, user=embedded.SUPERUSER, dbname=database, autocommit=True
    ) as session:
        # Rows go in any order: no foreign key is asked, nor any trigger but those of orders and their lines.
        session.execute("SET session_replication_role = replica")
        tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
        # The queue of jobs is not made by Django, who passes over its tables.
        tables |= {model._meta.db_table for model in apps.get_models() if not model._meta.managed}
        tables -= {"django_content_type", "auth_permission"}
        found = [
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
            for name in sorted(tables)
        ]
        filled = sql.SQL(" UNION ALL ").join(found)

        def empty(_case: TransactionTestCase) -> None:
            with session.transaction():
                # Last what these triggers note.
                for (name,) in [*session.execute(filled).fetchall(), ("facts_factchange",)]:
                    session.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
                session.execute("SELECT fact_change_note_all()")
            if mirrors.root().exists():
                march.forget()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
            yield


@pytest.fixture(scope="module")
def shared_rows(
    django_db_setup: None,  # noqa: ARG001 - the database comes first
    django_db_blocker: "DjangoDbBlocker",
) -> Iterator[None]:
    """Let the tests of a file share rows that a fixture of the file commits; afterwards the tables are emptied.

    Such a test is not marked with `django_db`, or is marked without `transaction` and is taken back.
    """
    from django.test import TransactionTestCase

    with django_db_blocker.unblock():
        yield
        TransactionTestCase()._fixture_teardown()  # type: ignore[attr-defined]  # not in the stubs


def _quicken_settings() -> None:
    """Change what is slow or common to all workers; everything else is as in production."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.DATA_DIR = RUN_FOLDER / WORKER
    settings.MIRROR_DIR = settings.DATA_DIR / "mirror"
    # A busy machine would let a test see the version before its last refresh.
    settings.ANALYTICS_AT_ONCE_SECONDS = float("inf")
    settings.MEDIA_ROOT = settings.DATA_DIR / "files"
    settings.STATIC_ROOT = settings.DATA_DIR / "static"
    settings.STATIC_ROOT.mkdir(parents=True)


@pytest.fixture
def client() -> "Client":
    """Ask for pages with the rights of the web process: the role that owns nothing."""
    from tests.pages import PageClient

    return PageClient()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Start Chromium for one file: Playwright's event loop in this thread would disturb other tests."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.fail("no Chromium for the browser tests: run `apt-get install chromium`, or set CHROMIUM to its path")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Django takes a thread with an event loop for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=list(BROWSER_SWITCHES))
        yield browser
        browser.close()


@pytest.fixture
def page(
    browser: "Browser",
    django_db_setup: None,  # noqa: ARG001 - sets the folders that the server looks into
    live_server: "LiveServer",
) -> Iterator["Page"]:
    """Open a fresh Russian browser on the product; `page.goto("/")` is the home page."""
    context = browser.new_context(
        base_url=live_server.url, locale="ru-RU", timezone_id="Europe/Moscow", viewport={"width": 1440, "height": 900}
    )
    # Only what hangs waits so long: the machine may be busy.
    context.set_default_timeout(300_000)
    yield context.new_page()
    context.close()
