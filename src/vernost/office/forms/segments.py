"""The builder's form: a tree of groups and conditions as flat fields, some of them not yet filled in.

Each node has a number: `n.<number>.parent`, `.kind` (group or condition), and its own fields. The order
of the fields is that of the nodes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from vernost.segments.attributes import Attribute
from vernost.segments.rules import tree, values
from vernost.segments.rules.tree import Condition, Group, Logic, RuleRefused
from vernost.segments.rules.values import Misread, Operator

FIRST = "visits"
_UNITS = ("months", "days")


@dataclass(slots=True)
class DraftCondition:
    """A condition as it stands in the form. `read` is what it means, None with the reason in `misread`."""

    id: int
    parent: int
    attribute: Attribute
    operator: Operator
    value: str = ""
    until: str = ""
    unit: str = "months"
    values: list[str] = field(default_factory=list)
    window: str = ""
    window_number: str = "12"
    window_unit: str = "months"
    since: str = ""
    before: str = ""
    options: dict[str, list[str]] = field(default_factory=dict)
    read: Condition | None = None
    misread: Misread | None = None
    empty: bool = False

    kind = "condition"


@dataclass(slots=True)
class DraftGroup:
    id: int
    parent: int
    logic: Logic
    depth: int = 1
    items: list["DraftGroup | DraftCondition"] = field(default_factory=list)
    read: Group | None = None

    kind = "group"


Draft = DraftGroup | DraftCondition


def of_post(data: QueryDict, attributes: Mapping[str, Attribute]) -> DraftGroup:
    """Read the form; what does not fit is put right (an operator of another type) or kept to be said."""
    nodes: dict[int, dict[str, list[str]]] = {}
    for name in data:
        prefix, _dot, rest = name.partition(".")
        told, _dot, part = rest.partition(".")
        if prefix == "n" and told.isdecimal():
            nodes.setdefault(int(told), {})[part] = data.getlist(name)
    root = DraftGroup(1, 0, "all")
    groups = {1: root}
    for number, parts in nodes.items():
        one = {name: found[-1] if found else "" for name, found in parts.items()}
        parent = groups.get(int(one.get("parent") or 0))
        if one.get("kind") == "group":
            logic: Logic = next((known for known in tree.LOGICS if known == one.get("logic")), "all")
            if number == 1:
                root.logic = logic
            elif parent is not None and parent.depth < tree.DEEPEST:
                groups[number] = DraftGroup(number, parent.id, logic, parent.depth + 1)
                parent.items.append(groups[number])
        elif parent is not None:
            parent.items.append(_condition(number, parent.id, one, parts, attributes))
    return root


def _condition(
    number: int,
    parent: int,
    one: Mapping[str, str],
    parts: Mapping[str, list[str]],
    attributes: Mapping[str, Attribute],
) -> DraftCondition:
    attribute = attributes.get(one.get("attribute", ""), attributes[FIRST])
    operator = values.operator(attribute.type, one.get("operator", "")) or values.OPERATORS[attribute.type][0]
    return DraftCondition(
        id=number,
        parent=parent,
        attribute=attribute,
        operator=operator,
        value=one.get("value", "").strip(),
        until=one.get("until", "").strip(),
        unit=one.get("unit", "") if one.get("unit") in _UNITS else "months",
        values=[value for value in parts.get("values", []) if value],
        window=one.get("window", "") if attribute.dated else "",
        window_number=one.get("window_number", "12").strip(),
        window_unit=one.get("window_unit", "") if one.get("window_unit") in _UNITS else "months",
        since=one.get("since", ""),
        before=one.get("before", ""),
        options={code: [value for value in parts.get(f"option.{code}", []) if value] for code in attribute.options},
    )


def of_rule(rule: Group, attributes: Mapping[str, Attribute]) -> DraftGroup:
    """Lay a rule out as a form."""
    numbers = iter(range(1, 10_000))
    return _laid_group(rule, attributes, numbers, 0, 1)


def _laid_group(
    rule: Group, attributes: Mapping[str, Attribute], numbers: Iterator[int], parent: int, depth: int
) -> DraftGroup:
    group = DraftGroup(next(numbers), parent, rule.logic, depth)
    for item in rule.items:
        if isinstance(item, Group):
            group.items.append(_laid_group(item, attributes, numbers, group.id, depth + 1))
        else:
            group.items.append(_laid_condition(item, attributes[item.attribute], next(numbers), group.id))
    return group


def _laid_condition(condition: Condition, attribute: Attribute, number: int, parent: int) -> DraftCondition:
    operator = values.operator(attribute.type, condition.operator)
    assert operator is not None  # noqa: S101 - the rule was read
    draft = DraftCondition(number, parent, attribute, operator)
    written = values.write(attribute.type, condition.value)
    match operator.takes:
        case "one":
            draft.value = str(written)
        case "two":
            draft.value, draft.until = map(str, written)
        case "list":
            draft.values = list(condition.value)
        case "span":
            ((draft.unit, span),) = written.items()
            draft.value = str(span)
    draft.options = {code: list(condition.option(code)) for code in attribute.options}
    within = condition.within
    if within.last is not None:
        draft.window, draft.window_unit, draft.window_number = "last", within.last.unit, str(within.last.number)
    elif within.year:
        draft.window = within.year
    elif within.since or within.until:
        draft.window = "dates"
        draft.since = within.since.isoformat() if within.since else ""
        draft.before = within.until.isoformat() if within.until else ""
    return draft


def conditions(group: DraftGroup) -> Iterator[DraftCondition]:
    for item in group.items:
        if isinstance(item, DraftGroup):
            yield from conditions(item)
        else:
            yield item


def groups(group: DraftGroup) -> Iterator[DraftGroup]:
    yield group
    for item in group.items:
        if isinstance(item, DraftGroup):
            yield from groups(item)


def understand(group: DraftGroup, attributes: Mapping[str, Attribute]) -> Group | None:
    """Read what is filled in: conditions that are not yet whole are left out; None where nothing is left."""
    items: list[Group | Condition] = []
    for item in group.items:
        if isinstance(item, DraftGroup):
            item.read = understand(item, attributes)
        else:
            _understand(item, attributes)
        if item.read is not None:
            items.append(item.read)
    group.read = Group(group.logic, tuple(items)) if items else None
    return group.read


def _understand(draft: DraftCondition, attributes: Mapping[str, Attribute]) -> None:
    try:
        document = _document(draft)
        (read,) = tree.read(document, attributes).items
    except RuleRefused as refusal:
        draft.misread = refusal.misread
        draft.empty = not (draft.value or draft.values) and draft.operator.takes != "nothing"
        return
    assert isinstance(read, Condition)  # noqa: S101 - what the document was
    draft.read = read


def _document(draft: DraftCondition) -> dict[str, Any]:
    document: dict[str, Any] = {"attribute": draft.attribute.code, "operator": draft.operator.code}
    match draft.operator.takes:
        case "one":
            document["value"] = draft.value
        case "two":
            document["value"] = [draft.value, draft.until]
        case "list":
            document["value"] = draft.values
        case "span":
            document["value"] = {draft.unit: draft.value}
    if draft.window == "last":
        document["within"] = {draft.window_unit: draft.window_number}
    elif draft.window == "dates":
        days = {"since": draft.since, "until": draft.before}
        document["within"] = {name: day for name, day in days.items() if day} or None
    elif draft.window:
        document["within"] = draft.window
    return document | {code: chosen for code, chosen in draft.options.items() if chosen}


def act(root: DraftGroup, deed: str, attributes: Mapping[str, Attribute]) -> int:
    """Add or remove as a button asks (`condition:1`, `group:1`, `drop:3`); return the number to bring the focus to."""
    verb, _colon, number = deed.partition(":")
    if not number.isdecimal():
        return 0
    target = int(number)
    free = max([node.id for node in groups(root)] + [node.id for node in conditions(root)]) + 1
    group = next((one for one in groups(root) if one.id == target), None)
    if verb == "condition" and group is not None:
        group.items.append(_fresh(free, group.id, attributes))
        return free
    if verb == "group" and group is not None and group.depth < tree.DEEPEST:
        inner = DraftGroup(free, group.id, "any", group.depth + 1)
        inner.items.append(_fresh(free + 1, free, attributes))
        group.items.append(inner)
        return free + 1
    if verb == "drop" and target != root.id:
        for one in groups(root):
            one.items = [item for item in one.items if item.id != target]
    return 0


def _fresh(number: int, parent: int, attributes: Mapping[str, Attribute]) -> DraftCondition:
    attribute = attributes[FIRST]
    return DraftCondition(number, parent, attribute, values.OPERATORS[attribute.type][0])
