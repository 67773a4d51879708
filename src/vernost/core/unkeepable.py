"""Text that the database has no place for: a null byte, which no keyboard types and a damaged program sends.

A form says it beside its field. What a view reads by itself is refused here, once for all pages.
"""

from django.db import DataError
from django.http import HttpRequest

from vernost.core.errors import DomainError
from vernost.core.i18n import _

_NULL_BYTE = "\0"


class UnkeepableText(DomainError):
    code = "unkeepable_text"
    text = _("The field “%(field)s” has a null byte in it, which cannot be kept: take it out and try again")


def refusal_of(request: HttpRequest, error: Exception) -> DomainError | None:
    """Return the refusal that a person can do something about; None for any other failure, which is ours."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, DataError | ValueError):
        for said in (request.GET, request.POST, request.FILES):
            for field, values in said.lists():
                if any(_NULL_BYTE in str(value) for value in (field, *values)):
                    return UnkeepableText(field=field.replace(_NULL_BYTE, " "))
    return None
