"""The block of administrators' fields, for any record's page: {% field_block "customer" customer.id %}."""

from django import template
from django.template.context import Context
from django.template.loader import render_to_string

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
