"""What a base holds, for comparing two of them row by row: queries without our own ids and the clock."""

# What the source owns of each table: everything but our own ids.
IMPORTED = (
    """SELECT b.external_id, b.import_hash, b.name, y.number, y.active
    FROM accounts_branch b LEFT JOIN workshop_bay y ON y.branch_id = b.id""",
    """SELECT external_id, import_hash, name FROM accounts_employee""",
    """SELECT c.external_id, c.import_hash, c.sort_key, e.external_id
    FROM customers_customer c LEFT JOIN accounts_employee e ON e.id = c.advisor_id""",
    """SELECT c.external_id, a.kind, a.value, a.position, a.note
    FROM customers_contactaddress a JOIN customers_customer c ON c.id = a.customer_id""",
    """SELECT c.external_id, s."on", s.calls, s.sms, s.email, s.messenger
    FROM customers_consentstatement s JOIN customers_customer c ON c.id = s.customer_id""",
    """SELECT c.external_id, s.channel, s.since
    FROM customers_channelstop s JOIN customers_customer c ON c.id = s.customer_id""",
    """SELECT c.external_id, k.kind, k.key
    FROM customers_customersearchkey k JOIN customers_customer c ON c.id = k.customer_id""",
    """SELECT external_id, import_hash, vin, plate FROM vehicles_vehicle""",
    """SELECT v.external_id, c.external_id, o.owned_from, o.owned_until FROM vehicles_ownership o
    JOIN vehicles_vehicle v ON v.id = o.vehicle_id JOIN customers_customer c ON c.id = o.customer_id""",
    """SELECT external_id, import_hash, "on", kind FROM vehicles_vehicleevent""",
    """SELECT make, model, engine, year_from, year_to, import_hash FROM vehicles_maintenanceplan""",
    """SELECT code, vin, import_hash FROM vehicles_recallentry""",
    """SELECT external_id, import_hash FROM sales_deal""",
    """SELECT o.external_id, o.import_hash, c.external_id, v.external_id FROM workshop_repairorder o
    LEFT JOIN customers_customer c ON c.id = o.customer_id LEFT JOIN vehicles_vehicle v ON v.id = o.vehicle_id""",
    """SELECT o.external_id, l.line_no, l.import_hash
    FROM workshop_orderline l JOIN workshop_repairorder o ON o.id = l.order_id""",
    """SELECT external_id, import_hash, starts_at, status FROM workshop_appointment""",
    """SELECT external_id, import_hash FROM workshop_partorder""",
    """SELECT external_id, import_hash, at FROM contacts_interaction""",
    """SELECT external_id, import_hash FROM care_surveyanswer""",
    """SELECT kind, key, line, "column", value, reason, waits_for_key, "row"
    FROM intake_quarantinedrow WHERE state = 'open'""",
)
CUSTOMERS, CONSENTS, ORDERS = IMPORTED[2], IMPORTED[4], IMPORTED[13]
# What follows from an import: orders find their appointments and invitations.
FOLLOWED = (
    """SELECT a.external_id, o.external_id, a.status FROM workshop_appointment a
    LEFT JOIN workshop_repairorder o ON o.id = a.order_id""",
    """SELECT o.external_id, t.through_appointment
    FROM invitations_attribution t JOIN workshop_repairorder o ON o.id = t.order_id""",
)

_PAIR = "p.code AS programme, c.external_id AS customer, v.external_id AS vehicle, t.anchor"


def _of_pairs(columns, table):
    return f"""SELECT {_PAIR}, {columns} FROM {table}
    JOIN invitations_programme p ON p.id = t.programme_id JOIN customers_customer c ON c.id = t.customer_id
    LEFT JOIN vehicles_vehicle v ON v.id = t.vehicle_id"""  # noqa: S608 - names of our own


_BRANCH = "(SELECT external_id FROM accounts_branch b WHERE b.id = t.branch_id)"
# Everything that a night writes, but for our own ids and the moment of the clock.
DECIDED = (
    _of_pairs(f"t.bucket, t.held_out, t.started_on, t.due_on, {_BRANCH}", "invitations_cycle t"),
    _of_pairs(
        f"""t.created_for, t.due_on, t.due_from, t.due_to, t.expires_on, t.state, t.reason, t.reason_facts, t.value,
        t.attempts, t.zone, t.ended_at IS NULL, {_BRANCH}""",
        "invitations_invitation t",
    ),
    _of_pairs(
        "e.actor, e.from_state, e.to_state, e.note",
        "invitations_invitationevent e JOIN invitations_invitation t ON t.id = e.invitation_id",
    ),
    _of_pairs("t.reason, t.since, t.until", "invitations_decision t"),
    "SELECT as_of, result FROM automation_nightrun",
    """SELECT v.external_id, s.last_reading_on, s.last_reading_km, s.rate_m_per_day
    FROM facts_vehiclestate s JOIN vehicles_vehicle v ON v.id = s.vehicle_id""",
)
INVITATIONS, EVENTS = DECIDED[1], DECIDED[2]
