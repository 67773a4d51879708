"""What the builder of segments shows: the tree with its lists and counts, the total, the rule in words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.office.forms import segments as drafts
from vernost.office.forms.segments import Draft, DraftCondition, DraftGroup
from vernost.segments import attributes, wording
from vernost.segments.attributes import Attribute
from vernost.segments.queries import choices
from vernost.segments.queries.known import known_attributes, offered_attributes
from vernost.segments.queries.preview import Person, Preview, preview
from vernost.segments.rules import tree, values
from vernost.segments.rules.values import Operator

SHOWN = 10
LOGICS = {"all": _("All of the conditions"), "any": _("Any of the conditions"), "not": _("None of the conditions")}
JOINTS = {"all": _("and"), "any": _("or"), "not": _("nor")}
WINDOWS = {
    "": _("over all time"),
    "last": _("in the last"),
    "this_year": _("this year"),
    "last_year": _("last year"),
    "dates": _("between days"),
}
UNITS = {"months": _("months"), "days": _("days")}


@dataclass(frozen=True, slots=True)
class ShownChoice:
    code: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ShownOption:
    code: str
    title: str
    choices: Sequence[ShownChoice]

    @property
    def summary(self) -> str:
        return ", ".join(choice.title for choice in self.choices if choice.chosen)


@dataclass(frozen=True, slots=True)
class ShownCondition:
    draft: DraftCondition
    operators: Sequence[Operator]
    choices: ShownOption | None
    options: Sequence[ShownOption]
    count: int | None
    error: str
    focus: bool

    kind = "condition"


@dataclass(frozen=True, slots=True)
class ShownGroup:
    draft: DraftGroup
    items: Sequence["ShownGroup | ShownCondition"]
    count: int | None
    deepest: bool

    kind = "group"

    @property
    def joint(self) -> str:
        return JOINTS[self.draft.logic]


@dataclass(frozen=True, slots=True)
class FieldGroup:
    title: str
    fields: Sequence[Attribute]


@dataclass(frozen=True, slots=True)
class Built:
    """The whole page. `found` is None where nothing is filled in yet, `change` where there is nothing to compare."""

    root: ShownGroup
    found: Preview | None
    people: Sequence[Person]
    change: int | None
    sentence: str
    rule: str
    unfinished: int
    fields: Sequence[FieldGroup]
    marks: Sequence[tuple[int, int | None]]
    """Counts by the number of a condition or group, to be shown beside it."""
    errors: Sequence[tuple[int, str]]
    logics: Mapping[str, str] = field(default_factory=lambda: LOGICS)
    windows: Mapping[str, str] = field(default_factory=lambda: WINDOWS)
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)

    @property
    def share(self) -> float:
        return self.found.total / self.found.base if self.found and self.found.base else 0.0

    @property
    def revenue(self) -> Decimal:
        return Decimal(self.found.revenue if self.found else 0) / values.KOPECKS

    @property
    def rest(self) -> int:
        return self.found.total - len(self.people) if self.found else 0


class _Lists:
    """Lists of choices, each read once for a page, in the reader's language."""

    def __init__(self, actor: Actor, on: date) -> None:
        self._actor, self._on = actor, on
        self._read: dict[str, dict[str, str]] = {}
        self._ours: dict[str, set[str]] = {}

    def of(self, name: str) -> Mapping[str, str]:
        if name not in self._read:
            found = choices.choices(name, self._actor, self._on)
            self._ours[name] = {one.code for one in found if one.marked}
            self._read[name] = {
                one.code: gettext(one.title) if one.marked and one.title else one.title for one in found
            }
        return self._read[name]

    def title(self, name: str, code: str) -> str:
        """Return a title as it stands inside a sentence: our own words in small letters."""
        words = self.of(name).get(code, code)
        return wording.small(words) if code in self._ours[name] else words

    def shown(self, code: str, title: str, name: str, chosen: Sequence[str]) -> ShownOption:
        known = self.of(name)
        lost = [ShownChoice(one, one, chosen=True) for one in chosen if one not in known]
        listed = [ShownChoice(one, words, one in chosen) for one, words in known.items()]
        return ShownOption(code, title, [*lost, *listed])


def build(root: DraftGroup, *, actor: Actor, on: date, before: str = "", focus: int = 0) -> Built:
    """Count a draft of a rule and make it ready to show. `before` is the total that the page has shown."""
    known = known_attributes()
    rule = drafts.understand(root, known)
    found = preview(rule, actor=actor, on=on) if rule is not None else None
    lists = _Lists(actor, on)
    return Built(
        root=_group(root, lists, found, focus),
        found=found,
        people=found.people[:SHOWN] if found else (),
        change=found.total - int(before) if found and before.isdecimal() else None,
        sentence=wording.sentence(rule, known, lists.title) if rule else "",
        rule=json.dumps(tree.write(rule, known), ensure_ascii=False) if rule else "",
        unfinished=sum(one.read is None for one in drafts.conditions(root)),
        fields=_fields(offered_attributes(actor)),
        marks=[
            *((one.id, _count(one, found)) for one in drafts.groups(root) if one is not root),
            *((one.id, _count(one, found)) for one in drafts.conditions(root)),
        ],
        errors=[(one.id, _error(one)) for one in drafts.conditions(root)],
    )


def words_of(rule: Any, *, actor: Actor, on: date) -> str:  # noqa: ANN401 - JSON of a saved segment
    known = known_attributes()
    return sensitive.told(actor, wording.sentence(tree.read(rule, known), known, _Lists(actor, on).title))


def _fields(known: Mapping[str, Attribute]) -> list[FieldGroup]:
    return [
        FieldGroup(gettext(title), [one for one in known.values() if one.group == code])
        for code, title in attributes.GROUPS.items()
    ]


def _group(draft: DraftGroup, lists: _Lists, found: Preview | None, focus: int) -> ShownGroup:
    items = [
        _group(item, lists, found, focus) if isinstance(item, DraftGroup) else _condition(item, lists, found, focus)
        for item in draft.items
    ]
    return ShownGroup(draft, items, _count(draft, found), deepest=draft.depth >= tree.DEEPEST)


def _condition(draft: DraftCondition, lists: _Lists, found: Preview | None, focus: int) -> ShownCondition:
    attribute = draft.attribute
    listed = draft.operator.takes == "list"
    return ShownCondition(
        draft=draft,
        operators=values.OPERATORS[attribute.type],
        choices=lists.shown("values", attribute.title, attribute.choices, draft.values) if listed else None,
        options=[
            lists.shown(code, gettext(option.title), option.choices, draft.options.get(code, ()))
            for code, option in attribute.options.items()
        ],
        count=_count(draft, found),
        error=_error(draft),
        focus=draft.id == focus,
    )


def _error(draft: DraftCondition) -> str:
    """Say what is wrong; of what is only not filled in yet nothing is said."""
    return "" if draft.misread is None or draft.empty else wording.misread_words(draft.misread)


def _count(draft: Draft, found: Preview | None) -> int | None:
    return found.count(draft.read) if found is not None and draft.read is not None else None
