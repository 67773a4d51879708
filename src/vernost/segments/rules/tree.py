"""The rule of a segment: conditions joined by all, any and none, up to three levels.

As JSON: {"all": [...]}, {"any": [...]} or {"not": [...]} (none of these), whose items are such groups or
conditions {"attribute": code, "operator": code, "value": ..., "within": ..., and options of the attribute}.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from vernost.core.errors import BadRequest, DomainError
from vernost.core.i18n import _
from vernost.segments.rules import values
from vernost.segments.rules.values import Misread, Type
from vernost.segments.rules.window import EVER, Window, read_window

Logic = Literal["all", "any", "not"]
LOGICS: tuple[Logic, ...] = ("all", "any", "not")
DEEPEST = 3
MOST_CONDITIONS = 60
SEGMENT = "segment"
"""The attribute that asks for the people of another segment."""


class RuleRefused(BadRequest):
    """`where` is the place of the condition: 1.2 is the second item of the first group."""

    code = "rule_refused"
    text = _("Condition %(where)s: %(what)s")

    def __init__(self, where: str, misread: Misread) -> None:
        super().__init__(where=where, what=str(misread))
        self.where = where
        self.misread = misread


class CircularSegment(DomainError):
    code = "circular_segment"
    text = _("The segment would be made of itself: %(path)s")


@dataclass(frozen=True, slots=True)
class Condition:
    """`value` is ready to compare (`values.read`); `options` are of the attribute: code -> chosen values."""

    attribute: str
    operator: str
    value: Any = None
    within: Window = EVER
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def option(self, code: str) -> tuple[str, ...]:
        return dict(self.options).get(code, ())


@dataclass(frozen=True, slots=True)
class Group:
    logic: Logic
    items: tuple["Group | Condition", ...] = ()


Node = Group | Condition


class Asked(Protocol):
    """What the reading of a condition asks of its attribute."""

    @property
    def type(self) -> Type: ...
    @property
    def dated(self) -> bool: ...
    @property
    def options(self) -> Collection[str]: ...
    @property
    def required(self) -> Collection[str]: ...


def read(document: Any, attributes: Mapping[str, Asked]) -> Group:  # noqa: ANN401 - what JSON holds
    """Read a rule; `RuleRefused` names the first condition that is wrong, and says what is."""
    if isinstance(document, Mapping) and "attribute" in document:
        document = {"all": [document]}
    root = _group(document, attributes, (), 1)
    if sum(1 for _one in conditions(root)) > MOST_CONDITIONS:
        raise RuleRefused("1", Misread(_("at most %(most)s conditions are expected"), most=MOST_CONDITIONS))
    return root


def _group(document: Any, attributes: Mapping[str, Asked], place: tuple[int, ...], depth: int) -> Group:  # noqa: ANN401 - as above
    if not isinstance(document, Mapping) or len(document) != 1 or not set(document) <= set(LOGICS):
        raise _refused(place, _('a group is expected: {"all": [...]}, {"any": [...]} or {"not": [...]}'))
    ((logic, items),) = document.items()
    if not isinstance(items, list) or not items:
        raise _refused(place, _("a group needs at least one condition"))
    if depth > DEEPEST:
        raise _refused(place, _("groups lie in one another at most %(most)s deep"), most=DEEPEST)
    read_items: list[Group | Condition] = []
    for number, item in enumerate(items, 1):
        at = (*place, number)
        if isinstance(item, Mapping) and "attribute" in item:
            read_items.append(_condition(item, attributes, at))
        else:
            read_items.append(_group(item, attributes, at, depth + 1))
    return Group(logic, tuple(read_items))


def _condition(document: Mapping[str, Any], attributes: Mapping[str, Asked], place: tuple[int, ...]) -> Condition:
    code = document["attribute"]
    if not isinstance(code, str) or code not in attributes:
        raise _refused(place, _("there is no attribute “%(code)s”"), code=code)
    attribute = attributes[code]
    unknown = set(document) - {"attribute", "operator", "value", *_within(attribute), *attribute.options}
    if unknown:
        raise _refused(place, _("“%(code)s” takes no “%(name)s”"), code=code, name=min(unknown))
    operator = values.operator(attribute.type, str(document.get("operator", "")))
    if operator is None:
        known = ", ".join(one.code for one in values.OPERATORS[attribute.type])
        raise _refused(place, _("the operator must be one of: %(known)s"), known=known)
    try:
        options = _options(document, attribute)
        value = values.read(attribute.type, operator, document.get("value"))
        within = read_window(document.get("within"))
    except Misread as misread:
        raise RuleRefused(_where(place), misread) from None
    return Condition(code, operator.code, value, within, options)


def _within(attribute: Asked) -> tuple[str, ...]:
    return ("within",) if attribute.dated else ()


def _options(document: Mapping[str, Any], attribute: Asked) -> tuple[tuple[str, tuple[str, ...]], ...]:
    chosen = []
    for name in sorted(attribute.options):
        value = document.get(name)
        if value in (None, [], ""):
            if name in attribute.required:
                raise Misread(_("choose “%(name)s”"), name=name)
            continue
        listed = value if isinstance(value, list) else [value]
        chosen.append((name, tuple(sorted({str(one) for one in listed}))))
    return tuple(chosen)


def _where(place: tuple[int, ...]) -> str:
    return ".".join(map(str, place)) or "1"


def _refused(place: tuple[int, ...], text: str, **named: Any) -> RuleRefused:  # noqa: ANN401 - of any printable type
    return RuleRefused(_where(place), Misread(text, **named))


def write(node: Node, attributes: Mapping[str, Asked]) -> dict[str, Any]:
    """Return the rule as JSON: the reverse of `read`."""
    if isinstance(node, Group):
        return {node.logic: [write(item, attributes) for item in node.items]}
    attribute = attributes[node.attribute]
    document: dict[str, Any] = {"attribute": node.attribute, "operator": node.operator}
    if node.value is not None:
        document["value"] = values.write(attribute.type, node.value)
    if (within := node.within.as_json()) is not None:
        document["within"] = within
    return document | {name: list(chosen) for name, chosen in node.options}


def conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Condition):
        yield node
        return
    for item in node.items:
        yield from conditions(item)


def parents(node: Node) -> list[str]:
    """Return the codes of the segments that a rule is made of, each once, in their order."""
    named = (one.value for one in conditions(node) if one.attribute == SEGMENT and one.value)
    return list(dict.fromkeys(code for codes in named for code in codes))


@dataclass(slots=True)
class Lineage:
    """Which segment is made of which; `of` raises `CircularSegment` where one would be made of itself."""

    parents_of: Mapping[str, Sequence[str]]
    _whole: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, code: str, path: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return everything that a segment is made of, nearest first."""
        if code in path:
            raise CircularSegment(path=" → ".join((*path[path.index(code) :], code)))
        if code not in self._whole:
            found: dict[str, None] = {}
            for parent in self.parents_of.get(code, ()):
                found |= dict.fromkeys((parent, *self.of(parent, (*path, code))))
            self._whole[code] = tuple(found)
        return self._whole[code]
