"""What office templates need beyond the design system."""

from collections.abc import Mapping

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from vernost.customers.models import Customer

register = template.Library()


@register.filter
def get(mapping: Mapping[str, object], key: str) -> object:
    """Look a value up by a key that the template has in a variable."""
    return mapping.get(key)


@register.inclusion_tag("ui/empty.html")
def no_figures() -> dict[str, str]:
    """Say why there are no figures: nothing was imported, or they are made anew, as after an update of the program."""
    if Customer.objects.exists():
        return {
            "icon": "chart-bar",
            "title": gettext("The figures are being counted"),
            "words": gettext("They are there within minutes: look again soon."),
            "url": "?",
            "action": gettext("Look again"),
        }
    return {
        "icon": "chart-bar",
        "title": gettext("There are no figures yet"),
        "words": gettext("They come a minute after the first import of the dealer's files."),
        "url": reverse("office:imports"),
        "action": gettext("Import the files"),
    }
