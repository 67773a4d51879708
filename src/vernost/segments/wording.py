"""The rule of a segment in plain words, in the language that is active."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from vernost.core import formats
from vernost.core.i18n import _, n_
from vernost.segments.attributes import Attribute
from vernost.segments.rules.tree import Condition, Group, Node
from vernost.segments.rules.values import KOPECKS, Misread, Span, Type
from vernost.segments.rules.window import LAST_YEAR, THIS_YEAR, Window

Titles = Callable[[str, str], str]
"""The title of a code in a list of choices."""

_IN_THE_LAST = {
    "days": n_("in the last %(count)s day", "in the last %(count)s days"),
    "months": n_("in the last %(count)s month", "in the last %(count)s months"),
}
_AGO = {
    "days": n_("more than %(count)s day ago", "more than %(count)s days ago"),
    "months": n_("more than %(count)s month ago", "more than %(count)s months ago"),
}
_IN_THE_NEXT = {
    "days": n_("in the next %(count)s day", "in the next %(count)s days"),
    "months": n_("in the next %(count)s month", "in the next %(count)s months"),
}
_SPANS = {"within_last": _IN_THE_LAST, "before_last": _AGO, "within_next": _IN_THE_NEXT}
_YEARS = {THIS_YEAR: _("this year"), LAST_YEAR: _("last year")}
_SINGLE = {
    "at_least": _("at least %(value)s"),
    "at_most": _("at most %(value)s"),
    "is": _("exactly %(value)s"),
    "is_not": _("not %(value)s"),
    "from": _("on %(value)s or later"),
    "until": _("on %(value)s or earlier"),
    "contains": _("contains “%(value)s”"),
    "contains_not": _("does not contain “%(value)s”"),
    "begins": _("begins with “%(value)s”"),
    "ends": _("ends with “%(value)s”"),
}
_PLAIN = {"known": _("is known"), "unknown": _("is not known"), "yes": _("yes"), "no": _("no")}


def sentence(rule: Group, attributes: Mapping[str, Attribute], titles: Titles) -> str:
    """Return the whole rule as one sentence."""
    return gettext("Customers for whom %(rule)s.") % {"rule": _words(rule, attributes, titles, outer=True)}


def _words(node: Node, attributes: Mapping[str, Attribute], titles: Titles, *, outer: bool = False) -> str:
    if isinstance(node, Condition):
        return condition_words(node, attributes[node.attribute], titles)
    joint = {"all": gettext(", and "), "any": gettext(", or "), "not": "; "}[node.logic]
    words = joint.join(_words(item, attributes, titles) for item in node.items)
    if node.logic == "not":
        return gettext("none of this holds: (%(rules)s)") % {"rules": words}
    return words if outer or len(node.items) == 1 else f"({words})"


def condition_words(condition: Condition, attribute: Attribute, titles: Titles) -> str:
    about = [small(gettext(attribute.title))]
    options = []
    for code, chosen in condition.options:
        option = attribute.options[code]
        options.append(f"{gettext(option.title)}: {_listed([titles(option.choices, one) for one in chosen])}")
    if options:
        about.append(f"({'; '.join(options)})")
    if words := window_words(condition.within):
        about.append(words)
    return f"{' '.join(about)} — {_asked(condition, attribute, titles)}"


def _asked(condition: Condition, attribute: Attribute, titles: Titles) -> str:
    operator, value = condition.operator, condition.value
    if operator in _PLAIN:
        return gettext(_PLAIN[operator])
    if isinstance(value, Span):
        return span_words(_SPANS[operator][value.unit], value.number)
    if operator == "between":
        low, high = (_value(one, attribute) for one in value)
        return gettext("from %(low)s to %(high)s") % {"low": low, "high": high}
    if operator in {"in", "not_in"}:
        named = [titles(attribute.choices, one) for one in value]
        return _listed(named) if operator == "in" else gettext("all but %(values)s") % {"values": ", ".join(named)}
    return gettext(_SINGLE[operator]) % {"value": _value(value, attribute)}


def window_words(window: Window) -> str:
    """Return over which days; nothing where all of them count."""
    if window.last is not None:
        return span_words(_IN_THE_LAST[window.last.unit], window.last.number)
    if window.year:
        return gettext(_YEARS[window.year])
    since = gettext("since %(day)s") % {"day": formats.day(window.since)} if window.since else ""
    until = gettext("until %(day)s") % {"day": formats.day(window.until)} if window.until else ""
    return " ".join(filter(None, (since, until)))


def span_words(forms: tuple[str, str], number: int) -> str:
    return ngettext(*forms, number) % {"count": formats.number(number)}


def misread_words(misread: Misread) -> str:
    words = gettext(misread.text)
    return words % misread.values if misread.values else words


def _value(value: Any, attribute: Attribute) -> str:  # noqa: ANN401 - of the attribute's type
    if isinstance(value, date):
        return formats.day(value)
    if attribute.type is Type.MONEY:
        return formats.roubles_trimmed(Decimal(value) / KOPECKS)
    if attribute.type is Type.DECIMAL:
        digits = 2 if value % 10 else 1 if value % KOPECKS else 0
        words = formats.number(Decimal(value) / KOPECKS, digits)
        return f"{words}{formats.NBSP}{attribute.unit}" if attribute.unit else words
    if isinstance(value, int):
        year = attribute.code == "car_year"
        words = str(value) if year else formats.number(value)
        return f"{words}{formats.NBSP}{gettext(attribute.unit)}" if attribute.unit else words
    return str(value)


def _listed(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return gettext("%(first)s or %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def small(title: str) -> str:
    """Begin with a small letter, abbreviations left alone."""
    return title if len(title) < 2 or title[1].isupper() else title[0].lower() + title[1:]  # noqa: PLR2004 - a letter alone
