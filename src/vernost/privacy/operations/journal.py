"""The journal of erasures beside the database: a backup that is restored does not know who was erased after it.

A line for each erasure: numbers and salted hashes, not a word of the person. Written before the commit: a line of an
erasure that did not come about names somebody whose erasure was wanted, and is done by the replay.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from vernost.privacy.models import Erasure


@dataclass(frozen=True, slots=True)
class Line:
    """An erasure as the journal has it. `keys` are (kind of file, hash, what it names)."""

    at: datetime
    actor: str
    reason: str
    document: str
    customers: list[int]
    vehicles: list[int]
    keys: list[tuple[str, str, int | None]]
    salt: bytes


def path() -> Path:
    return Path(settings.DATA_DIR) / "erasures.jsonl"


def write(erasure: Erasure, hashed: Sequence[tuple[str, str, int | None]], salt: bytes) -> None:
    line: dict[str, Any] = {
        "at": erasure.at.isoformat(),
        "actor": erasure.actor,
        "reason": erasure.reason,
        "document": erasure.document,
        "customers": erasure.customers,
        "vehicles": erasure.vehicles,
        "keys": [list(one) for one in hashed],
        "salt": salt.hex(),
    }
    handle = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def lines(file: Path) -> Iterator[Line]:
    with file.open(encoding="utf-8") as stream:
        for text in stream:
            # A machine that lost its power may leave half a line, of an erasure that was not committed.
            if text.endswith("\n") and text.strip():
                yield _line(json.loads(text))


def _line(values: dict[str, Any]) -> Line:
    return Line(
        at=datetime.fromisoformat(values["at"]),
        actor=values["actor"],
        reason=values["reason"],
        document=values["document"],
        customers=values["customers"],
        vehicles=values["vehicles"],
        keys=[(kind, digest, target) for kind, digest, target in values["keys"]],
        salt=bytes.fromhex(values["salt"]),
    )
