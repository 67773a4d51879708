"""A PostgreSQL of the dealer's own instead of the embedded one."""

import json

import psycopg
import pytest
from tests.faults.running import Run, vernost

from vernost import embedded

pytestmark = pytest.mark.slow


@pytest.fixture
def own_server(tmp_path):
    """A server that Vernost does not manage: its administrator, and the address of a plain user's database."""
    with embedded.ensure(tmp_path / "elsewhere") as server:
        host = str(server.host)
        with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as administrator:
            administrator.execute("DROP DATABASE vernost")
            with psycopg.connect(host=host, user="postgres", dbname="template1", autocommit=True) as template:
                template.execute("DROP OWNED BY vernost_app, vernost_owner")
                template.execute("DROP ROLE vernost_app, vernost_owner")
            administrator.execute("CREATE ROLE dealer LOGIN")
            administrator.execute("CREATE DATABASE crm OWNER dealer")
            yield administrator, f"postgresql://dealer@/crm?host={host}"


def test_an_administrator_is_told_what_to_run_and_then_everything_works(own_server, tmp_path):
    administrator, url = own_server
    data_dir = tmp_path / "data"
    refused = vernost(data_dir, "init", DATABASE_URL=url)
    statements = [
        'CREATE ROLE "vernost_app" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;',
        'GRANT "vernost_app" TO "dealer";',
    ]
    assert (refused.returncode, refused.stdout, refused.stderr.splitlines()[1:]) == (1, "", statements)
    for statement in statements:
        administrator.execute(statement)
    made = vernost(data_dir, "init", "--json", DATABASE_URL=url)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["administrator"]["login"] == "admin"

    # Imports work without it, and are quicker with it.
    grant = 'GRANT SET ON PARAMETER session_replication_role TO "dealer";'
    assert grant in made.stderr
    administrator.execute(grant)
    assert vernost(data_dir, "init", DATABASE_URL=url).stderr == ""

    run = Run(data_dir, DATABASE_URL=url).ready()
    assert run.page() == 200
    assert set(run.parts()) == {"web", "worker"}
    assert run.stop() == 0
    with psycopg.connect(url, options="-c role=vernost_app") as pages:
        assert pages.execute("SELECT count(*) FROM accounts_user").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            pages.execute("DROP TABLE accounts_user")
    assert not (data_dir / "postgres").exists()


def test_a_user_who_may_make_roles_needs_nobody(own_server, tmp_path):
    administrator, url = own_server
    administrator.execute("ALTER ROLE dealer CREATEROLE")
    made = vernost(tmp_path / "data", "init", "--json", DATABASE_URL=url)
    assert made.returncode == 0, made.stderr


def test_a_server_that_does_not_answer_is_told_in_words(tmp_path):
    answer = vernost(tmp_path / "data", "check-server", DATABASE_URL="postgresql://dealer@127.0.0.1:1/crm")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("Error: The database does not answer: ")
    assert "Traceback" not in answer.stderr
