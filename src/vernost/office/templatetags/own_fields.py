"""Blocks of any record's card: {% field_block "customer" customer.id %} the fields, {% file_block … %} the files."""

from django import template
from django.template.context import Context
from django.template.loader import render_to_string

from vernost.customers.queries.attached import attached
from vernost.files.rules import PHOTOS
from vernost.office.own_fields import shown_fields, target_of

register = template.Library()


@register.simple_tag(takes_context=True)
def field_block(context: Context, target: str, record_id: int) -> str:
    """Show the fields that the reader sees, with a button that turns them into a form."""
    request = context["request"]
    values = {
        "target": target,
        "record_id": record_id,
        "fields": shown_fields(target_of(target), record_id, request.actor),
    }
    return render_to_string("office/fields/_block.html", values, request)


@register.simple_tag(takes_context=True)
def file_block(context: Context, target: str, record_id: int) -> str:
    """Show the photos and documents of a record, with the form that puts in another one."""
    request = context["request"]
    rows = attached(target_of(target), record_id)
    values = {
        "target": target,
        "record_id": record_id,
        "photos": [row for row in rows if row.file.kind in PHOTOS],
        "papers": [row for row in rows if row.file.kind not in PHOTOS],
        "may_change": request.actor.may("customers.change"),
    }
    return render_to_string("office/files/_block.html", values, request)
