"""Real commands in the process of a test, on its database, and a few people for them."""

import json
from dataclasses import replace
from datetime import timedelta

from click.testing import CliRunner
from django.conf import settings
from tests.nights import TODAY, person

from vernost.cli.main import root


def on_this_database(monkeypatch):
    """Let commands work on the database of the tests, as on a server of the dealer's own."""
    monkeypatch.setattr(settings, "ENVIRONMENT", replace(settings.ENVIRONMENT, database_url="postgresql://tests"))
    monkeypatch.setenv("VERNOST_LANGUAGE", "ru")


def vernost(*words):
    answer = CliRunner().invoke(root, words)
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer


def told(*words):
    """Run a command that has to succeed; return its document, the only thing on stdout."""
    answer = vernost(*words, "--json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def refused(*words):
    """Run a command that has to fail; return its status and what it says. Stdout stays empty."""
    answer = vernost(*words, "--json")
    assert answer.stdout == ""
    return answer.exit_code, answer.stderr


def people():
    """One who is invited for maintenance, one who has no telephone, and one whose plan is far from due."""
    person(1)
    person(2)[0].addresses.all().delete()
    person(3, serviced_on=TODAY - timedelta(days=40))
