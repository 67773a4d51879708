"""The schema `bi`: views for outside tools. Their names and columns are a promise (docs/reference/bi.md).

Views run with the rights of their owner, so that a role needs nothing but them. They show no names, telephones or
addresses of people.
"""

# ruff: noqa: S608 - made of our own names

from django.db import migrations

ROLE = "vernost_bi"


def ref(alias: str, table: str = "", key: str = "") -> str:
    """SQL for the id of a row as people know it; of the row that `key` points to in a table."""
    if table:
        return f"(SELECT {ref(alias)} FROM {table} {alias} WHERE {alias}.id = {key})"
    several = "(SELECT count(*) > 1 FROM accounts_source)"
    code = f"(SELECT code FROM accounts_source WHERE id = {alias}.source_id)"
    made_here = f"{alias}.source_id IS NULL THEN 'vernost:' || {alias}.id"
    own = f"{alias}.external_id"
    return f"CASE WHEN {made_here} WHEN {several} THEN {code} || ':' || {own} ELSE {own} END"


def vat(on: str, branch: str) -> str:
    pays = f"coalesce((SELECT vat FROM accounts_branch WHERE id = {branch}), true)"
    dated = f"WHEN {on} >= DATE '2026-01-01' THEN 22 WHEN {on} >= DATE '2019-01-01' THEN 20 ELSE 18"
    return f"(CASE WHEN NOT {pays} THEN 0 {dated} END)"


BRANCH, EMPLOYEE = "accounts_branch", "accounts_employee"
CUSTOMER, VEHICLE, ORDER = "customers_customer", "vehicles_vehicle", "workshop_repairorder"

PAID = """CASE WHEN l.payer = '' THEN o.kind NOT IN ('warranty', 'internal')
               ELSE l.payer IN ('customer', 'insurer') END"""


def _of_lines(column: str) -> str:
    return f"""coalesce((SELECT sum(l.{column}) FROM workshop_orderline l
                          WHERE l.order_id = o.id AND NOT l.declined AND {PAID}), 0)"""


