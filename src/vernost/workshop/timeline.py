"""What this subject puts on the timeline: orders and appointments."""

from dataclasses import replace

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.core.timeline import BOTH, Facts, TimelineKind, Told, day_at, joined, timeline_kinds
from vernost.customers.timeline import file_facts, file_told
from vernost.workshop.rules import APPOINTMENT_STATUSES, ORDER_KINDS, ORDER_STATUSES

_CAR = "concat_ws(' ', v.make, v.model, nullif(v.plate, ''))"
# What the customer and the insurer pay, as `queries.orders.with_totals` has it.
_TOTAL = """coalesce(o.amount, (SELECT sum(l.amount) FROM workshop_orderline l
    WHERE l.order_id = o.id AND NOT l.declined
      AND (l.payer IN ('customer', 'insurer') OR l.payer = '' AND o.kind NOT IN ('warranty', 'internal'))), 0)"""


def _order(facts: Facts) -> Told:
    status = "" if facts["status"] == "closed" else gettext(ORDER_STATUSES[facts["status"]])
    mileage = formats.kilometres(facts["km"]) if facts["km"] else ""
    return Told(
        f"{gettext(ORDER_KINDS[facts['kind']])} · {facts['number']}",
        joined(facts["car"], mileage, facts["branch"], facts["advisor"], status),
        amount=formats.roubles(facts["amount"]) if facts["amount"] else "",
        opens=("order", facts["id"]),
        has_time=False,
    )


def _appointment(facts: Facts) -> Told:
    status = gettext(APPOINTMENT_STATUSES[facts["status"]])
    details = [
        (gettext("Works"), ", ".join(str(work.get("name", "")) for work in facts["works"])),
        (gettext("Advisor"), facts["advisor"] or ""),
        (gettext("Norm-hours"), formats.number(facts["hours"], 1) if facts["hours"] else ""),
        (gettext("Note"), facts["note"]),
    ]
    return Told(
        gettext("Appointment: %(status)s") % {"status": status.lower()},
        joined(facts["car"], facts["branch"] or "", facts["note"]),
        details=details,
        zone=facts["zone"] or "",
    )


def _order_file(facts: Facts) -> Told:
    return replace(file_told(facts), opens=("order", facts["order"]))


timeline_kinds.add(
    TimelineKind(
        code="orders",
        title=_("Visits"),
        icon="tool",
        source="workshop_repairorder t",
        at=day_at("(t.opened_on + coalesce(t.opened_time, time '00:00'))"),
        facts=f"""SELECT jsonb_build_object('id', o.id, 'number', coalesce(o.external_id, o.id::text), 'kind', o.kind,
                         'status', o.status, 'km', o.mileage_km, 'car', {_CAR}, 'branch', coalesce(b.name, ''),
                         'advisor', coalesce(e.name, ''), 'amount', {_TOTAL})
                    FROM workshop_repairorder o LEFT JOIN vehicles_vehicle v ON v.id = o.vehicle_id
                    LEFT JOIN accounts_branch b ON b.id = o.branch_id
                    LEFT JOIN accounts_employee e ON e.id = o.advisor_id WHERE o.id = found.id""",  # noqa: S608 - our own names
        told=_order,
        of=BOTH,
        scope="branch",
    )
)
timeline_kinds.add(
    TimelineKind(
        code="appointments",
        title=_("Appointments"),
        icon="calendar-event",
        source="workshop_appointment t",
        at="t.starts_at",
        where="t.status <> 'held'",
        facts=f"""SELECT jsonb_build_object('status', a.status, 'car', {_CAR}, 'branch', b.name, 'zone', b.timezone,
                         'note', a.note, 'advisor', e.name, 'hours', a.labour_hours,
                         'works', CASE WHEN jsonb_typeof(a.works) = 'array' THEN a.works ELSE '[]' END)
                    FROM workshop_appointment a LEFT JOIN vehicles_vehicle v ON v.id = a.vehicle_id
                    LEFT JOIN accounts_branch b ON b.id = a.branch_id
                    LEFT JOIN accounts_employee e ON e.id = a.advisor_id WHERE a.id = found.id""",  # noqa: S608 - as above
        told=_appointment,
        of=BOTH,
        scope="branch",
    )
)
timeline_kinds.add(
    TimelineKind(
        code="order_files",
        title=_("Photos and documents of the orders"),
        icon="photo",
        source="""(SELECT f.id, f.at, o.customer_id, o.vehicle_id, o.branch_id
                     FROM workshop_orderfile f JOIN workshop_repairorder o ON o.id = f.order_id) t""",
        at="t.at",
        facts=file_facts("workshop_orderfile", "'order', f.order_id"),
        told=_order_file,
        of=BOTH,
        scope="branch",
    )
)
