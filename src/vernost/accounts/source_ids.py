"""Ids of the source systems in and out: `C-1`, or `dms:C-1` where several sources are known.

What was made here and came from no source has `vernost:` and our number.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar, overload

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet

from vernost.accounts.models import Source
from vernost.core.errors import DomainError
from vernost.core.i18n import _

OWN: Final = "vernost"
_BIGGEST: Final = 2**63 - 1
Row = TypeVar("Row", bound=Model)


class Imported(Protocol):
    @property
    def pk(self) -> Any: ...  # noqa: ANN401 - as Django has it
    @property
    def source_id(self) -> int | None: ...
    @property
    def external_id(self) -> str | None: ...


class UnknownReference(DomainError):
    code = "unknown_reference"
    text = _("%(field)s: there is no record %(id)s")


@dataclass(frozen=True, slots=True)
class References:
    """`codes` of every source by its key; `in_use`, the keys of those that have brought a row."""

    codes: dict[int, str]
    in_use: frozenset[int]

    @property
    def several(self) -> bool:
        """Whether ids are told with their source."""
        return len(self.in_use) > 1

    @overload
    def of(self, row: None) -> None: ...
    @overload
    def of(self, row: Imported) -> str: ...
    def of(self, row: Imported | None) -> str | None:
        if row is None:
            return None
        if row.source_id is None or row.external_id is None:
            return f"{OWN}:{row.pk}"
        first, colon, _rest = row.external_id.partition(":")
        if self.several or (colon and (first == OWN or first in self.codes.values())):
            return f"{self.codes[row.source_id]}:{row.external_id}"
        return row.external_id

    def find(self, rows: QuerySet[Row], ref: str) -> Row:
        """Return the row that the id names; ObjectDoesNotExist where none or several could be meant."""
        prefix, colon, rest = ref.partition(":")
        if colon and prefix == OWN:
            number = int(rest) if rest.isascii() and rest.isdecimal() else 0
            return rows.get(pk=number if number <= _BIGGEST else 0, source_id=None)
        sources = {code: pk for pk, code in self.codes.items()}
        if colon and prefix in sources:
            return rows.get(source_id=sources[prefix], external_id=rest)
        found = list(rows.filter(source_id__in=sources.values(), external_id=ref)[:2])
        if len(found) != 1:
            raise ObjectDoesNotExist(ref)
        return found[0]

    def named(self, rows: QuerySet[Row], ref: str, *, field: str) -> Row:
        """Return the row that a field of the request names, or refuse with the field's name."""
        try:
            return self.find(rows, ref)
        except ObjectDoesNotExist:
            raise UnknownReference(field=field, id=ref) from None


def load() -> References:
    rows = list(Source.objects.values_list("pk", "code", "in_use"))
    return References({pk: code for pk, code, _in_use in rows}, frozenset(pk for pk, _code, in_use in rows if in_use))