VIEWS = {
    "branch": f"""
        SELECT {ref("b")} AS branch_id, b.name, b.timezone, b.brands, b.bays, b.vat AS pays_vat
          FROM accounts_branch b""",
    "employee": f"""
        SELECT {ref("e")} AS employee_id, e.name, {ref("x", BRANCH, "e.branch_id")} AS branch_id, e.role
          FROM accounts_employee e""",
    "customer": f"""
        SELECT {ref("c")} AS customer_id, c.kind, extract(year FROM c.birth_date)::int AS birth_year, c.gender, c.city,
               c.origin AS source, c.category, c.created_on,
               CASE WHEN c.blocked IS NULL THEN coalesce(c.blocked_on <= current_date, false) ELSE c.blocked END
               AS blocked, c.blocked_on, {ref("x", EMPLOYEE, "c.advisor_id")} AS advisor_id
          FROM customers_customer c""",
    "vehicle": f"""
        SELECT {ref("v")} AS vehicle_id, v.vin, v.make, v.model, v.engine, v.gearbox, v.year, v.sold_on, v.sold_by_us,
               {ref("x", BRANCH, "v.branch_id")} AS branch_id, v.warranty_until, v.warranty_km, v.scrapped,
               {ref("y", CUSTOMER, "w.customer_id")} AS customer_id, w.owned_from, s.last_reading_on, s.last_reading_km,
               s.rate_m_per_day / 1000.0 AS rate_km_per_day, s.service_due_on
          FROM vehicles_vehicle v
          LEFT JOIN vehicles_ownership w ON w.vehicle_id = v.id AND w.owned_until IS NULL
          LEFT JOIN facts_vehiclestate s ON s.vehicle_id = v.id""",
    "repair_order": f"""
        SELECT m.order_id, m.branch_id, m.customer_id, m.vehicle_id, m.advisor_id, m.opened_on, m.closed_on,
               m.mileage_km, m.kind, m.status, m.is_visit, m.revenue, m.cost,
               round(m.revenue / (1 + m.vat_rate / 100.0), 2) - m.cost AS margin, m.programme
          FROM (SELECT {ref("o")} AS order_id, {ref("x", BRANCH, "o.branch_id")} AS branch_id,
                       {ref("y", CUSTOMER, "o.customer_id")} AS customer_id,
                       {ref("z", VEHICLE, "o.vehicle_id")} AS vehicle_id,
                       {ref("e", EMPLOYEE, "o.advisor_id")} AS advisor_id,
                       o.opened_on, CASE WHEN o.status = 'closed' THEN o.closed_on END AS closed_on, o.mileage_km,
                       o.kind, o.status, o.status = 'closed' AND o.kind NOT IN ('internal', 'presale') AS is_visit,
                       coalesce(o.amount, {_of_lines("amount")})::numeric(14, 2) AS revenue,
                       (CASE WHEN o.kind = 'warranty' THEN 0 ELSE coalesce(o.cost, {_of_lines("cost")}) END
                       )::numeric(14, 2) AS cost,
                       {vat("o.closed_on", "o.branch_id")} AS vat_rate,
                       (SELECT p.code FROM invitations_attribution a
                          JOIN invitations_invitation i ON i.id = a.invitation_id
                          JOIN invitations_programme p ON p.id = i.programme_id WHERE a.order_id = o.id) AS programme
                  FROM workshop_repairorder o) m""",
    "order_line": f"""
        SELECT {ref("o")} AS order_id, l.line_no, l.kind, l.code, l.name, l.category, l.quantity, l.unit_price,
               l.discount, l.amount, l.cost, l.declined, l.advised_on, ({PAID}) AND NOT l.declined AS in_revenue
          FROM workshop_orderline l JOIN workshop_repairorder o ON o.id = l.order_id""",
    "deal": f"""
        SELECT {ref("d")} AS deal_id, {ref("z", VEHICLE, "d.vehicle_id")} AS vehicle_id,
               {ref("y", CUSTOMER, "d.customer_id")} AS customer_id, {ref("x", BRANCH, "d.branch_id")} AS branch_id,
               {ref("e", EMPLOYEE, "d.manager_id")} AS manager_id, d.opened_on, d.closed_on, d.status, d.kind, d.amount,
               d.cost,
               (CASE WHEN d.status = 'won' AND d.kind <> 'trade_in'
                     THEN round(coalesce(d.amount, 0) / (1 + {vat("d.closed_on", "d.branch_id")} / 100.0), 2)
                          - coalesce(d.cost, 0) ELSE 0 END)::numeric(14, 2) AS margin
          FROM sales_deal d""",
    "appointment": f"""
        SELECT {ref("a")} AS appointment_id, {ref("x", BRANCH, "a.branch_id")} AS branch_id,
               {ref("y", CUSTOMER, "a.customer_id")} AS customer_id, {ref("z", VEHICLE, "a.vehicle_id")} AS vehicle_id,
               a.starts_on, a.booked_on, a.status, {ref("o", ORDER, "a.order_id")} AS order_id
          FROM workshop_appointment a""",
    "programme": """
        SELECT p.code AS programme, p.kind, p.title, p.active, p.message_class,
               p.control_share / 10000.0 AS control_share
          FROM invitations_programme p""",
    "invitation": f"""
        SELECT i.id AS invitation_id, p.code AS programme, {ref("y", CUSTOMER, "i.customer_id")} AS customer_id,
               {ref("z", VEHICLE, "i.vehicle_id")} AS vehicle_id, {ref("x", BRANCH, "i.branch_id")} AS branch_id,
               i.anchor, i.created_for, i.due_on, i.state, i.reason, i.attempts, i.first_attempt_on
          FROM invitations_invitation i JOIN invitations_programme p ON p.id = i.programme_id""",
    "contact_attempt": """
        SELECT t.invitation_id, t.number, t."on" AS attempted_on, t.outcome, t.reached, t.talk_seconds
          FROM invitations_contactattempt t""",
    "control_pair": f"""
        SELECT p.code AS programme, {ref("y", CUSTOMER, "k.customer_id")} AS customer_id,
               {ref("z", VEHICLE, "k.vehicle_id")} AS vehicle_id, {ref("x", BRANCH, "k.branch_id")} AS branch_id,
               k.anchor, k.started_on, k.due_on, k.held_out
          FROM invitations_cycle k JOIN invitations_programme p ON p.id = k.programme_id""",
    "survey_answer": f"""
        SELECT {ref("s")} AS survey_id, {ref("y", CUSTOMER, "s.customer_id")} AS customer_id,
               {ref("o", ORDER, "s.order_id")} AS order_id, s.answered_on, s.score
          FROM care_surveyanswer s""",
}

# On a server where roles are made by its administrator only, he gives these rights (docs/how-to/bi.md).
RIGHTS = f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        GRANT USAGE ON SCHEMA bi TO {ROLE};
        GRANT SELECT ON ALL TABLES IN SCHEMA bi TO {ROLE};
        ALTER DEFAULT PRIVILEGES IN SCHEMA bi GRANT SELECT ON TABLES TO {ROLE};
    END IF;
END $$;
"""
CREATE = "CREATE SCHEMA bi;" + "".join(f"CREATE VIEW bi.{name} AS {select};" for name, select in VIEWS.items()) + RIGHTS


class Migration(migrations.Migration):
    dependencies = [
        ("facts", "0002_fact_change_triggers"),
        ("accounts", "0003_preferences_and_changes"),
        ("care", "0001_initial"),
        ("customers", "0001_initial"),
        ("invitations", "0001_initial"),
        ("sales", "0001_initial"),
        ("vehicles", "0001_initial"),
        ("workshop", "0001_initial"),
    ]

    operations = [migrations.RunSQL(CREATE, "DROP SCHEMA bi CASCADE")]
