"""The figures of a pivot's row: tens of thousands on a page, so they are written here and not by a template."""

from collections.abc import Sequence
from html import escape

from django import template
from django.utils.safestring import SafeString

from vernost.core.templatetags.ui import width_percent
from vernost.office.pivot_table import Cell

register = template.Library()


@register.simple_tag
def pivot_cells(cells: Sequence[Cell]) -> SafeString:
    found, url, link = [], "", ""
    for cell in cells:
        # Measures of a cell stand beside each other and have one address.
        if cell.url is not url:
            url = cell.url
            link = f'<a href="{escape(url)}">'
        figure = f"{link}{escape(cell.text)}</a>" if url else ""
        found.append(f"<td{_look(cell)}>{figure}</td>")
    return SafeString("".join(found))


def _look(cell: Cell) -> str:
    under = " pv-under" if cell.under_bars else ""
    classes = f"num{under if cell.bar is None else ' bar-cell'}{f' {cell.tone}-ink' if cell.tone else ''}"
    bar = "" if cell.bar is None else f' style="--v:{width_percent(cell.bar)}"'
    return f' class="{classes}"{bar}'
