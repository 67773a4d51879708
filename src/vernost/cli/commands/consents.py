"""Check the ledger of consents: whether anything was changed, removed or put elsewhere since it was written."""

import click

from vernost.cli import spoken
from vernost.cli.chains import named
from vernost.cli.database import database
from vernost.cli.output import emit, json_option
from vernost.cli.parameters import ChainHead
from vernost.core.i18n import _


@spoken.group()
def command() -> None:
    """Check the ledger of consents: whether anything was changed, removed or put elsewhere since it was written."""


@command.command
@spoken.option(
    "--expect", type=ChainHead(), help=_("A head that an earlier check printed: the chain has to go through it.")
)
@json_option
@database()
def verify(expect: tuple[int, bytes] | None) -> None:
    """Read the whole chain once and name every line that is not as it was sealed. Exits 1 where one is found.

    Note the head that is printed somewhere else: with --expect a later check finds a chain that was cut off.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.cli.words import translated  # noqa: PLC0415 - as above
    from vernost.core.chain import Head  # noqa: PLC0415 - as above
    from vernost.customers import operations  # noqa: PLC0415 - as above
    from vernost.customers.queries import ledger  # noqa: PLC0415 - as above

    operations.seal_consents(now=timezone.now())
    found = ledger.check(expected=Head(*expect) if expect else None)
    faults = named(found.chain.faults)
    faults += [{"number": None, "line": line, "fault": "unsealed"} for line in found.strays]
    faults += [{"number": None, "line": line, "fault": "scan altered"} for line in ledger.altered_scans()]
    emit(
        {
            "holds": not faults,
            "links": found.chain.links,
            "erased": found.chain.erased,
            "waiting": found.waiting,
            "head": f"{found.chain.head.number}:{found.chain.head.hash.hex()}",
            "faults": faults,
        }
    )
    if faults:
        raise click.ClickException(translated(BROKEN, count=len(faults)))


BROKEN = _("The ledger of consents does not hold: %(count)s faults are named above")
