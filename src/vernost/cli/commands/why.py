"""Say why a customer is invited on a day, or is not: one answer for every programme and car."""

from datetime import date
from typing import TYPE_CHECKING, Any

from vernost.cli import spoken
from vernost.cli.database import database
from vernost.cli.output import emit, json_option
from vernost.cli.parameters import Day
from vernost.core.i18n import _

if TYPE_CHECKING:
    from vernost.invitations.queries.why import Why


@spoken.command()
@spoken.argument("customer_id", metavar=_("CUSTOMER_ID"))
@spoken.option("--as-of", type=Day(), help=_("The day; today where it is not given."))
@json_option
@database()
def command(customer_id: str, as_of: date | None) -> None:
    """Say why a customer is invited on a day, or is not: one answer for every programme and car.

    CUSTOMER_ID is the id of the source system, as the reports print it.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django awake

    from vernost.automation.queries import work as queries  # noqa: PLC0415 - as above
    from vernost.facts import operations as mirror  # noqa: PLC0415 - as above

    now = timezone.now()
    day = as_of or timezone.localdate(now)
    mirror.refresh(now=now)
    answers = queries.why_of_reference(customer_id, as_of=day)
    emit({"as_of": day, "customer_id": customer_id, "rows": [_row(answer) for answer in answers]})


def _row(answer: "Why") -> dict[str, Any]:
    return {
        "programme": answer.programme,
        "vehicle_id": answer.vehicle,
        "state": answer.state,
        "code": answer.code,
        "why": answer.words,
        "reason": answer.reason,
        "due_on": answer.due_on,
        "anchor": answer.anchor,
        "facts": answer.facts,
    }
