"""What this subject puts on the timeline: cars that came and went, and what became known of them."""

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.core.timeline import BOTH, Facts, TimelineKind, Told, day_at, joined, timeline_kinds
from vernost.customers.timeline import WHO, edit_told, file_facts, file_told

EVENTS = {
    "service_book_stored": _("The service book was left with us"),
    "service_book_returned": _("The service book was taken back"),
    "valuation_asked": _("A trade-in valuation was asked for"),
    "scrapped": _("The car was scrapped"),
    "car_sold": _("The car was sold"),
}
ROLES = {"driver": _("Driver"), "payer": _("Payer")}
CAR = """concat_ws(' ', v.make, v.model, nullif(v.plate, ''))"""


def _ownership(facts: Facts) -> Told:
    title = gettext("Parted with the car") if facts["ended"] else gettext("Became the owner")
    return Told(title, joined(facts["car"], facts["owner"]), opens=("vehicle", facts["vehicle_id"]), has_time=False)


def _role(facts: Facts) -> Told:
    role = gettext(ROLES[facts["role"]])
    title = gettext("%(role)s no more") % {"role": role} if facts["ended"] else role
    return Told(title, joined(facts["car"], facts["owner"]), opens=("vehicle", facts["vehicle_id"]), has_time=False)


def _event(facts: Facts) -> Told:
    title = gettext(EVENTS.get(str(facts["kind"]), str(facts["kind"])))
    return Told(title, facts["car"], opens=("vehicle", facts["vehicle_id"]), has_time=False)


def _reading(facts: Facts) -> Told:
    return Told(gettext("Mileage"), joined(formats.kilometres(facts["km"]), facts["car"]), has_time=False)


timeline_kinds.add(
    TimelineKind(
        code="owners",
        title=_("Owners"),
        icon="car",
        # The beginning and the end are two items of one row.
        source="vehicles_ownership t, LATERAL (VALUES (0, t.owned_from), (1, t.owned_until)) side(number, on_day)",
        id="t.id * 2 + side.number",
        at=day_at("side.on_day"),
        where="side.on_day IS NOT NULL",
        facts=f"""SELECT jsonb_build_object('ended', found.id %% 2 = 1, 'vehicle_id', v.id, 'car', {CAR},
                         'owner', c.full_name)
                    FROM vehicles_ownership o JOIN vehicles_vehicle v ON v.id = o.vehicle_id
                    JOIN customers_customer c ON c.id = o.customer_id WHERE o.id = found.id / 2""",  # noqa: S608 - our own names
        told=_ownership,
        of=BOTH,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="roles",
        title=_("Drivers and payers"),
        icon="steering-wheel",
        source="vehicles_carrole t, LATERAL (VALUES (0, t.since), (1, t.until)) side(number, on_day)",
        id="t.id * 2 + side.number",
        at=day_at("side.on_day"),
        where="side.on_day IS NOT NULL",
        facts=f"""SELECT jsonb_build_object('ended', found.id %% 2 = 1, 'vehicle_id', v.id, 'car', {CAR},
                         'role', r.role, 'owner', c.full_name)
                    FROM vehicles_carrole r JOIN vehicles_vehicle v ON v.id = r.vehicle_id
                    JOIN customers_customer c ON c.id = r.customer_id WHERE r.id = found.id / 2""",  # noqa: S608 - as above
        told=_role,
        of=BOTH,
    )
)
# What became known of a car while the customer owned it.
_HIS = """(SELECT e.*, o.customer_id FROM {table} e LEFT JOIN vehicles_ownership o
            ON o.vehicle_id = e.vehicle_id AND (o.owned_from IS NULL OR o.owned_from <= e."on")
           AND (o.owned_until IS NULL OR o.owned_until > e."on")) t"""
timeline_kinds.add(
    TimelineKind(
        code="car_events",
        title=_("Events of the car"),
        icon="car-garage",
        source=_HIS.format(table="vehicles_vehicleevent"),
        at=day_at('t."on"'),
        facts=f"""SELECT jsonb_build_object('kind', e.kind, 'vehicle_id', v.id, 'car', {CAR})
                    FROM vehicles_vehicleevent e JOIN vehicles_vehicle v ON v.id = e.vehicle_id
                   WHERE e.id = found.id""",  # noqa: S608 - as above
        told=_event,
        of=BOTH,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="readings",
        title=_("Mileage"),
        icon="gauge",
        source=_HIS.format(table="vehicles_odometerreading"),
        at=day_at('t."on"'),
        facts=f"""SELECT jsonb_build_object('km', e.km, 'car', {CAR})
                    FROM vehicles_odometerreading e JOIN vehicles_vehicle v ON v.id = e.vehicle_id
                   WHERE e.id = found.id""",  # noqa: S608 - as above
        told=_reading,
        of=BOTH,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="car_files",
        title=_("Photos and documents of the car"),
        icon="photo",
        # Of the owner of that day.
        source="""(SELECT f.id, f.at, f.vehicle_id, o.customer_id FROM vehicles_vehiclefile f
            LEFT JOIN vehicles_ownership o ON o.vehicle_id = f.vehicle_id
              AND (o.owned_from IS NULL OR o.owned_from <= f.at::date)
              AND (o.owned_until IS NULL OR o.owned_until > f.at::date)) t""",
        at="t.at",
        facts=file_facts("vehicles_vehiclefile"),
        told=file_told,
        of=BOTH,
    )
)
timeline_kinds.add(
    TimelineKind(
        code="car_edits",
        title=_("Changes of the car's card"),
        icon="history",
        # Nobody's: who sees the car sees what was said of it.
        source="(SELECT id, at, subject_id::bigint AS vehicle_id FROM accounts_auditrecord"
        " WHERE subject = 'vehicle' AND subject_id = %(subject)s::text AND action = 'change') t",
        at="t.at",
        facts=f"""SELECT jsonb_build_object('action', c.action, 'who', {WHO.format(table="c")},
                         'fields', coalesce(c.fields, jsonb_build_object()))
                    FROM accounts_auditrecord c WHERE c.id = found.id""",  # noqa: S608 - as above
        told=edit_told,
        of=frozenset({"vehicle"}),
        scope="all",
        quiet=True,
    )
)
