"""The systems that files come from."""

import re
from typing import Final

from django.db import transaction

from vernost.accounts.models import Source
from vernost.intake.operations.failures import BadSourceName
from vernost.invitations import operations as invitations

DEFAULT_SOURCE: Final = "dms"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


@transaction.atomic
def source_named(code: str) -> Source:
    """Return the source, made where it is new; with the second one all ids begin to tell where they are from.

    Raises BadSourceName.
    """
    if not _NAME.fullmatch(code):
        raise BadSourceName(name=code)
    found, made = Source.objects.get_or_create(code=code)
    others = list(Source.objects.exclude(pk=found.pk).values_list("code", flat=True)[:2]) if made else []
    if len(others) == 1:
        invitations.name_source_of_orders(code=others[0])
    return found
