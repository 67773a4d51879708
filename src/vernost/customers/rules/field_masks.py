"""Fields that hold a telephone or an e-mail address: not everybody is shown them whole."""

from collections.abc import Iterable

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.rights import Sensitive
from vernost.customers.rules.fields import Kind

_HELD = {Kind.PHONE: Sensitive.PHONE, Kind.LINK: Sensitive.EMAIL}
_WORDS = frozenset({Kind.TEXT, Kind.LONG_TEXT})


def is_page(value: str) -> bool:
    """Whether a link opens a page; if not, it is an e-mail address."""
    return value.lower().startswith(("https://", "http://"))


def is_whole(kind: Kind, actor: Actor) -> bool:
    """Whether the actor is shown all that a field of the kind may hold: who is not, neither changes nor finds by it."""
    return kind not in _HELD or actor.shows(_HELD[kind])


def is_hidden(kind: Kind, value: str, actor: Actor) -> bool:
    """Whether the actor is not shown a value as it is: who is not does not change it."""
    if kind in _WORDS:
        return sensitive.tells_more(actor, value)
    return not is_whole(kind, actor) and not (kind is Kind.LINK and is_page(value))


def hides(kind: Kind, values: Iterable[str], actor: Actor) -> bool:
    return any(is_hidden(kind, value, actor) for value in values)


def shown(kind: Kind, value: str, actor: Actor) -> str:
    """Return the value as the actor is shown it."""
    if kind in _WORDS:
        return sensitive.told(actor, value)
    return sensitive.shown(actor, _HELD[kind], value) if is_hidden(kind, value, actor) else value


def told(kind: Kind, value: str) -> str:
    """Return the value as a journal tells it, whoever reads it."""
    return value if kind not in _HELD or (kind is Kind.LINK and is_page(value)) else sensitive.MASKS[_HELD[kind]](value)
