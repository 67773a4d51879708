"""Fields that the journal has of one subject only, in the words of that subject's own page."""

from collections.abc import Mapping
from typing import Final

from vernost.accounts.models import AuditRecord
from vernost.invitations.models import Programme
from vernost.office import journal
from vernost.office.audit_words import line_words, title_of
from vernost.office.field_words import FIELD_WORDS, KIND_WORDS, ROLE_WORDS
from vernost.office.forms.settings import TITLES as RULES
from vernost.office.plan_words import figure_title
from vernost.office.words import PROGRAMME_FIELDS, PROGRAMME_VALUES
from vernost.reports.rules import KPI_TITLES

_TITLES: Final[Mapping[str, Mapping[str, str]]] = {
    "setting": RULES,
    "programme": PROGRAMME_FIELDS,
    "motivation": {kpi.value: title for kpi, title in KPI_TITLES.items()},
    "plan": {},
    "field": FIELD_WORDS,
    "directory": FIELD_WORDS,
}
_VALUES: Final[Mapping[str, journal.Codes]] = {
    "programme": PROGRAMME_VALUES,
    "field": {"kind": KIND_WORDS, "roles": ROLE_WORDS},
}


class Words:
    """Says the fields of some lines; the names that this takes are read once for all of them."""

    def __init__(self, records: list[AuditRecord]) -> None:
        planned = any(record.subject == "plan" for record in records)
        self._programmes = dict(Programme.objects.values_list("code", "title")) if planned else {}

    def title(self, subject: str, name: str) -> str:
        if subject == "plan":
            return figure_title(name, self._programmes)
        return title_of(name, _TITLES.get(subject, {}))

    def line(self, record: AuditRecord, name: str, value: object) -> str:
        title = self.title(record.subject, name)
        both = isinstance(value, list) and len(value) == 2  # noqa: PLR2004 - before and after
        if record.subject in _TITLES and isinstance(value, list) and both:
            return journal.line(title, _VALUES.get(record.subject, {}), name, *value)
        return line_words(title, name, value)
