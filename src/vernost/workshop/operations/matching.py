"""An order that comes with an import finds the appointment it was booked by: set-based."""

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from vernost.core.events import publish
from vernost.workshop.events import OrdersMatched

# Of an appointment and an order each takes the best other one: the same car before the same customer,
# the same day before a neighbouring one. While pairs are left of which neither is taken, it is asked again.
_MATCH = """
WITH booked AS MATERIALIZED (
    SELECT id, branch_id, vehicle_id, customer_id, starts_on, booked_on, status
    FROM workshop_appointment
    WHERE order_id IS NULL AND status IN ('booked', 'confirmed', 'arrived', 'no_show') AND {near}
),
fresh AS MATERIALIZED (
    SELECT id, branch_id, vehicle_id, customer_id, opened_on
    FROM workshop_repairorder
    WHERE status <> 'cancelled' AND {chosen}
),
pair AS (
    SELECT booked.id AS appointment_id, fresh.id AS order_id, 1 AS rank, abs(starts_on - opened_on) AS days
    FROM fresh
    JOIN booked ON booked.vehicle_id = fresh.vehicle_id
     AND booked.branch_id IS NOT DISTINCT FROM fresh.branch_id
     AND starts_on BETWEEN opened_on - 1 AND opened_on + 1
     AND {fits}
    UNION ALL
    SELECT booked.id, fresh.id, 2, abs(starts_on - opened_on)
    FROM fresh
    JOIN booked ON booked.customer_id = fresh.customer_id
     AND (booked.vehicle_id IS NULL OR fresh.vehicle_id IS NULL)
     AND booked.branch_id IS NOT DISTINCT FROM fresh.branch_id
     AND starts_on BETWEEN opened_on - 1 AND opened_on + 1
     AND {fits}
),
best AS (
    SELECT appointment_id, order_id,
           row_number() OVER (PARTITION BY appointment_id ORDER BY rank, days, order_id) AS order_place,
           row_number() OVER (PARTITION BY order_id ORDER BY rank, days, appointment_id) AS appointment_place
    FROM pair
    WHERE NOT EXISTS (SELECT FROM workshop_appointment taken WHERE taken.order_id = pair.order_id)
),
linked AS (
    UPDATE workshop_appointment appointment
    SET order_id = best.order_id, status = 'arrived',
        -- The bay of a missed one may have been given away since.
        bay_id = CASE WHEN appointment.status = 'no_show' THEN NULL ELSE appointment.bay_id END
    FROM best
    WHERE best.appointment_id = appointment.id AND best.order_place = 1 AND best.appointment_place = 1
    RETURNING appointment.id, appointment.order_id
)
SELECT ARRAY(SELECT id FROM linked),
       EXISTS (SELECT FROM best
                WHERE appointment_id NOT IN (SELECT id FROM linked) AND order_id NOT IN (SELECT order_id FROM linked))
"""
# Who came before he had booked did not come by that; nor does it undo that he missed the day after.
_FITS = "(booked_on IS NULL OR booked_on <= opened_on) AND (booked.status <> 'no_show' OR opened_on >= starts_on)"
# Most that are booked are of days to come.
_NEAR = """starts_on BETWEEN %(since)s::date - 1 AND (SELECT max(opened_on) + 1 FROM workshop_repairorder)"""
# Of months of orders few are of somebody who has an appointment without one.
_LATELY = """opened_on >= %(since)s
      AND (vehicle_id IN (SELECT vehicle_id FROM booked WHERE vehicle_id IS NOT NULL)
           OR customer_id IN (SELECT customer_id FROM booked WHERE vehicle_id IS NULL)
           OR vehicle_id IS NULL AND customer_id IN (SELECT customer_id FROM booked))"""
_BY_ID = _MATCH.format(chosen="id = ANY(%(orders)s)", near="true", fits=_FITS)
_SINCE = _MATCH.format(chosen=_LATELY, near=_NEAR, fits=_FITS)


@transaction.atomic
def match_orders(*, order_ids: Sequence[int] | None = None, since: date | None = None) -> int:
    """Link orders to the appointments of the same branch, car (or customer) and day ± 1; return how many.

    Give either the ids of the orders or the first day on which they were opened. The linked appointments
    have arrived. Each order and each appointment is linked once; running it again finds nothing new.
    """
    if (order_ids is None) == (since is None):
        raise ValueError("give either order_ids or since")
    statement = _SINCE if order_ids is None else _BY_ID
    values = {"orders": list(order_ids or ()), "since": since}
    matched: list[int] = []
    with connection.cursor() as cursor:
        is_left = True
        while is_left:
            cursor.execute(statement, values)
            found, is_left = cursor.fetchone()
            matched += found
    if matched:
        publish(OrdersMatched(tuple(sorted(matched))))
    return len(matched)
