"""What an analytics page is asked over: a day, a period, a branch, a segment; and rows that are kept.

A figure depends on the version of the mirror, the rules' numbers, what the actor sees and the question. All
of them make the key of what is kept, so a page opened twice is counted once and a refresh makes it anew.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any

from vernost import facts
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.core.period import add_months
from vernost.facts import mirror as mirrors
from vernost.facts.mirror import Mirror
from vernost.reports.asked import Asked
from vernost.reports.catalogue import discover

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

Row = dict[str, Any]

# A kept answer is a matrix or a table of months: tens of rows, rarely thousands.
KEPT = 400
_NUMBERS = count(1)


class UnknownList(DomainError):
    code = "unknown_list"
    text = _("There is no such list")


@dataclass(frozen=True, slots=True)
class Look:
    """The period is `start` to `as_of`, both included."""

    as_of: date
    start: date
    branch_id: int | None = None
    segment: str | None = None

    @property
    def opened_on(self) -> date:
        """The day at whose end the period begins."""
        return self.start - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.as_of - self.start).days + 1

    def before(self) -> "Look":
        """The period of as many days just before."""
        return replace(self, as_of=self.opened_on, start=self.start - timedelta(days=self.days))

    def year_ago(self) -> "Look":
        return replace(self, as_of=add_months(self.as_of, -12), start=add_months(self.start, -12))


def narrowed(actor: Actor, branch_id: int | None) -> Actor:
    """Return the actor as he would be with one branch only; a branch that he does not see shows nothing."""
    if branch_id is None:
        return actor
    own = frozenset({branch_id}) if actor.sees_branch(branch_id) else frozenset()
    # Pages give it lazily, and `replace` takes none of that.
    return replace(actor, branch_ids=own)


class _Kept:
    """The answers of the last questions. Threads share it; two that ask the same at once may both count."""

    def __init__(self) -> None:
        self._rows: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: Hashable, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever `make` gives
        with self._lock:
            if key in self._rows:
                self._rows.move_to_end(key)
                return self._rows[key]
        made = make()
        with self._lock:
            self._rows[key] = made
            while len(self._rows) > KEPT:
                self._rows.popitem(last=False)
        return made

    def forget(self) -> None:
        with self._lock:
            self._rows.clear()


_kept = _Kept()


def forget() -> None:
    """Let go of the answers that this process keeps."""
    _kept.forget()


class Base:
    """The base as an actor looks at it. The mirror is opened when the first question is not answered yet."""

    def __init__(self, actor: Actor, look: Look, *, mirror: Mirror | None = None) -> None:
        self.look = look
        self.actor = narrowed(actor, look.branch_id)
        self.whole_actor = actor
        self.mirror = mirror or mirrors.current()

    @property
    def refreshed_at(self) -> datetime:
        return self.mirror.refreshed_at

    @cached_property
    def con(self) -> "Backend":
        return facts.connect(self.mirror)

    @cached_property
    def asked(self) -> Asked:
        return Asked(self.con, self.actor, self.look.as_of, self.look.segment)

    @cached_property
    def settings(self) -> Any:  # noqa: ANN401 - RuleSettings, which the type checker knows from `accounts`
        from vernost.accounts.queries import rule_settings  # noqa: PLC0415 - a list of reports must not wait for Django

        return rule_settings()

    def on(self, look: Look) -> "Base":
        """Return the same version at another look; an open connection is shared."""
        other = Base(self.whole_actor, look, mirror=self.mirror)
        if "con" in self.__dict__:
            other.__dict__["con"] = self.con
        return other

    def once(self, rows: "Table") -> "Table":
        """Return rows that are found once and asked several questions: a temporary table of the connection."""
        return self.con.create_table(f"once_{next(_NUMBERS)}", rows, temp=True)

    def kept(self, name: str, make: Callable[[], Any], *more: Hashable) -> Any:  # noqa: ANN401 - whatever `make` gives
        """Return what `make` gives, counted once. A segment's people change without the mirror: it is never kept."""
        if self.look.segment is not None:
            return make()
        scope = None if self.actor.branch_ids is None else tuple(sorted(self.actor.branch_ids))
        key = (str(self.mirror.folder), self.mirror.version, self.settings, scope, self.look, name, *more)
        return _kept.of(key, make)

    def report(self, code: str, **params: Any) -> list[Row]:  # noqa: ANN401 - fields of the report's Params
        """Return the rows of a report of the catalogue for this look."""

        def made() -> list[Row]:
            report = discover()[code]
            asked = report.Params(**params, segment=self.look.segment)
            return [dict(row) for row in report.rows(self.con, asked, actor=self.actor)]

        return list(self.kept(code, made, *sorted(params.items())))
