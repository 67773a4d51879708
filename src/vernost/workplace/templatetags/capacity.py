"""The cells of the booking grid: seventy of them by a template take longer than all the rest of the page."""

from collections.abc import Mapping
from datetime import date

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext

from vernost.core.formats import clock, weekday
from vernost.core.templatetags.ui import icon
from vernost.workshop.queries import Cell, Week

register = template.Library()

_CLOSED = mark_safe('<span class="slot slot--closed" aria-hidden="true"></span>')
_CELL = (
    '<button class="{}" type="button" id="slot-{}" data-free="{}" data-row="{}" data-column="{}" data-start="{}"'
    ' data-when="{}" data-slots-target="cell" data-action="slots#pick keydown->slots#move" tabindex="{}"'
    ' aria-pressed="{}"{} aria-label="{}">{}</button>'
)


@register.simple_tag
def slot_rows(week: Week, picked: Cell | None) -> SafeString:
    """Write the rows of a week: an hour, and what is free in it on each day."""
    days = {day: f"{weekday(day)}, " for day in week.days}
    return format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (
                clock(hour),
                format_html_join(
                    "", "<td>{}</td>", ((_cell(cell, picked, days, row, column),) for column, cell in enumerate(cells))
                ),
            )
            for row, (hour, cells) in enumerate(week.rows)
        ),
    )


def _cell(cell: Cell | None, picked: Cell | None, days: Mapping[date, str], row: int, column: int) -> SafeString:
    if cell is None:
        return _CLOSED
    when = days[cell.local.date()] + clock(cell.local.time())
    classes = ["slot", *(["slot--best"] if cell.recommended else []), *(["slot--held"] if cell.held else [])]
    is_picked = cell == picked
    return format_html(
        _CELL,
        " ".join(classes),
        int(cell.starts_at.timestamp()),
        "many" if cell.free is None or cell.free > 1 else cell.free,
        row,
        column,
        localtime(cell.starts_at).isoformat(),
        when,
        "0" if is_picked else "-1",
        "true" if is_picked else "false",
        SafeString("" if cell.is_open else ' aria-disabled="true"'),
        ", ".join([when, _free(cell), *([gettext("recommended")] if cell.recommended else [])]),
        icon("check", "i-14") if cell.free is None else cell.free or "–",
    )


def _free(cell: Cell) -> str:
    if cell.free is None:
        return gettext("free")
    return gettext("free bays: %(free)s") % {"free": cell.free} if cell.free else gettext("no places")
