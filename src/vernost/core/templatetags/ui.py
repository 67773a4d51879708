"""Tags and filters of the design system; the living page /ui/ shows each. Formats are core/formats.py."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select, Textarea
from django.forms.widgets import CheckboxSelectMultiple, ClearableFileInput, FileInput
from django.http import QueryDict
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.loader import render_to_string
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import format_html, json_script, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.actor import Actor
from vernost.core.i18n import Text, _
from vernost.core.rights import Sensitive
from vernost.core.zones import zone

register = template.Library()

_FILTERS: dict[str, Callable[..., str]] = {
    "num": formats.number,
    "signed": formats.signed,
    "rub": formats.roubles,
    "num_trimmed": formats.trimmed,
    "rub_exact": formats.roubles_exact,
    "rub_trimmed": formats.roubles_trimmed,
    "rub_short": formats.roubles_short,
    "percent": formats.percent,
    "percent_change": formats.percent_change,
    "points": formats.points,
    "km": formats.kilometres,
    "labour_hours": formats.labour_hours,
    "phone": formats.phone,
    "phone_masked": formats.phone_masked,
    "plate_text": formats.plate,
    "initials": formats.initials,
    "duration": formats.duration,
    "who": formats.who,
    "zone": zone,
}
# Moments come to these in the zone of the page.
_DAY_FILTERS: dict[str, Callable[..., str]] = {
    "day": formats.day,
    "day_short": formats.day_short,
    "day_long": formats.day_long,
    "weekday": formats.weekday,
    "month": formats.month,
    "clock": formats.clock,
    "moment": formats.moment,
}
for _name, _write in _FILTERS.items():
    register.filter(_name, _write)
for _name, _write in _DAY_FILTERS.items():
    register.filter(_name, _write, expects_localtime=True)

LEVEL_ICONS = {
    "ok": "circle-check",
    "info": "info-circle",
    "warn": "alert-triangle",
    "bad": "alert-circle",
    "vip": "star",
}
HEAT_STEPS = 6
UNDO = "undo:"
# Words that the scripts show.
SCRIPT_TEXTS = {
    "copied": _("Copied"),
    "ticked": _("Ticked: %(count)s"),
    "forbidden": _("Your role does not allow this."),
    "gone": _("This is no longer here. Reload the page."),
    "conflict": _("Somebody has changed this in the meantime. Reload the page."),
    "tooMany": _("Too many attempts. Wait a little and try again."),
    "serverError": _("It did not work: an error on our side. Nothing was saved."),
    "noConnection": _("No connection. Nothing was saved, try again."),
}
# Django's message levels, as words of the design system.
MESSAGE_LEVELS = {"debug": "info", "info": "info", "success": "ok", "warning": "warn", "error": "bad"}


@register.filter
def granted(right: str, actor: Actor) -> bool:
    """Whether the actor has a right: `"users.view"|granted:request.actor`."""
    return actor.may(right)


@register.filter
def shown_to(field: str, actor: Actor) -> bool:
    """Whether the actor is shown a kind of field: `"phone"|shown_to:request.actor`."""
    return actor.shows(Sensitive(field))


@register.filter
def text(value: str | Text) -> str:
    """Translate a marked text of a rule or registry into the reader's language."""
    if isinstance(value, Text):
        return gettext(value.source) % value.values if value.values else gettext(value.source)
    return gettext(value) if value else ""


@register.simple_tag
@lru_cache(maxsize=2048)
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """Show a Tabler icon; without a label it is decoration. A name made at run time: assets/icons.txt."""
    words = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" {}><use href="{}#i-{}"></use></svg>',
        f"i {css}".strip(),
        words,
        static("dist/sprite.svg"),
        name,
    )


@register.filter
def plate(value: str | None, size: str = "") -> SafeString | str:
    """Draw a number plate with its region box."""
    if not value:
        return formats.DASH
    body, region = formats.plate_parts(value)
    css = " ".join(filter(None, ["plate", f"plate--{size}" if size else "", "" if region else "plate--whole"]))
    if not region:
        return format_html('<span class="{}">{}</span>', css, body)
    return format_html('<span class="{}">{}<i>{}</i></span>', css, body, region)


