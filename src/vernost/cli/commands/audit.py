"""Prove that nobody has rewritten the journal of who saw and changed what."""

import click

from vernost.cli import spoken
from vernost.cli.chains import named
from vernost.cli.database import database
from vernost.cli.output import emit, json_option
from vernost.cli.parameters import ChainHead
from vernost.core.i18n import _


@spoken.group()
def command() -> None:
    """Prove that nobody has rewritten the journal of who saw and changed what."""


@command.command("verify")
@spoken.option("--head", type=ChainHead(), help=_("A head that was noted before: shows whether the end was cut off."))
@json_option
@database()
def verify(head: tuple[int, bytes] | None) -> None:
    """Read the whole chain once; exit status 1 where a line was changed, removed or put elsewhere.

    The command seals what is not sealed yet, prints the head of the chain, and names each fault. Note the head
    outside of the server: with --head it proves later that nothing was cut off.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.accounts import audit  # noqa: PLC0415 - as above
    from vernost.cli.words import translated  # noqa: PLC0415 - as above
    from vernost.core.chain import Head  # noqa: PLC0415 - as above

    sealed = audit.seal(now=timezone.now())
    found = audit.verify(expected=Head(*head) if head else None)
    emit(
        {
            "holds": found.holds,
            "links": found.links,
            "sealed_now": sealed,
            "erased": found.erased,
            "head": f"{found.head.number}:{found.head.hash.hex()}",
            "faults": named(found.faults),
        }
    )
    if not found.holds:
        raise click.ClickException(translated(BROKEN, count=len(found.faults)))


BROKEN = _("The journal does not hold: %(count)s faults are named above")
