"""Calls, letters and visits of the past."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, Field, FileKind, Merge, OldValue, linked, text
from vernost.intake.rules.types import LONGEST_ID, Moment, OneOf, Reference, Text

CHANNELS = ("call", "sms", "email", "messenger", "visit", "web")
OUTCOMES = (
    "booked",
    "declined",
    "call_back",
    "thinking",
    "car_sold",
    "served_elsewhere",
    "wrong_person",
    "do_not_call",
    "no_answer",
    "busy",
    "voicemail",
    "unavailable",
    "bad_number",
)

kinds.add(
    FileKind(
        code="interactions",
        title=_("Interactions"),
        position=130,
        table="contacts_interaction",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("customer_id", Reference(kind="customers")),
            Column("vehicle_id", Reference(kind="vehicles")),
            Column("at", Moment(), required=True),
            Column("channel", OneOf(codes=CHANNELS, vocabulary="channel")),
            Column("direction", OneOf(codes=("in", "out"), vocabulary="direction")),
            Column("outcome", OneOf(codes=OUTCOMES, vocabulary="outcome", open=True)),
            Column("employee_id", Reference(kind="employees", makes=True)),
            Column("text", Text()),
        ),
        fields=(
            linked("customer_id"),
            linked("vehicle_id"),
            Field("at", "timezone(zone, v_at)", ("at",)),
            Field("on", "v_at::DATE", ("at",)),
            text("channel"),
            text("direction"),
            text("outcome"),
            linked("employee_id"),
            text("text"),
        ),
        merges=(
            Merge(
                "incoming_stop",
                (("customer_id", "bigint"),),
                """SELECT DISTINCT fk_customer_id FROM fresh
                    WHERE fk_customer_id IS NOT NULL AND (verdict = 'changed' OR v_outcome = 'do_not_call')""",
                (
                    # Told again from all contacts of these customers: a corrected one may take a stop back.
                    """DELETE FROM customers_channelstop s USING incoming_stop i
                        WHERE s.customer_id = i.customer_id AND s.imported AND NOT EXISTS (
                              SELECT FROM contacts_interaction c
                               WHERE c.customer_id = s.customer_id AND c.outcome = 'do_not_call'
                                 AND coalesce(nullif(c.channel, ''), 'call') = s.channel)""",
                    """INSERT INTO customers_channelstop (customer_id, channel, since, note, imported)
                       SELECT c.customer_id, coalesce(nullif(c.channel, ''), 'call'), min(c."on"), '', true
                         FROM contacts_interaction c JOIN incoming_stop i ON i.customer_id = c.customer_id
                        WHERE c.outcome = 'do_not_call'
                        GROUP BY 1, 2
                           ON CONFLICT (customer_id, channel) DO UPDATE
                          SET since = CASE WHEN customers_channelstop.imported THEN excluded.since
                                           ELSE least(customers_channelstop.since, excluded.since) END""",
                ),
            ),
            Merge(
                "incoming_sold",
                (("external_id", 'text COLLATE "C"'), ("vehicle_id", "bigint"), ("on", "date"), ("sold", "boolean")),
                """SELECT 'interaction:' || v_id, fk_vehicle_id, v_at::DATE, v_outcome = 'car_sold' FROM fresh
                    WHERE verdict = 'changed' OR (v_outcome = 'car_sold' AND fk_vehicle_id IS NOT NULL)""",
                (
                    """DELETE FROM vehicles_vehicleevent e USING incoming_sold i
                        WHERE e.source_id = %(source)s AND e.external_id = i.external_id""",
                    """INSERT INTO vehicles_vehicleevent (source_id, external_id, vehicle_id, "on", kind)
                       SELECT %(source)s, external_id, vehicle_id, "on", 'car_sold' FROM incoming_sold
                        WHERE sold AND vehicle_id IS NOT NULL""",
                ),
            ),
        ),
        old_values=(OldValue("at", "t.at AT TIME ZONE %(zone)s"),),
        bulk=("contacts_interaction",),
    )
)
