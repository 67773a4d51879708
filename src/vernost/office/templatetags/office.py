"""What office templates need beyond the design system."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def get(mapping: Mapping[str, object], key: str) -> object:
    """Look a value up by a key that the template has in a variable."""
    return mapping.get(key)
