"""A script as the operator will see it: with the facts of a real customer, or of an invented one."""

from typing import Any

from django.utils.translation import gettext

from vernost.calls.queries import own_facts
from vernost.calls.queries.reason import reason_of
from vernost.core import formats
from vernost.core.actor import Actor
from vernost.core.i18n import _
from vernost.customers.models import Customer, CustomerKind
from vernost.facts.queries import forecasts
from vernost.invitations.models import Invitation

# Facts of nobody, for a programme that has invited nobody yet.
INVENTED = {
    "name": _("Sergey Petrovich"),
    "full_name": _("Ivanov Sergey Petrovich"),
    "branch": _("Kazan, Sibirsky Trakt"),
    "reason": _("maintenance is due on 14 December at about 60 000 km"),
    "works": _("front brake pads"),
    "last_visit": _("12 March"),
    "due": _("14 December"),
}


def invented_facts(operator: str, offer: str) -> dict[str, Any]:
    words = {name: gettext(text) for name, text in INVENTED.items()}
    numbers = {"km": 58_300, "mileage": formats.kilometres(58_300), "year": 2022, "days_away": 254}
    car = {"car": "Haval Jolion", "plate": formats.plate("A123BC116"), "branch_phone": formats.phone("+78432000000")}
    return {**words, **numbers, **car, "operator": operator, "offer": offer, "programme": ""}


def facts_of(invitation: Invitation, *, operator: str, offer: str) -> dict[str, Any]:
    forecast = forecasts([invitation.vehicle_id or 0], on=invitation.created_for).get(invitation.vehicle_id or 0)
    reason, branch, car = reason_of(invitation, as_of=invitation.created_for), invitation.branch, invitation.vehicle
    last_visit_on = forecast.last_visit_on if forecast else None
    km = forecast.predicted_km if forecast else None
    return {
        "name": _address_of(invitation.customer),
        "full_name": invitation.customer.full_name,
        "operator": operator,
        "branch": branch.name if branch else "",
        "branch_phone": formats.phone(branch.phone) if branch and branch.phone else "",
        "car": str(car) if car else "",
        "plate": formats.plate(car.plate) if car and car.plate else "",
        "year": car.year if car else None,
        "mileage": formats.kilometres(km) if km is not None else "",
        "km": km,
        "reason": gettext(reason.source) % reason.values if reason.values else gettext(reason.source),
        "programme": invitation.programme.title,
        "offer": offer,
        "due": formats.day_long(invitation.due_on),
        "works": "",
        "last_visit": formats.day_long(last_visit_on) if last_visit_on else "",
        "days_away": (invitation.created_for - last_visit_on).days if last_visit_on else None,
    }


def own_facts_of(source: str, invitation: Invitation | None, actor: Actor) -> dict[str, str]:
    """Return what administrators' fields hold; of nobody, their names."""
    if invitation is None:
        return own_facts.names_of(actor)
    return own_facts.facts_of(source, customer_id=invitation.customer_id, vehicle_id=invitation.vehicle_id, actor=actor)


def _address_of(customer: Customer) -> str:
    if customer.kind == CustomerKind.COMPANY or not customer.first_name:
        return customer.full_name
    return " ".join(filter(None, [customer.first_name, customer.middle_name]))
