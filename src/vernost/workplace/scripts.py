"""The script of a call with the facts that its template may name."""

from typing import Any

from django.utils.translation import gettext

from vernost.accounts.models import User
from vernost.calls.queries import own_facts
from vernost.calls.queries.desk import Subject
from vernost.calls.queries.works import name_of
from vernost.calls.rules import script
from vernost.calls.rules.script import Script, ScriptBroken
from vernost.core import formats
from vernost.core.i18n import Text
from vernost.customers.models import Customer, CustomerKind


def script_of(subject: Subject, operator: User) -> Script:
    """Fill the programme's script; a broken one is shown as it was written, never hidden."""
    source = subject.invitation.programme.script
    try:
        return script.render(source, facts_of(subject, operator) | _own_facts(source, subject, operator))
    except ScriptBroken:
        return script.plain(source)


def facts_of(subject: Subject, operator: User) -> dict[str, Any]:
    invitation = subject.invitation
    car = next((car for car in subject.cars if car.is_subject), None)
    km = car.forecast.predicted_km if car and car.forecast else None
    put_off = [name_of(work) for work in subject.works if work.origin == "deferred"]
    figures = subject.history.figures
    return {
        "name": address_of(invitation.customer),
        "full_name": invitation.customer.full_name,
        "operator": operator.first_name or operator.display_name,
        "branch": invitation.branch.name if invitation.branch else "",
        "branch_phone": formats.phone(invitation.branch.phone) if invitation.branch and invitation.branch.phone else "",
        "car": str(invitation.vehicle) if invitation.vehicle else "",
        "plate": formats.plate(invitation.vehicle.plate) if invitation.vehicle and invitation.vehicle.plate else "",
        "year": invitation.vehicle.year if invitation.vehicle else None,
        "mileage": formats.kilometres(km) if km is not None else "",
        "km": km,
        "reason": words_of(subject.reason),
        "programme": invitation.programme.title,
        "offer": invitation.programme.offer,
        "due": formats.day_long(invitation.due_on),
        "works": ", ".join(put_off),
        "last_visit": formats.day_long(car.forecast.last_visit_on)
        if car and car.forecast and car.forecast.last_visit_on
        else "",
        "days_away": figures.days_away,
    }


def _own_facts(source: str, subject: Subject, operator: User) -> dict[str, str]:
    invitation = subject.invitation
    return own_facts.facts_of(
        source, customer_id=invitation.customer_id, vehicle_id=invitation.vehicle_id, actor=operator.as_actor()
    )


def words_of(text: Text) -> str:
    return gettext(text.source) % text.values if text.values else gettext(text.source)


def address_of(customer: Customer) -> str:
    """Name and patronymic where both are known, as one speaks to a customer; a company by its name."""
    if customer.kind == CustomerKind.COMPANY or not customer.first_name:
        return customer.full_name
    return " ".join(filter(None, [customer.first_name, customer.middle_name]))
