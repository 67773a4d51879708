"""What workplace templates need beyond the design system."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from vernost.calls.queries.works import name_of
from vernost.core.templatetags.ui import badge
from vernost.workplace.words import APPOINTMENT_SIGNS
from vernost.workshop.rules import APPOINTMENT_STATUSES, ORDER_KINDS

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


register.filter("work_name", name_of)
