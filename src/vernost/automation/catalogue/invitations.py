from vernost.automation.catalogue import Invariant, invariants
from vernost.core.i18n import _

_ENDED = """('paid', 'declined', 'unreachable', 'wrong_number', 'do_not_call', 'not_owner', 'served_elsewhere',
             'expired', 'cancelled')"""

_INVARIANTS = [
    Invariant(
        code="one_open_invitation",
        title=_("A cycle of a car has one open invitation"),
        sql="""
            SELECT programme_id, coalesce(vehicle_id, -customer_id) AS seat, anchor, array_agg(id ORDER BY id) AS ids
            FROM invitations_invitation WHERE state IN ('queued', 'in_progress', 'booked', 'arrived')
            GROUP BY 1, 2, 3 HAVING count(*) > 1
        """,
    ),
    Invariant(
        code="invitation_of_its_cycle",
        title=_("An invitation is of the pair and the night of its cycle, and never of the control group"),
        sql="""
            SELECT invitation.id, invitation.cycle_id, invitation.created_for, cycle.started_on, cycle.held_out
            FROM invitations_invitation invitation JOIN invitations_cycle cycle ON cycle.id = invitation.cycle_id
            WHERE cycle.held_out OR invitation.created_for <> cycle.started_on
               OR (invitation.programme_id, invitation.vehicle_id, invitation.customer_id, invitation.anchor)
                  IS DISTINCT FROM (cycle.programme_id, cycle.vehicle_id, cycle.customer_id, cycle.anchor)
        """,
    ),
    Invariant(
        code="decisions_apart",
        title=_("Of one pair and cycle one decision holds on a day"),
        sql="""
            SELECT * FROM (
                SELECT id, programme_id, vehicle_id, customer_id, anchor, reason, since, until,
                       lag(until) OVER pair AS until_before, lag(id) OVER pair AS id_before
                FROM invitations_decision
                WINDOW pair AS (PARTITION BY programme_id, coalesce(vehicle_id, -customer_id), customer_id, anchor
                                ORDER BY since, id)
            ) neighbours
            WHERE until < since OR id_before IS NOT NULL AND (until_before IS NULL OR until_before >= since)
        """,
    ),
    Invariant(
        code="decision_of_somebody",
        title=_("A decision is about a known programme, customer and car"),
        sql="""
            SELECT decision.id, decision.programme_id, decision.customer_id, decision.vehicle_id
            FROM invitations_decision decision
            LEFT JOIN invitations_programme programme ON programme.id = decision.programme_id
            LEFT JOIN customers_customer customer ON customer.id = decision.customer_id
            LEFT JOIN vehicles_vehicle vehicle ON vehicle.id = decision.vehicle_id
            WHERE programme.id IS NULL OR customer.id IS NULL
               OR decision.vehicle_id IS NOT NULL AND vehicle.id IS NULL
        """,
    ),
    Invariant(
        code="invited_by_a_decision",
        title=_("Every invitation was decided by the night of its day"),
        sql="""
            SELECT invitation.id, invitation.programme_id, invitation.vehicle_id, invitation.customer_id,
                   invitation.anchor, invitation.created_for
            FROM invitations_invitation invitation
            WHERE NOT EXISTS (
                SELECT FROM invitations_decision decision
                WHERE decision.programme_id = invitation.programme_id AND decision.customer_id = invitation.customer_id
                  AND decision.vehicle_id IS NOT DISTINCT FROM invitation.vehicle_id
                  AND decision.anchor = invitation.anchor AND decision.reason = ''
                  AND decision.since <= invitation.created_for
                  AND (decision.until IS NULL OR decision.until >= invitation.created_for)
            )
        """,
    ),
    Invariant(
        code="events_lead_to_the_state",
        title=_("The events of an invitation follow one another and lead to its state"),
        sql="""
            WITH chain AS (
                SELECT invitation_id, id, from_state, to_state,
                       lag(to_state, 1, '') OVER own AS before,
                       row_number() OVER (PARTITION BY invitation_id ORDER BY id DESC) AS from_the_end
                FROM invitations_invitationevent WINDOW own AS (PARTITION BY invitation_id ORDER BY id)
            )
            SELECT invitation.id, invitation.state, chain.id AS event_id, chain.before, chain.from_state, chain.to_state
            FROM invitations_invitation invitation LEFT JOIN chain ON chain.invitation_id = invitation.id
            WHERE chain.id IS NULL OR chain.from_state <> chain.before
               OR chain.from_the_end = 1 AND chain.to_state <> invitation.state
        """,
    ),
    Invariant(
        code="ended_has_its_moment",
        title=_("An ended invitation has the moment of its end, an open one has none"),
        sql=f"""
            SELECT id, state, ended_at FROM invitations_invitation
            WHERE (state IN {_ENDED}) <> (ended_at IS NOT NULL) AND state NOT IN ('arrived', 'no_show')
        """,  # noqa: S608 - words of our own
    ),
    Invariant(
        code="lease_of_work_in_hand",
        title=_("An invitation in progress is in somebody's hands, any other in nobody's"),
        sql="""
            SELECT id, state, leased_by_id, leased_until FROM invitations_invitation
            WHERE (state = 'in_progress') <> (leased_by_id IS NOT NULL)
        """,
    ),
    Invariant(
        code="attempts_counted",
        title=_("The attempts of an invitation are numbered from 1 without a gap, and counted"),
        sql="""
            SELECT invitation.id, invitation.attempts, made.attempts AS found, made.last_number
            FROM invitations_invitation invitation
            LEFT JOIN (SELECT invitation_id, count(*) AS attempts, max(number) AS last_number
                       FROM invitations_contactattempt GROUP BY 1) made ON made.invitation_id = invitation.id
            WHERE coalesce(made.attempts, 0) <> invitation.attempts OR made.last_number <> made.attempts
        """,
    ),
    Invariant(
        code="order_of_the_invited_car",
        title=_("An order counts for an invitation of the same car, made before it was opened"),
        sql="""
            SELECT attribution.order_id, attribution.invitation_id, orders.vehicle_id, orders.opened_on,
                   invitation.vehicle_id AS invited_vehicle_id, invitation.created_for
            FROM invitations_attribution attribution
            JOIN workshop_repairorder orders ON orders.id = attribution.order_id
            JOIN invitations_invitation invitation ON invitation.id = attribution.invitation_id
            WHERE NOT attribution.through_appointment
              AND (invitation.vehicle_id <> orders.vehicle_id OR orders.opened_on < invitation.created_for
                   OR invitation.vehicle_id IS NULL AND invitation.customer_id <> orders.customer_id)
        """,
    ),
    Invariant(
        code="members_of_campaigns",
        title=_("Only campaigns have a list of members"),
        sql="""
            SELECT member.id, member.programme_id, programme.kind
            FROM invitations_campaignmember member
            JOIN invitations_programme programme ON programme.id = member.programme_id
            WHERE programme.kind <> 'campaign'
        """,
    ),
]
for _invariant in _INVARIANTS:
    invariants.add(_invariant)
