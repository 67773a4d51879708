"""What workplace templates need beyond the design system."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from vernost.calls.rules.works import Work
from vernost.core.templatetags.ui import badge
from vernost.workplace.words import APPOINTMENT_SIGNS, APPOINTMENT_STATUSES, ORDER_KINDS

register = template.Library()


@register.filter
def order_kind(code: str) -> str:
    return gettext(ORDER_KINDS[code]) if code in ORDER_KINDS else code


@register.filter
def appointment_status(code: str) -> str:
    return gettext(APPOINTMENT_STATUSES[code]) if code in APPOINTMENT_STATUSES else code


@register.filter
def appointment_badge(code: str) -> SafeString:
    """Show a status as a word, a sign and a colour."""
    return badge(appointment_status(code), **APPOINTMENT_SIGNS.get(code, {}))


@register.filter
def work_name(work: Work) -> str:
    """Name a work; a numbered one carries its number."""
    words = gettext(work.name) if work.name else ""
    return words % {"number": work.number} if work.number is not None else words
