"""Records of another system by the hundred, with the semantics of an import's files."""

import re
from decimal import Decimal
from typing import Annotated, Any, Final

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict, Field, StringConstraints, create_model

from vernost.accounts.tokens import Given, Scope
from vernost.api.access import ApiRequest, Needs
from vernost.api.fields import ABOUT, FieldsSaid
from vernost.api.once import key_header, once
from vernost.api.problems import Refused
from vernost.api.service import api
from vernost.api.types import TEXT_PATTERN, Strict
from vernost.customers.operations.field_values import UnknownField
from vernost.intake import operations
from vernost.intake.formats import in_order
from vernost.intake.operations import DEFAULT_SOURCE, ImportIsRunning, Record, Taken
from vernost.intake.queries import file_kinds
from vernost.intake.rules.file_kind import Column, FileKind
from vernost.intake.rules.types import ContactList, Flag, Money, OneOf, Whole

router = Router(tags=["records"])

MOST_RECORDS: Final = 1000
_LINES: Final = "lines"
_NUMBER: Final = re.compile("[0-9]{1,7}")
_FIELDS: Final = "fields"
# Kinds of file whose records may have fields of administrators.
_WITH_FIELDS: Final = frozenset({"customers", "vehicles", "orders", "deals"})
_Cell = Annotated[str, StringConstraints(max_length=20_000, pattern=TEXT_PATTERN)]
_Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]


def _value(column: Column) -> Any:  # noqa: ANN401 - a type for pydantic
    """Return what a column may be in JSON: the text that a file would have, or what JSON has for it."""
    if isinstance(column.type, Money | Whole):
        return int | _Number | _Cell | None
    if isinstance(column.type, Flag):
        return bool | _Cell | None
    if isinstance(column.type, ContactList):
        return list[_Cell] | _Cell | None
    return _Cell | None


def _about(column: Column) -> str | None:
    return ", ".join(column.type.codes) if isinstance(column.type, OneOf) else None


def _record_of(kind: FileKind, **more: Any) -> type[Strict]:  # noqa: ANN401 - fields for pydantic
    fields: dict[str, Any] = {
        column.name: (_value(column), Field(None, description=_about(column))) for column in kind.columns
    }
    name = "".join(part.capitalize() for part in kind.code.split("_"))
    made: type[Strict] = create_model(f"{name}Record", __base__=Strict, **fields, **more)
    return made


def _records_in() -> type[Strict]:
    kinds = {kind.code: kind for kind in in_order()}
    line = _record_of(kinds["order_lines"])
    lines: Any = (list[line] | None, Field(None, max_length=MOST_RECORDS))  # type: ignore[valid-type]  # made above
    own: Any = (FieldsSaid | None, Field(None, description=ABOUT))
    models = {
        code: line
        if code == "order_lines"
        else _record_of(
            kind,
            **({_LINES: lines} if code == "orders" else {}),
            **({_FIELDS: own} if code in _WITH_FIELDS else {}),
        )
        for code, kind in kinds.items()
    }
    fields: dict[str, Any] = {
        code: (list[model], Field([], max_length=MOST_RECORDS, description=str(kinds[code].title)))  # type: ignore[valid-type]  # as above
        for code, model in models.items()
    }
    source = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{1,40}$")]
    made: type[Strict] = create_model("RecordsIn", __base__=Strict, source=(source, Field(DEFAULT_SOURCE)), **fields)
    return made


RecordsIn: Any = _records_in()


class ResultOut(Schema):
    """`row` is the record's place in its list, from 0; the words after `result` are of a quarantined one."""

    model_config = ConfigDict(extra="forbid")

    row: int
    id: str
    result: str
    column: str = ""
    value: str = ""
    reason: str = ""
    waits_for: str = ""


class CountsOut(Schema):
    new: int = 0
    changed: int = 0
    same: int = 0
    quarantined: int = 0


class RecordsOut(Schema):
    """`import_id` is the number in the history of imports, null where nothing was new.

    Lines that came inside orders are told of under `order_lines`, after those of the list itself.
    `waited` counts older records of the quarantine that could be taken now, `removed_lines` those that orders which
    came with their lines had and have no more.
    """

    import_id: int | None
    counts: dict[str, CountsOut]
    results: dict[str, list[ResultOut]]
    waited: int
    removed_lines: int


@router.post("/records", response=RecordsOut, auth=Needs(Scope.RECORDS), summary="Bring in records")
def take_records(request: ApiRequest, records: RecordsIn, idempotency_key: str = key_header()) -> HttpResponse:
    """Bring in new and changed records as an import does: by the source's ids, in any order, as often as you like.

    A record is new, changed, same or quarantined with the reason. A column that is not named is left alone.
    The columns are those of the exchange format; an order may carry its `lines`: then it has these and no others.
    """
    now = timezone.now()

    def work() -> Given:
        said, lines = _rows(records.model_dump(exclude_unset=True), {kind.code: kind for kind in file_kinds()})
        try:
            taken = operations.take_records(
                source=records.source, records=said, lines=lines, name="API", actor=request.actor, now=now
            )
        except ImportIsRunning as error:
            raise Refused(503, error.code, {"Retry-After": "30"}) from error
        return Given(200, api.rendered(request, _answer(said, taken)))

    return once(request, idempotency_key, work, now)


def _rows(said: dict[str, Any], kinds: dict[str, FileKind]) -> tuple[dict[str, list[Record]], dict[str, set[int]]]:
    """Return the records by kind as a file would have them, and the numbers of all lines of orders that carry them.

    A field is a column of its code.
    """
    rows: dict[str, list[Record]] = {code: [] for code in kinds}
    inside: list[Record] = []
    numbers: dict[str, set[int]] = {}
    for code, kind in kinds.items():
        own = {column.name for column in kind.columns if column.own}
        for record in said.get(code, ()):
            values = record.pop(_FIELDS, None) or {}
            if unknown := set(values) - own:
                raise UnknownField(field=min(unknown))
            record.update(values)
            lines = record.pop(_LINES, None)
            row = _cells(record)
            rows[code].append(row)
            if lines is not None:
                order = {"order_id": row.get("id")}
                carried = [_cells({"line_no": place, **line, **order}) for place, line in enumerate(lines, 1)]
                inside += carried
                said_as = [line["line_no"] or "" for line in carried]
                if all(map(_NUMBER.fullmatch, said_as)):
                    numbers[row.get("id") or ""] = set(map(int, said_as))
    rows["order_lines"] += inside
    return rows, numbers


def _cells(record: dict[str, Any]) -> Record:
    return {name: _cell(value) for name, value in record.items()}


def _cell(value: Any) -> str | None:  # noqa: ANN401 - what JSON has
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        return "; ".join(value)
    # Without an exponent, which no file has.
    return f"{Decimal(repr(value)):f}"


def _answer(said: dict[str, list[Record]], taken: Taken) -> RecordsOut:
    keys = {kind.code: kind.key for kind in in_order()}
    results = {
        code: [
            ResultOut(
                row=row,
                id="/".join(said[code][row].get(part) or "" for part in keys[code]),
                result=told.verdict,
                column=told.column,
                value=told.value,
                reason=told.reason,
                waits_for=told.waits_for,
            )
            for row, told in enumerate(results)
        ]
        for code, results in taken.results.items()
    }
    counts = {
        code: CountsOut(**{verdict: sum(row.result == verdict for row in rows) for verdict in CountsOut.model_fields})
        for code, rows in results.items()
    }
    return RecordsOut(
        import_id=taken.run_id, counts=counts, results=results, waited=taken.waited, removed_lines=taken.removed
    )
