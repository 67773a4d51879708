"""A customer's own advisor: he who has received him twice."""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import localdate

from vernost.accounts.operations import record_change
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.models import AdvisorAttachment, Customer
from vernost.customers.queries import visible_to

# A visit before in so long a time makes a customer an advisor's own; older ones tell nothing of the present.
YEARS = 3

# Who has no advisor and whose latest visit since the day was at least the second one to the same. Who was given
# back once is not attached to him again, nor is a customer whose advisor a source has named.
_FOUND = f"""
    SELECT DISTINCT ON (c.id) c.id, o.advisor_id, o.closed_on
      FROM workshop_repairorder o
      JOIN customers_customer c ON c.id = o.customer_id AND c.advisor_id IS NULL AND c.merged_into_id IS NULL
     WHERE o.closed_on >= %(since)s AND o.closed_on <= %(day)s AND o.status = 'closed'
       AND o.kind NOT IN ('internal', 'presale') AND o.advisor_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM customers_advisorattachment a
                        WHERE a.customer_id = c.id AND a.advisor_id = o.advisor_id
                          AND a.undone_at IS NOT NULL)
       AND EXISTS (SELECT FROM workshop_repairorder v
                    WHERE v.customer_id = o.customer_id AND v.advisor_id = o.advisor_id AND v.status = 'closed'
                      AND v.kind NOT IN ('internal', 'presale') AND v.closed_on < o.closed_on
                      AND v.closed_on > o.closed_on - interval '{YEARS} years')
     ORDER BY c.id, o.closed_on DESC, o.closed_time DESC NULLS LAST, o.id DESC
"""  # noqa: S608 - our own numbers
_ATTACH = f"""
    WITH found AS ({_FOUND}),
    taken AS (
        UPDATE customers_customer c SET advisor_id = found.advisor_id FROM found
         WHERE c.id = found.id AND c.advisor_id IS NULL
        RETURNING c.id, c.advisor_id, found.closed_on)
    INSERT INTO customers_advisorattachment (customer_id, advisor_id, "on", at, actor, undone_by)
    SELECT id, advisor_id, closed_on, %(now)s, %(actor)s, '' FROM taken
        ON CONFLICT (customer_id, advisor_id) DO NOTHING
"""  # noqa: S608 - as above


class AlreadyGivenBack(DomainError):
    code = "already_given_back"
    text = _("The customer has been given back already")


@transaction.atomic
def attach_to_advisors(*, since: date, actor: Actor, now: datetime) -> int:
    """Attach who came to the same advisor for the second time, since the day, in one statement; return how many."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"since": since, "day": localdate(now), "now": now, "actor": actor.code}
        cursor.execute(_ATTACH, values)
        return int(cursor.rowcount)


@transaction.atomic
def detach_from_advisor(*, attachment_id: int, actor: Actor, now: datetime) -> None:
    """Give a customer back: he has the advisor he had before, and is not attached to this one again."""
    customer_id = AdvisorAttachment.objects.values_list("customer_id", flat=True).get(pk=attachment_id)
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    visible_to(actor).get(pk=customer_id)
    made = AdvisorAttachment.objects.get(pk=attachment_id)
    if made.undone_at is not None:
        raise AlreadyGivenBack
    made.undone_at, made.undone_by = now, actor.code
    made.save(update_fields=["undone_at", "undone_by"])
    if customer.advisor_id == made.advisor_id:
        customer.advisor_id = made.before_id
        customer.save(update_fields=["advisor"])
    record_change(
        subject="customer",
        subject_id=customer_id,
        action="detach",
        fields={"advisor_id": [made.advisor_id, made.before_id]},
        actor=actor,
        now=now,
    )
