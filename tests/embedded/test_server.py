"""The life of the embedded server, with real processes and real kills."""

import os
import signal
import subprocess
from pathlib import Path

import psycopg
import pytest
from tests import nobody
from tests.embedded.conftest import as_superuser, lives
from tests.nobody import IS_ROOT, NOBODY

from vernost import embedded
from vernost.embedded.layout import Layout


def test_it_starts_answers_and_stops(tmp_path):
    data_dir = tmp_path / "data"
    with embedded.ensure(data_dir) as connection:
        assert embedded.Server(data_dir).running() == connection
        with psycopg.connect(connection.conninfo()) as session:
            assert session.execute("SELECT current_user, current_database()").fetchone() == (
                "vernost_owner",
                "vernost",
            )
    assert not lives(connection.pid)
    assert embedded.Server(data_dir).running() is None
    assert not connection.host.exists() or list(connection.host.iterdir()) == []


def test_the_cluster_is_as_designed(tmp_path):
    with embedded.ensure(tmp_path / "data") as connection, as_superuser(connection) as session:
        wanted = {
            "listen_addresses": "",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "jit": "off",
            "work_mem": "64MB",
        }
        assert {name: session.execute(f"SHOW {name}").fetchone()[0] for name in wanted} == wanted
        # The builtin provider knows Cyrillic whatever the machine's locales are.
        assert session.execute("SELECT lower('ПЁС'), 'Ёжик' ILIKE 'ёЖ%'").fetchone() == ("пёс", True)


