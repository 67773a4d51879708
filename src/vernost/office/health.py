"""The health of the system in lines, for an administrator."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from vernost.accounts.models import AuditRecord
from vernost.accounts.rules.harvest import Harvest
from vernost.automation.queries.work import Database, Night, Work
from vernost.core.formats import moment, number
from vernost.facts import mirror

FRESH = timedelta(minutes=15)
# What a person types where no worker runs; the same in every language.
WORKER_COMMAND = "vernost worker"


@dataclass(frozen=True, slots=True)
class Line:
    """One organ: `level` is ok, warn or bad."""

    level: str
    title: str
    words: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is known of the organs at a moment."""

    database: Database
    work: Work
    night: Night | None
    imported_at: datetime | None
    users_without_totp: int
    alarms: Sequence[AuditRecord]


def lines(pulse: Pulse, now: datetime) -> Iterator[Line]:
    yield _database(pulse.database)
    yield from _work(pulse.work)
    yield _night(pulse.night, now)
    yield _mirror(now)
    yield _import(pulse.imported_at, now)
    yield _users(pulse.users_without_totp)
    yield from map(_alarm, pulse.alarms)


def _alarm(record: AuditRecord) -> Line:
    """Somebody reads the base through."""
    stopped = (record.fields or {}).get("state") == Harvest.STOPPED
    name = record.user.display_name if record.user else record.actor
    words = (
        gettext("stopped: too many within an hour, %(moment)s")
        if stopped
        else gettext("seen more than usual within an hour, %(moment)s")
    )
    url = f"{reverse('office:audit')}?who={record.user_id or ''}"
    title = gettext("%(name)s: cards of customers") % {"name": name}
    return Line("bad" if stopped else "warn", title, words % {"moment": moment(record.at)}, url, gettext("Look"))


def _database(database: Database) -> Line:
    words = gettext("PostgreSQL %(version)s answers, %(size)s on disk")
    return Line("ok", gettext("Database"), words % {"version": database.version, "size": filesizeformat(database.size)})


def _work(work: Work) -> Iterator[Line]:
    title = gettext("Worker")
    if not work.alive:
        words = gettext("does not answer; “vernost start” runs one, “%(command)s” another") % {
            "command": WORKER_COMMAND
        }
        yield Line("bad", title, words)
    else:
        words = ngettext("alive, %(count)s job waits", "alive, %(count)s jobs wait", work.waiting)
        yield Line("ok", title, words % {"count": number(work.waiting)})
    if work.failed:
        words = ngettext("%(count)s job failed in a day", "%(count)s jobs failed in a day", work.failed)
        yield Line("warn", gettext("Jobs"), words % {"count": number(work.failed)})


def _night(night: Night | None, now: datetime) -> Line:
    title = gettext("Night")
    if night is None:
        return Line("warn", title, gettext("none yet"))
    if night.finished_at is None:
        return Line("warn", title, gettext("at work since %(moment)s") % {"moment": moment(night.started_at)})
    words = gettext("decided %(moment)s") % {"moment": moment(night.finished_at)}
    return Line("ok" if now - night.started_at < timedelta(hours=26) else "bad", title, words)


def _mirror(now: datetime) -> Line:
    title = gettext("Mirror for figures")
    try:
        refreshed_at = mirror.current().refreshed_at
    except mirror.MirrorMissing:
        return Line("warn", title, gettext("not built yet: it comes a minute after the first import"))
    words = gettext("of %(moment)s") % {"moment": moment(refreshed_at)}
    return Line("ok" if now - refreshed_at < FRESH else "warn", title, words)


def _import(imported_at: datetime | None, now: datetime) -> Line:
    url, action = reverse("office:imports"), gettext("Imports")
    if imported_at is None:
        return Line("warn", gettext("Data"), gettext("nothing imported yet"), url, action)
    fresh = now - imported_at <= timedelta(hours=24)
    words = gettext("last import %(moment)s") % {"moment": moment(imported_at)}
    return Line("ok" if fresh else "bad", gettext("Data"), words, url, action)


def _users(without_totp: int) -> Line:
    if not without_totp:
        return Line("ok", gettext("Users"), gettext("all have the two-step sign-in"))
    words = ngettext(
        "%(count)s signs in by the password alone", "%(count)s sign in by the password alone", without_totp
    )
    count = {"count": number(without_totp)}
    return Line("warn", gettext("Users"), words % count, f"{reverse('office:users')}?totp=off", gettext("Look"))