@register.simple_tag
def badge(words: str, level: str = "", icon: str = "") -> SafeString:
    sign = _icon_or_nothing(icon, "i-14")
    return format_html('<span class="badge{}">{}{}</span>', f" badge--{level}" if level else "", sign, words)


def _icon_or_nothing(name: str, css: str = "") -> SafeString:
    return icon(name, css) if name else SafeString("")


@register.filter
def level_icon(level: str) -> str:
    return LEVEL_ICONS.get(level, "info-circle")


@register.filter
def message_level(level_tag: str) -> str:
    return MESSAGE_LEVELS.get(level_tag, "info")


@register.filter
def heat(value: float | None, highest: float) -> str:
    """Return the class h0…h6 of a cell by its share of the highest value."""
    share = (value or 0) / highest if highest else 0
    return f"h{min(HEAT_STEPS, max(0, round(share * HEAT_STEPS)))}"


@register.simple_tag
def spark(values: Sequence[float], series: int = 1) -> SafeString:
    """Draw a line of the last values, for a tile; the figures themselves stand beside it."""
    if len(values) < 2:  # noqa: PLR2004 - one point is no line
        return SafeString("")
    width, height, margin = 84, 36, 3
    low, high = min(values), max(values)
    step, span = width / (len(values) - 1), (high - low) or 1
    points = [
        (round(index * step, 1), round(height - margin - (value - low) / span * (height - 2 * margin), 1))
        for index, value in enumerate(values)
    ]
    return format_html(
        '<svg class="spark spark--{}" viewBox="0 0 {} {}" aria-hidden="true"><polyline points="{}"/>'
        '<circle cx="{}" cy="{}" r="2.5"/></svg>',
        series,
        width,
        height,
        " ".join(f"{x},{y}" for x, y in points),
        *points[-1],
    )


@register.inclusion_tag("ui/tile.html")
def tile(title: str, value: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - optional parts of a template
    """Show a figure. `unit`, `change` and whether it is `good`, `note`, `url`, `values` of a line and its `series`.

    `plan` in words, the `deviation` from it and whether it is `met`.
    """
    return {"title": title, "value": value, **more}


@register.inclusion_tag("ui/meter.html")
def meter(value: float, total: float, label: str, level: str = "") -> dict[str, Any]:
    """Show how much of a total is done; `label` says the figures for those who do not see the bar."""
    share = min(100.0, max(0.0, value / total * 100)) if total else 0.0
    return {"width": f"{share:.1f}", "label": label, "level": level}


@register.inclusion_tag("ui/empty.html")
def empty(icon: str, title: str, words: str = "", url: str = "", action: str = "") -> dict[str, str]:
    """Say what will be here, why there is nothing, and offer the one next step."""
    return {"icon": icon, "title": title, "words": words, "url": url, "action": action}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(
    context: Context, *, shown: int, total: int | None, cursor: str, target: str, parameter: str = "after"
) -> dict[str, Any]:
    """«Ещё 50»: a keyset page. `target` is the id of the rows' container, `cursor` empty on the last page."""
    query = _query(context, **{parameter: cursor}) if cursor else ""
    return {"shown": shown, "total": total, "next": query, "target": target}


@register.simple_tag(takes_context=True)
def sort_link(context: Context, column: str, title: str, parameter: str = "sort") -> SafeString:
    """Link a column's head to its order: the first press sorts, the second turns round."""
    now = context["request"].GET.get(parameter, "")
    following = f"-{column}" if now == column else column
    url = _query(context, **{parameter: following, "after": ""})
    return format_html('<a class="sort" href="{}">{}{}</a>', url, title, icon("chevron-down"))


@register.simple_tag(takes_context=True)
def sort_state(context: Context, column: str, parameter: str = "sort") -> SafeString:
    """Write the aria-sort of a column's head: `<th scope="col" {% sort_state "due" %}>`."""
    order = {column: "ascending", f"-{column}": "descending"}.get(context["request"].GET.get(parameter, ""))
    return format_html('aria-sort="{}"', order) if order else SafeString("")


def _query(context: Context, **changes: str) -> str:
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Show a form's field with label, hint and errors. `unit`, `icon`, `css`, `label` (False hides it), `switch`."""
    widget = bound.field.widget
    kind = _kind(bound)
    css = " ".join(filter(None, [widget.attrs.get("class", ""), _control_class(kind), more.pop("css", "")]))
    attrs: dict[str, str | bool] = {"class": css} if css else {}
    attrs |= {name: more.pop(name) for name in ("autocomplete", "autofocus", "placeholder") if name in more}
    if more.pop("switch", False):
        attrs["role"] = "switch"
        more["is_switch"] = True
    mixed = any(other.field.required for other in bound.form.visible_fields())
    return {
        "field": bound,
        "kind": kind,
        "control": bound.as_widget(attrs=attrs) if kind != "choices" else "",
        "optional": mixed and not bound.field.required and kind != "check",
        "show_label": more.pop("label", True),
        **more,
    }


def _kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, ClearableFileInput | FileInput):
        return "file"
    if isinstance(widget, Select):
        return "select"
    if isinstance(widget, Textarea):
        return "textarea"
    return "password" if getattr(widget, "input_type", "") == "password" else "input"


