"""The shelves of the pivot as chips: what each menu offers is a link to the same page laid out otherwise."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import parse_qsl

from django.utils.translation import gettext

from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.office.pivot_state import NOTHING, Shelf, State
from vernost.office.pivot_table import MOST_ROWS, date_title, shown_title
from vernost.reports.queries import pivot as queries
from vernost.reports.queries.pivot.names import Names
from vernost.reports.rules.pivot import DIMENSIONS, MEASURES, SHOWS, Shown
from vernost.reports.rules.pivot.dimensions import GROUP_TITLES, Dimension, Key, read_key, written
from vernost.reports.rules.pivot.measures import SHARES, measures_for


@dataclass(frozen=True, slots=True)
class Link:
    """An item of a menu; `current`: what it says is so already."""

    title: str
    url: str
    icon: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """`choices` are the keys of a filter; `hidden` the rest of the state that its form carries."""

    code: str
    title: str
    value: str
    groups: Sequence[Group]
    choices: Sequence[Choice] = ()
    without: bool = False
    hidden: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ShelfOfChips:
    code: str
    title: str
    chips: Sequence[Chip]
    added: Sequence[Group]


def shelves(actor: Actor, state: State) -> list[ShelfOfChips]:
    """Return rows, columns, measures and filters with their chips and what can be added."""
    return [
        ShelfOfChips(
            "rows", gettext("Rows"), [_chip(state, "rows", code) for code in state.rows], _added(state, "rows")
        ),
        ShelfOfChips(
            "columns",
            gettext("Columns"),
            [_chip(state, "columns", code) for code in state.columns],
            _added(state, "columns"),
        ),
        ShelfOfChips(
            "measures",
            gettext("Measures"),
            [_measure(state, code) for code in state.measures],
            _more_measures(state, actor),
        ),
        ShelfOfChips(
            "filter",
            gettext("Filters"),
            [_filter(actor, state, one.code) for one in state.filters],
            _added(state, "filter"),
        ),
    ]


def hidden(state: State, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the state as fields of a form, but for those that the form asks itself."""
    pairs = parse_qsl(state.query(), keep_blank_values=True)
    return [(name, value) for name, value in pairs if name not in without]


def filter_lines(names: Names, state: State) -> list[str]:
    """Say what a state is narrowed to, a line a filter."""
    lines = []
    for one in state.filters:
        dimension = DIMENSIONS[one.code]
        if one.keys:
            titles = ", ".join(_key_title(names, dimension, key) for key in one.keys)
            chosen = gettext("all but %(keys)s") % {"keys": titles} if one.without else titles
            lines.append(f"{gettext(dimension.title)}: {chosen}")
    return lines


def _key_title(names: Names, dimension: Dimension, text: str) -> str:
    if text == NOTHING:
        return gettext(names.title(dimension, None))
    try:
        key: Key = read_key(dimension, text)
    except ValueError:
        return text
    return date_title(dimension, key) or gettext(names.title_of_ref(dimension, text))


def _chip(state: State, shelf: Shelf, code: str) -> Chip:
    codes = state.rows if shelf == "rows" else state.columns
    others: tuple[tuple[Shelf, str, str], ...] = (
        ("rows", _("Move to rows"), "layout-rows"),
        ("columns", _("Move to columns"), "layout-columns"),
        ("filter", _("Move to filters"), "filter"),
    )
    moves = [
        Link(gettext(title), _url(state.moved(code, other)), icon) for other, title, icon in others if other != shelf
    ]
    steps = list(_steps(state, codes, code))
    away = Link(gettext("Take away"), _url(state.without(code)), "x")
    return Chip(code, gettext(DIMENSIONS[code].title), "", [Group("", moves), Group("", [*steps, away])])


def _steps(state: State, codes: Sequence[str], code: str) -> Iterator[Link]:
    place = codes.index(code)
    if place > 0:
        yield Link(gettext("Move left"), _url(state.shifted(code, -1)), "arrow-left")
    if place < len(codes) - 1:
        yield Link(gettext("Move right"), _url(state.shifted(code, 1)), "arrow-right")


def _measure(state: State, code: str) -> Chip:
    name, _sign, show = code.partition(":")
    measure = MEASURES[name]
    shows = [
        Link(
            gettext(title),
            _url(state.measured(name if each == "value" else f"{name}:{each}", instead=code)),
            current=each == (show or "value"),
        )
        for each, title in SHOWS.items()
        if not (measure.ratio and each in SHARES)
    ]
    more = list(_steps(state, state.measures, code))
    if len(state.measures) > 1:
        more.append(Link(gettext("Take away"), _url(state.unmeasured(code)), "x"))
    shown = next(Shown(measure, each) for each in SHOWS if each == (show or "value"))
    return Chip(code, shown_title(shown), "", [Group(gettext("Show"), shows), Group("", more)])


def _filter(actor: Actor, state: State, code: str) -> Chip:
    one = next(each for each in state.filters if each.code == code)
    dimension = DIMENSIONS[code]
    try:
        offered = queries.keys_of(actor, dimension)
    except DomainError:
        offered = []
    titles = {_text(dimension, key): (key, title) for key, title in offered}
    choices = [Choice(text, _title(dimension, key, title), text in one.keys) for text, (key, title) in titles.items()]
    chosen = [choice.title for choice in choices if choice.chosen]
    value = ", ".join(chosen[:2]) if chosen else gettext("no matter which")
    if len(chosen) > 2:  # noqa: PLR2004 - two names say enough
        value = gettext("%(count)s chosen") % {"count": len(chosen)}
    if one.without and chosen:
        value = gettext("all but %(keys)s") % {"keys": value}
    moves = [
        Link(gettext("Move to rows"), _url(state.moved(code, "rows").unfiltered(code)), "layout-rows"),
        Link(gettext("Move to columns"), _url(state.moved(code, "columns").unfiltered(code)), "layout-columns"),
        Link(gettext("Take away"), _url(state.unfiltered(code)), "x"),
    ]
    rest = [pair for pair in hidden(state, without=(f"f.{code}",)) if pair != ("not", code)]
    return Chip(code, gettext(dimension.title), value, [Group("", moves)], choices[: MOST_ROWS * 2], one.without, rest)


def _text(dimension: Dimension, key: Key) -> str:
    text = written(dimension, key)
    return NOTHING if text is None else str(text)


def _title(dimension: Dimension, key: Key, title: str) -> str:
    return date_title(dimension, key) or gettext(title)


def _added(state: State, shelf: Shelf) -> list[Group]:
    taken = {"rows": state.rows, "columns": state.columns, "filter": tuple(one.code for one in state.filters)}[shelf]
    groups = []
    for group, dimensions in groupby(DIMENSIONS.values(), key=lambda dimension: dimension.group):
        links = [
            Link(
                gettext(one.title),
                _url(state.filtered(one.code) if shelf == "filter" else state.moved(one.code, shelf)),
            )
            for one in dimensions
            if one.code not in taken
        ]
        if links:
            groups.append(Group(gettext(GROUP_TITLES[group]), links))
    return groups


def _more_measures(state: State, actor: Actor) -> list[Group]:
    links = [
        Link(gettext(measure.title), _url(state.measured(code)))
        for code, measure in measures_for(actor.fields).items()
        if code not in state.measures
    ]
    return [Group("", links)] if links else []


def _url(state: State) -> str:
    return f"?{state.query()}"
