"""The systems that files come from."""

import re
from typing import Final

from django.db import transaction

from vernost.accounts.models import Source
from vernost.intake.operations.failures import BadSourceName
from vernost.invitations import operations as invitations

DEFAULT_SOURCE: Final = "dms"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


def source_named(code: str) -> Source:
    """Return the source, noted down where it is new. Raises BadSourceName."""
    if not _NAME.fullmatch(code):
        raise BadSourceName(name=code)
    return Source.objects.get_or_create(code=code, defaults={"in_use": False})[0]


@transaction.atomic
def begin_using(source: Source) -> None:
    """Let records come from the source; with the second one all ids begin to tell where they are from.

    What was only named by mistake, or checked, changes no id.
    """
    if source.in_use:
        return
    others = list(Source.objects.filter(in_use=True).exclude(pk=source.pk).values_list("code", flat=True)[:2])
    source.in_use = True
    source.save(update_fields=["in_use"])
    if len(others) == 1:
        invitations.name_source_of_orders(code=others[0])