def _control_class(kind: str) -> str:
    return {"select": "select", "textarea": "textarea", "input": "input", "password": "input"}.get(kind, "")


@register.simple_block_tag(takes_context=True)
def note(context: Context, content: str, level: str = "") -> str:  # noqa: ARG001 - Django's signature
    """Frame a sentence that must be seen: info, ok, warn or bad; the state is a sign and a colour."""
    return render_to_string("ui/note.html", {"content": mark_safe(content), "level": level})  # noqa: S308 - rendered by a template


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, identifier: str, title: str, css: str = "") -> str:  # noqa: ARG001 - as above
    """Hold a dialog that <button data-dialog="id"> opens."""
    values = {"content": mark_safe(content), "id": identifier, "title": title, "css": css}  # noqa: S308 - as above
    return render_to_string("ui/dialog.html", values)


@register.simple_block_tag(takes_context=True)
def menu(
    context: Context,  # noqa: ARG001 - as above
    content: str,
    identifier: str,
    label: str,
    icon: str = "dots",
    show_label: bool = False,  # noqa: FBT001, FBT002 - a template passes it by name
    css: str = "",
) -> str:
    """Make a button with a list of actions: links and buttons of class menu__item."""
    values = {
        "content": mark_safe(content),  # noqa: S308 - as above
        "id": identifier,
        "label": label,
        "icon": icon,
        "show_label": show_label,
        "css": css,
    }
    return render_to_string("ui/menu.html", values)


class BlockText(template.Node):
    """The words of a block shown elsewhere on the page, without markup: <title> repeats the heading."""

    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, context: Context) -> SafeString:
        blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
        block = blocks.get_block(self.name) if blocks else None
        words = strip_tags(block.render(context)) if block else ""
        # The block has escaped its values already.
        return mark_safe(" ".join(words.split()))  # noqa: S308 - as said


@register.tag
def block_text(parser: Parser, token: Token) -> BlockText:  # noqa: ARG001 - Django's signature
    """Repeat a block's words: {% block_text "title" %}."""
    return BlockText(token.split_contents()[1].strip("\"'"))


@register.filter
def undo_url(extra_tags: str | None) -> str:
    """Return the address of `messages.success(request, words, extra_tags="undo:/address/")`."""
    return next((tag[len(UNDO) :] for tag in (extra_tags or "").split() if tag.startswith(UNDO)), "")


@register.filter
def words(line: str) -> list[str]:
    return line.split()


@register.filter
def with_errors(fields: Sequence[BoundField]) -> list[BoundField]:
    return [bound for bound in fields if bound.errors]


@register.simple_tag
def width_percent(share: float) -> str:
    """Write a share as the number of a computed size, with a point in every language."""
    return f"{min(100.0, max(0.0, float(share) * 100)):.1f}"


@register.simple_tag
def file_input(bound: BoundField) -> SafeString:
    return bound.as_widget(attrs={"data-file-drop-target": "input"})


@register.simple_tag
def script_texts() -> SafeString:
    """Give the scripts their words (assets/js/text.js)."""
    return json_script({name: gettext(source) for name, source in SCRIPT_TEXTS.items()}, "texts")


@register.filter
def dash(value: object) -> object:
    """Show a dash for nothing."""
    return formats.DASH if value is None or value == "" else value
