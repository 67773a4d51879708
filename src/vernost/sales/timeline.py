"""What this subject puts on the timeline: deals."""

from django.utils.translation import gettext

from vernost.core import formats
from vernost.core.i18n import _
from vernost.core.timeline import BOTH, Facts, TimelineKind, Told, day_at, joined, timeline_kinds

KINDS = {"new": _("A new car"), "used": _("A used car"), "trade_in": _("Trade-in")}
STATUSES = {"open": _("Deal is open"), "won": _("Deal is closed"), "lost": _("Deal is lost")}


def _deal(facts: Facts) -> Told:
    status = gettext(STATUSES[facts["status"]])
    return Told(
        f"{gettext(KINDS[facts['kind']])} · {facts['number']}",
        joined(facts["car"], status, facts["branch"], facts["manager"]),
        amount=formats.roubles(facts["amount"]) if facts["amount"] else "",
        opens=("vehicle", facts["vehicle_id"]) if facts["vehicle_id"] else None,
        has_time=False,
    )


timeline_kinds.add(
    TimelineKind(
        code="deals",
        title=_("Deals"),
        icon="heart-handshake",
        source="sales_deal t",
        at=day_at("coalesce(t.closed_on, t.opened_on)"),
        where="coalesce(t.closed_on, t.opened_on) IS NOT NULL",
        facts="""SELECT jsonb_build_object('number', coalesce(d.external_id, d.id::text), 'kind', d.kind,
                        'status', d.status, 'car', concat_ws(' ', v.make, v.model, nullif(v.plate, '')),
                        'vehicle_id', v.id,
                        'branch', coalesce(b.name, ''), 'manager', coalesce(e.name, ''), 'amount', d.amount)
                   FROM sales_deal d LEFT JOIN vehicles_vehicle v ON v.id = d.vehicle_id
                   LEFT JOIN accounts_branch b ON b.id = d.branch_id
                   LEFT JOIN accounts_employee e ON e.id = d.manager_id WHERE d.id = found.id""",
        told=_deal,
        of=BOTH,
        scope="branch",
        fields="deal",
    )
)
