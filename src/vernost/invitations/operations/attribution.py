"""Which order an invitation brought: set-based, after an import and each night.

An order belongs to the invitation that booked it, else to the one attempted last before it opened,
when it opened on or after that invitation's first attempt and within 60 days of it. Internal,
presale and cancelled orders are nobody's.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from vernost.core.actor import Actor
from vernost.invitations.rules import TRANSITIONS, InvitationState

ATTRIBUTION_DAYS = 60

# Orders opened longer ago than this cannot change their invitation by a daily import.
LOOK_BACK = timedelta(days=ATTRIBUTION_DAYS + 60)

_CLAIMS = """
DROP TABLE IF EXISTS pg_temp.attribution_claim;
CREATE TEMPORARY TABLE attribution_claim ON COMMIT DROP AS
WITH counted AS NOT MATERIALIZED (
    SELECT id AS order_id, vehicle_id, customer_id, opened_on
    FROM workshop_repairorder
    WHERE opened_on >= %(since)s AND status <> 'cancelled' AND kind NOT IN ('internal', 'presale')
),
attempted AS (
    SELECT invitation.id AS invitation_id, invitation.vehicle_id, invitation.customer_id,
           invitation.first_attempt_on, attempt."on"
    FROM invitations_invitation invitation
    JOIN invitations_contactattempt attempt ON attempt.invitation_id = invitation.id
    WHERE invitation.first_attempt_on >= %(since)s::date - %(days)s
),
-- By one column each: an engine joins by equality.
called AS (
    SELECT counted.order_id, counted.opened_on, attempted.*
    FROM attempted JOIN counted ON counted.vehicle_id = attempted.vehicle_id
    UNION ALL
    SELECT counted.order_id, counted.opened_on, attempted.*
    FROM attempted JOIN counted ON counted.customer_id = attempted.customer_id AND attempted.vehicle_id IS NULL
),
claim AS (
    SELECT counted.order_id, invitation.id AS invitation_id, true AS through_appointment, NULL::date AS last_on
    FROM counted
    JOIN workshop_appointment appointment ON appointment.order_id = counted.order_id
    JOIN invitations_invitation invitation ON invitation.appointment_id = appointment.id
    WHERE invitation.appointment_id IS NOT NULL
    UNION ALL
    SELECT order_id, invitation_id, false, max("on")
    FROM called
    WHERE first_attempt_on BETWEEN opened_on - %(days)s AND opened_on AND "on" <= opened_on
    GROUP BY 1, 2
)
SELECT DISTINCT ON (order_id) order_id, invitation_id, through_appointment
FROM claim
ORDER BY order_id, through_appointment DESC, last_on DESC, invitation_id DESC
"""

_FORGET = """
DELETE FROM invitations_attribution attribution
USING workshop_repairorder counted
WHERE counted.id = attribution.order_id AND counted.opened_on >= %(since)s
  AND NOT EXISTS (
      SELECT FROM attribution_claim claim
      WHERE (claim.order_id, claim.invitation_id, claim.through_appointment)
          = (attribution.order_id, attribution.invitation_id, attribution.through_appointment)
  )
"""

_REMEMBER = """
INSERT INTO invitations_attribution (order_id, invitation_id, through_appointment)
SELECT order_id, invitation_id, through_appointment FROM attribution_claim
ON CONFLICT (order_id) DO NOTHING
"""

_MOVE = """
WITH goal AS (
    SELECT attribution.invitation_id,
           CASE WHEN bool_or(counted.status = 'closed') THEN 'paid' ELSE 'arrived' END AS state
    FROM attribution_claim attribution
    JOIN workshop_repairorder counted ON counted.id = attribution.order_id
    GROUP BY 1
),
moving AS (
    SELECT invitation.id, invitation.state AS from_state, goal.state AS to_state
    FROM goal
    JOIN invitations_invitation invitation ON invitation.id = goal.invitation_id
    WHERE goal.state = 'paid' AND invitation.state = ANY(%(may_be_paid)s)
       OR goal.state = 'arrived' AND invitation.state = ANY(%(may_arrive)s)
    ORDER BY invitation.id
    FOR UPDATE OF invitation
),
moved AS (
    UPDATE invitations_invitation invitation
    SET state = moving.to_state, leased_by_id = NULL, leased_until = NULL, next_try_at = NULL,
        ended_at = CASE WHEN moving.to_state = 'paid' THEN %(now)s ELSE invitation.ended_at END
    FROM moving
    WHERE moving.id = invitation.id
)
INSERT INTO invitations_invitationevent (invitation_id, at, actor, from_state, to_state, note)
SELECT id, %(now)s, %(actor)s, from_state, to_state, '' FROM moving
"""


@transaction.atomic
def attribute_orders(*, since: date, actor: Actor, now: datetime) -> int:
    """Give the orders opened from `since` on to their invitations and move these; return the moved."""
    values: dict[str, Any] = {
        "since": since,
        "days": ATTRIBUTION_DAYS,
        "now": now,
        "actor": actor.code,
        "may_be_paid": _states_before(InvitationState.PAID),
        "may_arrive": _states_before(InvitationState.ARRIVED),
    }
    with connection.cursor() as cursor:
        for statement in (_CLAIMS, _FORGET, _REMEMBER, _MOVE):
            cursor.execute(statement, values)
        moved: int = cursor.rowcount
    return moved


def _states_before(state: InvitationState) -> list[str]:
    return [before.value for before, after in TRANSITIONS.items() if state in after]
