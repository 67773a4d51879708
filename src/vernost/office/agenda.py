"""What a manager or an administrator should do now: the few lines at the head of the home page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from vernost.automation.queries.work import Night, Work
from vernost.core.formats import day_short, moment, number
from vernost.invitations.queries.counts import CallingLoad
from vernost.segments.queries.saved import Notice
from vernost.segments.sleep_alarms import Alarm

# An export comes every night: a day of silence means that something is broken at the source.
SILENCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Task:
    """One line: `level` is bad, warn or info; the worst go first."""

    level: str
    words: str
    action: str
    url: str


def of_night(night: Night | None, now: datetime) -> Task | None:
    if night is None:
        return Task(
            "warn",
            gettext("No night has been decided yet: nobody is invited"),
            gettext("Programmes"),
            reverse("office:programmes"),
        )
    broken = night.finished_at is None and now - night.started_at > timedelta(hours=1)
    if broken or now - night.started_at > timedelta(hours=26):
        words = gettext("The last decided night is that of %(day)s") % {"day": f"{night.as_of:%d.%m.%Y}"}
        return Task("bad", words, gettext("Programmes"), reverse("office:programmes"))
    return None


def of_import(last_at: datetime | None, now: datetime) -> Task | None:
    url, action = reverse("office:imports"), gettext("Imports")
    if last_at is None:
        return Task("warn", gettext("No data has been imported yet"), gettext("Upload files"), f"{url}#upload")
    if now - last_at <= SILENCE:
        return None
    words = gettext("No new data since %(moment)s: check the export of the dealer system") % {"moment": moment(last_at)}
    return Task("bad", words, action, url)


def of_quarantine(rows: int) -> Task | None:
    if not rows:
        return None
    words = ngettext("%(count)s row waits in quarantine", "%(count)s rows wait in quarantine", rows)
    return Task("warn", words % {"count": number(rows)}, gettext("Mend"), reverse("office:quarantine"))


def of_calls(load: CallingLoad) -> Task | None:
    overdue = load.overdue_call_backs
    if not overdue:
        return None
    words = ngettext("%(count)s promised call-back is overdue", "%(count)s promised call-backs are overdue", overdue)
    return Task("bad", words % {"count": number(overdue)}, gettext("Distribute"), _supervisor())


def of_work(work: Work) -> Task | None:
    if work.alive:
        return None
    return Task(
        "bad",
        gettext("The worker is silent: imports, nights and the mirror stand still"),
        gettext("How to start it"),
        f"{reverse('office:home')}#health",
    )


def of_programmes(off: int) -> Task | None:
    if not off:
        return None
    words = ngettext("%(count)s programme is switched off", "%(count)s programmes are switched off", off)
    return Task("info", words % {"count": number(off)}, gettext("Look"), reverse("office:programmes"))


def of_sleeping(alarms: Sequence[Alarm], branches: Mapping[int, str]) -> Iterator[Task]:
    """One line a branch in which more customers fell asleep than its control limits allow."""
    for alarm in alarms:
        words = ngettext(
            "%(branch)s: %(count)s customer fell asleep in the week to %(day)s, usually it is %(usual)s",
            "%(branch)s: %(count)s customers fell asleep in the week to %(day)s, usually it is %(usual)s",
            alarm.slept,
        )
        values = {
            "branch": branches.get(alarm.branch_id) or gettext("Without a branch"),
            "count": number(alarm.slept),
            "day": day_short(alarm.ended),
            "usual": number(alarm.usual),
        }
        yield Task("bad", words % values, gettext("Programmes"), reverse("office:programmes"))


def of_segments(notices: Sequence[Notice]) -> Iterator[Task]:
    """One line a segment of the reader's that is smaller or larger than he wanted to know of."""
    for one in notices:
        few = one.least is not None and one.size < one.least
        words = ngettext(
            "Segment “%(title)s”: %(count)s customer, less than %(limit)s",
            "Segment “%(title)s”: %(count)s customers, less than %(limit)s",
            one.size,
        )
        if not few:
            words = ngettext(
                "Segment “%(title)s”: %(count)s customer, more than %(limit)s",
                "Segment “%(title)s”: %(count)s customers, more than %(limit)s",
                one.size,
            )
        limit = (one.least if few else one.most) or 0
        values = {"title": one.title, "count": number(one.size), "limit": number(limit)}
        yield Task("warn", words % values, gettext("Look"), reverse("office:segment", args=[one.segment_id]))


def _supervisor() -> str:
    return reverse("office:supervisor")


ORDER = {"bad": 0, "warn": 1, "info": 2}


def in_order(*tasks: Task | None) -> list[Task]:
    return sorted((task for task in tasks if task), key=lambda task: ORDER[task.level])
