"""Listening to news (core/live.py) from a template."""

from django import template
from django.core.handlers.asgi import ASGIRequest
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def live(context: Context) -> SafeString:
    """Write the attributes of an element whose parts hear `sse:<topic>`.

    Nothing under a server that cannot hold a stream open: such a page asks by its own clock only.
    """
    if not isinstance(context["request"], ASGIRequest):
        return SafeString("")
    return format_html('hx-ext="sse" sse-connect="{}"', reverse("workplace:live"))
