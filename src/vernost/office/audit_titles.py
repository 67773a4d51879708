"""What the journal has of one subject only, in the words of that subject's own page."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Final

from django.utils.translation import gettext

from vernost.accounts.models import AccessRole, ApiToken, AuditRecord, Branch
from vernost.core import formats
from vernost.core.actor import ROLE_TITLES
from vernost.invitations.models import Programme
from vernost.office import journal
from vernost.office.audit_words import line_words, title_of
from vernost.office.field_words import FIELD_WORDS, KIND_WORDS, ROLE_WORDS
from vernost.office.forms.settings import TITLES as RULES
from vernost.office.plan_words import figure_title
from vernost.office.role_words import reaches, right_title
from vernost.office.words import PROGRAMME_FIELDS, PROGRAMME_VALUES
from vernost.reports.queries.lists.pages import LISTS
from vernost.reports.rules import KPI_TITLES
from vernost.segments.models import Segment

# What the journal calls a page of a segment's people, before the code of the segment.
SEGMENT_LIST: Final = "segment/"
_TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "setting": RULES,
    "programme": PROGRAMME_FIELDS,
    "motivation": {kpi.value: title for kpi, title in KPI_TITLES.items()},
    "plan": {},
    "role": {},
    "field": FIELD_WORDS,
    "directory": FIELD_WORDS,
}
_VALUES: Final[Mapping[str, journal.Codes]] = {
    "programme": PROGRAMME_VALUES,
    "field": {"kind": KIND_WORDS, "roles": ROLE_WORDS},
}


class Words:
    """Says some lines; the names that this takes are read once for all of them."""

    def __init__(self, records: list[AuditRecord]) -> None:
        subjects = {record.subject for record in records}
        planned, of_roles = "plan" in subjects, bool(subjects & {"role", "motivation"})
        self._programmes = dict(Programme.objects.values_list("code", "title")) if planned else {}
        moved = any("branch_id" in (record.fields or {}) for record in records)
        self._branches = dict(Branch.objects.values_list("pk", "name")) if planned or moved else {}
        self._roles = _roles() if of_roles else {}
        self._values = {**_VALUES, "role": {**reaches(), "copy_of": self._roles}} if of_roles else _VALUES

    @cached_property
    def _keys(self) -> dict[str, str]:
        return {f"{pk}": name for pk, name in ApiToken.objects.values_list("pk", "name")}

    @cached_property
    def _segments(self) -> dict[str, str]:
        return dict(Segment.objects.values_list("code", "title"))

    def who(self, record: AuditRecord) -> str:
        """Name who did it: a person, the system that a key of the API is for, a part of ours."""
        if record.user:
            return record.user.display_name
        kind, _colon, number = record.actor.partition(":")
        if kind == "token":
            return self._keys.get(number) or gettext("Key of the API %(number)s") % {"number": number}
        return gettext("nobody who is known") if kind == "anonymous" else formats.who(record.actor)

    def title(self, subject: str, name: str) -> str:
        if subject == "plan":
            return figure_title(name, self._programmes)
        if subject == "role":
            return right_title(name)
        return title_of(name, _TITLES.get(subject, {}))

    def about(self, subject: str, code: str) -> str:
        """Return what a line is about, where its subject knows a name for it; else the code that the journal has."""
        if subject == "plan":
            return self._plan(code)
        if subject in {"role", "motivation"}:
            return self._roles.get(code, code)
        if subject == "list":
            return self._list(code)
        return gettext(RULES[code]) if subject == "setting" and code in RULES else code

    def _list(self, code: str) -> str:
        segment = code.removeprefix(SEGMENT_LIST)
        if segment != code:
            return self._segments.get(segment, segment)
        return gettext(LISTS[code].title) if code in LISTS else code

    def _plan(self, code: str) -> str:
        month, _slash, branch = code.partition("/")
        whose = self._branches.get(int(branch), branch) if branch else gettext("the whole group")
        return f"{formats.month(date.fromisoformat(f'{month}-01'))}, {whose}"

    def line(self, record: AuditRecord, name: str, value: object) -> str:
        title = self.title(record.subject, name)
        both = isinstance(value, list) and len(value) == 2  # noqa: PLR2004 - before and after
        if record.subject in _TITLES and isinstance(value, list) and both:
            return journal.line(title, self._values.get(record.subject, {}), name, *value)
        if name == "branch_id" and isinstance(value, list):
            value = [self._branches.get(each, each) for each in value]
        return line_words(title, name, value)


def _roles() -> dict[str, str]:
    standard = {role.value: gettext(title) for role, title in ROLE_TITLES.items()}
    return {**dict(AccessRole.objects.values_list("code", "title")), **standard}