def test_the_two_roles(tmp_path):
    with embedded.ensure(tmp_path / "data") as connection:
        with as_superuser(connection) as session:
            assert session.execute(
                """
                SELECT rolname::text, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolcanlogin
                FROM pg_roles WHERE rolname LIKE 'vernost%' ORDER BY 1
                """
            ).fetchall() == [
                ("vernost_app", False, False, False, False, False),
                ("vernost_bi", False, False, False, False, False),
                ("vernost_owner", False, False, False, False, True),
            ]
        with psycopg.connect(connection.conninfo(), autocommit=True) as owner:
            owner.execute("CREATE TABLE car (id bigint GENERATED ALWAYS AS IDENTITY, plate text)")
        with psycopg.connect(connection.conninfo(), options="-c role=vernost_app", autocommit=True) as app:
            app.execute("INSERT INTO car (plate) VALUES ('А123ВС77')")
            assert app.execute("SELECT * FROM car").fetchall() == [(1, "А123ВС77")]
            for refused in (
                "CREATE TABLE other (id int)",
                "DROP TABLE car",
                "TRUNCATE car",
                "ALTER TABLE car ADD x int",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(refused)


def test_it_lives_as_long_as_anybody_uses_it(tmp_path, neighbours):
    data_dir = tmp_path / "data"
    first = neighbours(data_dir)
    pid = first.server_pid()
    with embedded.ensure(data_dir) as connection:
        assert connection.pid == pid
        assert first.leave() == 0
        # Whoever has started it is gone; it serves on.
        with psycopg.connect(connection.conninfo()) as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
    assert not lives(pid)


def test_many_commands_at_once_share_one_server(tmp_path, neighbours):
    together = [neighbours(tmp_path / "data") for _ in range(6)]
    pids = {neighbour.server_pid() for neighbour in together}
    assert len(pids) == 1
    assert [neighbour.leave() for neighbour in together] == [0] * 6
    assert not lives(pids.pop())


def test_the_orphan_of_a_killed_command_is_adopted_and_stopped(tmp_path, neighbours):
    data_dir = tmp_path / "data"
    killed = neighbours(data_dir)
    pid = killed.server_pid()
    killed.kill()
    assert embedded.Server(data_dir).running().pid == pid
    with embedded.ensure(data_dir) as connection:
        assert connection.pid == pid
    assert not lives(pid)


def test_a_killed_server_is_started_again_with_its_data(tmp_path):
    data_dir = tmp_path / "data"
    with embedded.ensure(data_dir) as connection:
        with psycopg.connect(connection.conninfo()) as session:
            session.execute("CREATE TABLE kept (id int)")
            session.execute("INSERT INTO kept VALUES (7)")
        os.kill(connection.pid, signal.SIGKILL)
    with embedded.ensure(data_dir) as again, psycopg.connect(again.conninfo()) as session:
        assert again.pid != connection.pid
        assert session.execute("SELECT * FROM kept").fetchall() == [(7,)]


def test_a_server_that_dies_under_its_users_is_revived(tmp_path):
    server = embedded.Server(tmp_path / "data")
    before = server.join()
    try:
        assert server.revive() is False
        os.kill(before.pid, signal.SIGKILL)
        server._process.wait()
        assert server.revive() is True
        with psycopg.connect(server.running().conninfo()) as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.leave()


def test_a_number_that_another_process_has_now_does_not_fool_it(tmp_path):
    data_dir = tmp_path / "data"
    with embedded.ensure(data_dir) as connection:
        pass
    layout = Layout(data_dir)
    owner = layout.cluster.stat()
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if IS_ROOT else {}
    # PostgreSQL itself would believe this one: a living process of its own user.
    with subprocess.Popen(["/bin/sleep", "600"], cwd="/", **as_owner) as stranger:
        for file in (layout.cluster / "postmaster.pid", layout.socket / ".s.PGSQL.5432.lock"):
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.write_text(f"{stranger.pid}\n{layout.cluster}\n1700000000\n5432\n{layout.socket}\n\n1 2\nready\n")
            os.chown(file, owner.st_uid, owner.st_gid)
            os.chown(file.parent, owner.st_uid, owner.st_gid)
        assert embedded.Server(data_dir).running() is None
        with embedded.ensure(data_dir) as again:
            assert again.pid not in {stranger.pid, connection.pid}
        assert stranger.poll() is None
        stranger.kill()


def test_a_cluster_that_was_not_finished_is_made_anew(tmp_path):
    data_dir = tmp_path / "data"
    server = Layout(data_dir).server
    (server / "data.unfinished" / "base").mkdir(parents=True)
    with embedded.ensure(data_dir) as connection:
        assert lives(connection.pid)
    assert not (server / "data.unfinished").exists()


@pytest.mark.parametrize("name", ["данные дилера №1", "a,b 'c' \"d\"", "deep/" * 30])
def test_any_path_will_do(tmp_path, name):
    with embedded.ensure(tmp_path / name) as connection:
        assert len(bytes(connection.host)) <= 90
        with psycopg.connect(connection.conninfo()) as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
    assert not connection.host.exists()


def test_no_mode_of_a_folder_that_was_there_is_changed(open_folder):
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    data_dir = closed / "data"
    data_dir.mkdir(mode=0o700)

    def modes():
        return [folder.stat().st_mode for folder in (open_folder, closed, data_dir)]

    before = modes()
    with embedded.ensure(data_dir) as connection:
        assert lives(connection.pid)
    assert modes() == before


def test_an_unfriendly_environment_does_not_matter(tmp_path, neighbours):
    neighbour = neighbours(
        tmp_path / "data",
        LC_ALL="ru_RU.CP1251",
        PGDATA="/nowhere",
        PGOPTIONS="-c work_mem=1MB",
        PGPORT="1",
        TZ="Asia/Vladivostok",
        LD_LIBRARY_PATH="/nowhere",
    )
    assert lives(neighbour.server_pid())


def test_a_strange_folder_in_the_place_of_the_socket_is_refused(tmp_path):
    data_dir = tmp_path / "Ёлка"
    place = embedded.socket_folder(data_dir)
    place.mkdir(mode=0o755)
    try:
        with pytest.raises(embedded.EmbeddedServerError, match=str(place)), embedded.ensure(data_dir):
            pass
    finally:
        place.rmdir()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(embedded.EmbeddedServerError, match="file/data"), embedded.ensure(tmp_path / "file" / "data"):
        pass


def test_a_cluster_of_another_version_is_refused(tmp_path):
    with embedded.ensure(tmp_path):
        pass
    (Layout(tmp_path).cluster / "PG_VERSION").write_text("17\n", encoding="ascii")
    with pytest.raises(embedded.EmbeddedServerError, match="PostgreSQL 17"), embedded.ensure(tmp_path):
        pass


def test_why_it_did_not_start_is_told(tmp_path):
    with embedded.ensure(tmp_path):
        pass
    with (Layout(tmp_path).cluster / "postgresql.conf").open("a", encoding="ascii") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(embedded.EmbeddedServerError, match="no_such_setting"), embedded.ensure(tmp_path):
        pass


@pytest.mark.skipif(not IS_ROOT, reason="the tests run without root: every test here is this test")
def test_it_runs_without_root(open_folder, neighbours):
    python = (*nobody.WRAPPER, nobody.interpreter())
    data_dir = open_folder / "home"
    data_dir.mkdir()
    os.chown(data_dir, NOBODY.pw_uid, NOBODY.pw_gid)
    neighbour = neighbours(data_dir, python=python, **nobody.PACKAGES)
    pid = neighbour.server_pid()
    assert Path(f"/proc/{pid}").stat().st_uid == NOBODY.pw_uid
    assert neighbour.leave() == 0
    assert not lives(pid)


@pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as somebody else")
def test_root_runs_it_as_somebody_else(open_folder):
    with embedded.ensure(open_folder / "data") as connection:
        uid = Path(f"/proc/{connection.pid}").stat().st_uid
        assert uid not in {0, 65534}
        # Its programs are a copy that it can read, with the libraries in their place.
        program = Path(f"/proc/{connection.pid}/exe").resolve()
        assert program.is_relative_to(open_folder)
