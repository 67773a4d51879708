"""Decide whom to invite on a day and put them into the calling queue."""

from dataclasses import asdict
from datetime import date

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.output import emit, json_option
from vernost.cli.parameters import Day
from vernost.core.i18n import _


@spoken.command()
@spoken.option("--as-of", type=Day(), help=_("The day; today where it is not given."))
@spoken.option("--dry-run", is_flag=True, help=_("Only count; any day may be asked, nothing is written."))
@json_option
@database()
def command(as_of: date | None, dry_run: bool) -> None:
    """Decide whom to invite on a day and put them into the calling queue.

    The same day again adds only what is missing. A day before the newest night is refused.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.automation.operations import nights as operations  # noqa: PLC0415 - as above
    from vernost.core.actor import system  # noqa: PLC0415 - as above

    now = timezone.now()
    day = as_of or timezone.localdate(now)
    if dry_run:
        night = operations.count_night(as_of=day, now=now)
    else:
        night = operations.run_night(as_of=day, actor=system("night"), now=now)
    emit(
        {
            "as_of": night.as_of,
            "programmes": [asdict(each) for each in night.programmes],
            "seconds": round(night.seconds, 3),
        }
    )
