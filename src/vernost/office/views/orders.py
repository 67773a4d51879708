"""The card of a repair order: its lines, what was put off, and where it came from."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from vernost.accounts.audit import record_view
from vernost.core.rights import Sensitive
from vernost.invitations.queries.customer import invitation_of_order
from vernost.office.access import OfficeRequest, everybody
from vernost.office.card_blocks import layout_of
from vernost.workshop.queries.order_card import order_card
from vernost.workshop.rules import ORDER_KINDS, ORDER_STATUSES


@everybody
def order(request: OfficeRequest, order_id: int) -> HttpResponse:
    found = order_card(order_id, actor=request.actor)
    record_view(subject="order", subject_id=order_id, actor=request.actor, now=timezone.now())
    values = {
        "order": found,
        "kind": gettext(ORDER_KINDS[found.kind]),
        "status": gettext(ORDER_STATUSES[found.status]),
        "invitation": invitation_of_order(order_id, actor=request.actor),
        "layout": layout_of("order", request.actor),
        "sees_margin": request.actor.shows(Sensitive.MARGIN),
    }
    return render(request, "office/orders/card.html", values)
