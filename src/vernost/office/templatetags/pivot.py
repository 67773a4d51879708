"""The figures of a pivot's row: tens of thousands on a page, so they are written here and not by a template."""

from collections.abc import Sequence

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from vernost.core.templatetags.ui import width_percent
from vernost.office.pivot_table import Cell

register = template.Library()


@register.simple_tag
def pivot_cells(cells: Sequence[Cell]) -> SafeString:
    return SafeString("".join(map(_cell, cells)))


def _cell(cell: Cell) -> str:
    under = " pv-under" if cell.under_bars else ""
    classes = f"num{under if cell.bar is None else ' bar-cell'}{f' {cell.tone}-ink' if cell.tone else ''}"
    bar = "" if cell.bar is None else f' style="--v:{width_percent(cell.bar)}"'
    figure = f'<a href="{escape(cell.url)}">{escape(cell.text)}</a>' if cell.url else ""
    return f'<td class="{classes}"{bar}>{figure}</td>'
