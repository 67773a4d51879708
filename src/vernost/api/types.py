"""Values as the API takes and gives them: strict, so that what the schema refuses is refused."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from vernost.core.actor import Actor
from vernost.core.rights import Sensitive

# A calendar day of this century, leap years told from others: the schema promises what is accepted.
_DAY: Final = (
    r"20[0-9]{2}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|1[0-9]|2[0-8]))"
    r"|20([02468][048]|[13579][26])-02-29"
)
DAY_PATTERN: Final = f"^({_DAY})$"
_TIME: Final = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
MOMENT_PATTERN: Final = f"^({_DAY})T{_TIME}$"
# No NUL: PostgreSQL has no place for it in a text.
TEXT_PATTERN: Final = r"^[^\x00]*$"
LONGEST_REF: Final = 250
MOST_ROWS: Final = 200


class Strict(Schema):
    """What a client sends: every field known, every type as it is said to be."""

    model_config = ConfigDict(strict=True, extra="forbid")


def _matching(pattern: str, value: Any) -> str:  # noqa: ANN401 - whatever a client sends
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        message = f"must match {pattern}"
        raise ValueError(message)
    return value


def _day(value: Any) -> date:  # noqa: ANN401 - as above
    return date.fromisoformat(_matching(DAY_PATTERN.strip("^$"), value))


def _moment(value: Any) -> datetime:  # noqa: ANN401 - as above
    return datetime.fromisoformat(_matching(MOMENT_PATTERN.strip("^$"), value))


def _count(value: Any) -> int:  # noqa: ANN401 - as above
    return int(_matching("[0-9]{1,3}", value))


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "pattern": DAY_PATTERN, "examples": ["2026-11-20"]}, mode="validation"),
]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {"type": "string", "pattern": MOMENT_PATTERN, "examples": ["2026-11-24T10:00:00+03:00"]}, mode="validation"
    ),
]
Limit = Annotated[
    int,
    BeforeValidator(_count),
    Field(ge=1, le=MOST_ROWS),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_ROWS}),
]
Cursor = Annotated[str, StringConstraints(pattern="^[1-9][0-9]{0,17}$")]
# An id of the source system, `source:id` where several sources could have it.
Ref = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_REF, pattern=TEXT_PATTERN)]
Words = Annotated[str, StringConstraints(max_length=10_000, pattern=TEXT_PATTERN)]
Short = Annotated[str, StringConstraints(max_length=200, pattern=TEXT_PATTERN)]


def clock(value: time | None) -> str | None:
    """Return a time of day on the wall as 09:00: JSON Schema's own `time` is one with a zone."""
    return None if value is None else f"{value:%H:%M}"


def money(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def cost(value: Decimal | None, actor: Actor) -> str | None:
    """Who is not told the margin is not told what it is made of."""
    return money(value) if actor.shows(Sensitive.MARGIN) else None
