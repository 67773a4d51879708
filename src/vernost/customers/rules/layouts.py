"""In which order things stand, as somebody has said: what he hides has a minus, what he did not know comes last."""

from collections.abc import Sequence
from typing import Final

HIDDEN: Final = "-"


def arranged(known: Sequence[str], said: Sequence[str]) -> list[tuple[str, bool]]:
    """Return all known codes in the order that was said, each with whether it is shown."""
    there = set(known)
    order: dict[str, bool] = {}
    for word in said:
        code = word.removeprefix(HIDDEN)
        if code in there:
            order.setdefault(code, not word.startswith(HIDDEN))
    return [*order.items(), *((code, True) for code in known if code not in order)]


def shown(known: Sequence[str], said: Sequence[str]) -> list[str]:
    return [code for code, is_shown in arranged(known, said) if is_shown]
