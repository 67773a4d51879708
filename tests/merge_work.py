"""What may happen to a card between merges: each way in which a row comes to belong to a customer, and words of his.

A happening gets the history and a card. What a source brings names the card by the source's key, whatever became of
it; what a person does is done on the card that is shown. It returns whose a new row is that a source has brought,
by the code of the reference; all other rows belong to the card on which they were made.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from django.utils.timezone import localdate
from PIL import Image
from tests import factories as make
from tests.own_fields import made

from vernost.accounts.models import Branch, Employee, Source
from vernost.care.models import SurveyAnswer
from vernost.contacts.models import Interaction
from vernost.core.custom_fields import targets
from vernost.customers import operations
from vernost.customers.models import AdvisorAttachment, ConsentStatement
from vernost.customers.operations import Said, attached, field_values
from vernost.customers.operations.editing import CardEntry, PersonEntry
from vernost.customers.rules.consents import CHANNELS, Purpose, Way
from vernost.invitations.models import CampaignMember, Cycle, Decision, Invitation, Programme
from vernost.sales.models import Deal
from vernost.segments.models import Segment, SegmentMember, SegmentMove
from vernost.vehicles.models import CarRole, Ownership
from vernost.workshop.models import Appointment, PartOrder, RepairOrder

CITIES = ("", "Казань", "Москва", "Уфа")
PHONES = ("+79170000001", "+79170000002", "+79170000003", "+79170000004")
_number = count(1)


@dataclass(frozen=True)
class Base:
    """What belongs to nobody: a source, a branch, a programme, segments, fields."""

    source: Source
    branch: Branch
    programme: Programme
    advisors: list[Employee]
    segments: list[Segment]
    fields: list
    photo: object

    @classmethod
    def made(cls, seed: int, now: datetime) -> "Base":
        branch = make.branch()
        kept = {"created_at": now, "changed_at": now, "rule": {}}
        return cls(
            source=Source.objects.get_or_create(code="dms")[0],
            branch=branch,
            programme=make.programme(code=f"history-{seed}-{next(_number)}"),
            advisors=[make.advisor(branch=branch, name=name) for name in ("Ильин", "Котов")],
            segments=[Segment.objects.create(code=f"s{next(_number)}", title="S", **kept) for _number_of in range(2)],
            fields=[made(f"Поле {number}", "text") for number in range(2)],
            photo=made("Фото", "file"),
        )


def _dot() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (1, 1)).save(kept, "PNG")
    return kept.getvalue()


DOT = _dot()


# What a source brings, with the id of the card


def buys(history, card):
    car = make.vehicle(plate="")
    Ownership.objects.create(vehicle=car, customer_id=card, owned_from=localdate(history.now))
    operations.follow_merges()
    return {"vehicles_ownership.customer_id": card}


def sells(history, card):
    """Resale closes an ownership and moves no history."""
    owned = [pk for (code, pk), row in history.rows.items() if code.startswith("vehicles_own") and row.home == card]
    known = Ownership.objects.filter(pk__in=owned, owned_until=None, owned_from__lt=localdate(history.now))
    standing = known.order_by("pk").first()
    if standing is None:
        return None
    today, other = localdate(history.now), history.random.choice(list(history.cards))
    Ownership.objects.filter(pk=standing.pk).update(owned_until=today)
    Ownership.objects.create(vehicle_id=standing.vehicle_id, customer_id=other, owned_from=today)
    operations.follow_merges()
    return {"vehicles_ownership.customer_id": other}


def _brought(history, card):
    return {"source": history.base.source, "external_id": f"x{next(_number)}", "customer_id": card}


def _any_car(history):
    return history.random.choice([None, *sorted(history.cars_of(list(history.cards)))])


def order_comes(history, card):
    today = localdate(history.now)
    named = {**_brought(history, card), "vehicle_id": _any_car(history)}
    RepairOrder.objects.create(opened_on=today, status="open", **named)
    operations.follow_merges()
    return {"workshop_repairorder.customer_id": card}


def deal_comes(history, card):
    Deal.objects.create(status="open", vehicle_id=_any_car(history), **_brought(history, card))
    operations.follow_merges()
    return {"sales_deal.customer_id": card}


def answer_comes(history, card):
    today = localdate(history.now)
    SurveyAnswer.objects.create(answered_at=history.now, answered_on=today, score=9, **_brought(history, card))
    operations.follow_merges()
    return {"care_surveyanswer.customer_id": card}


def record_speaks(history, card):
    """What the import of a customer's record does to his statements."""
    said = {channel: history.random.random() < 0.5 for channel in CHANNELS}
    on = localdate(history.now)
    ConsentStatement.objects.update_or_create(customer_id=card, origin="import", on=on, defaults=said)
    operations.take_imported(reference="import:1", actor=history.actor, now=history.now)
    operations.follow_merges()
    before = [line for line in history.cards[card].lines if line[-1] is Way.IMPORT][-1:]
    if [(line[2], line[3]) for line in before] != [(said, on)]:
        history.said(card, Purpose.ADVERTISING, said, Way.IMPORT)


# What people do on the card that is shown


def _here(history, card):
    """Return the shown card and a car of it, or none."""
    shown = history.shown(card)
    return {"customer_id": shown, "vehicle_id": history.random.choice([None, *_cars(history, shown)])}


def _cars(history, shown):
    return sorted(history.cars_of(history.group(shown)))


def books(history, card):
    Appointment.objects.create(starts_at=history.now, starts_on=localdate(history.now), **_here(history, card))


def opens_an_order(history, card):
    RepairOrder.objects.create(opened_on=localdate(history.now), status="open", **_here(history, card))


def orders_a_part(history, card):
    PartOrder.objects.create(name="Фара", **_here(history, card))


def opens_a_deal(history, card):
    Deal.objects.create(status="open", **_here(history, card))


def calls(history, card):
    on = localdate(history.now)
    Interaction.objects.create(at=history.now, on=on, channel="call", direction="out", **_here(history, card))


def invites(history, card):
    here, on, programme = _here(history, card), localdate(history.now), history.base.programme
    if here["vehicle_id"] is None:
        return
    dated = {"due_on": on, "anchor": f"order:{next(_number)}", "programme": programme, **here}
    cycle = Cycle.objects.create(bucket=1, held_out=False, started_on=on, **dated)
    Invitation.objects.create(cycle=cycle, created_for=on, reason="months", **dated)


def decides(history, card):
    """The night decides of both of two cards of one car by the same anchor: one of them has a twin."""
    here = _here(history, card)
    if not history.has("invitations_decision.customer_id", here):
        Decision.objects.create(programme=history.base.programme, anchor="fixed", since=localdate(history.now), **here)


def joins_a_campaign(history, card):
    here = _here(history, card)
    if not history.has("invitations_campaignmember.customer_id", here):
        CampaignMember.objects.create(programme=history.base.programme, **here)


def drives(history, card):
    here = _here(history, card)
    if here["vehicle_id"] is not None and not history.has("vehicles_carrole.customer_id", here):
        CarRole.objects.create(role="driver", actor="tests", **here)


def comes_into_a_segment(history, card):
    shown, segment = history.shown(card), history.random.choice(history.base.segments)
    # The day tells the row: its key has the customer in it.
    since = localdate(history.now).replace(year=1000 + next(_number) % 8000)
    SegmentMember.objects.get_or_create(segment=segment, customer_id=shown, defaults={"since": since})
    SegmentMove.objects.get_or_create(segment=segment, customer_id=shown, on=localdate(history.now), came=True)


def is_attached(history, card):
    own = {"customer_id": history.shown(card), "advisor": history.random.choice(history.base.advisors)}
    dated = {"on": localdate(history.now), "at": history.now, "actor": "tests"}
    AdvisorAttachment.objects.get_or_create(**own, defaults=dated)


def is_noted(history, card):
    operations.add_note(customer_id=history.shown(card), text="Слова", actor=history.actor, now=history.now)


def gets_a_contact_person(history, card):
    entry = PersonEntry("Пётр", phone=f"+7900{next(_number):07}")
    operations.add_contact_person(customer_id=history.shown(card), entry=entry, actor=history.actor, now=history.now)


def moves_in(history, card):
    others = [head for head in history.heads() if head != history.shown(card)]
    if others:
        one, other = history.shown(card), history.random.choice(others)
        try:
            operations.join_household(customer_id=one, other_id=other, actor=history.actor, now=history.now)
        except operations.OtherHousehold:
            operations.leave_household(customer_id=one, actor=history.actor, now=history.now)


def is_edited(history, card):
    shown = history.shown(card)
    city = f"Город {next(_number)}"
    told = {name: history.cards[shown].shown(name) for name in CardEntry.__dataclass_fields__ if name != "blocked"}
    entry = CardEntry(**{**told, "city": city}, blocked=False)
    operations.change_customer(customer_id=shown, entry=entry, actor=history.actor, now=history.now)
    history.cards[shown].write("city", city)


def field_is_written(history, card):
    shown, one = history.shown(card), history.random.choice(history.base.fields)
    value = history.random.choice(["", f"Значение {next(_number)}"])
    said = {one.code: value}
    if field_values.set_values(
        target=targets["customer"], record_id=shown, said=said, actor=history.admin, now=history.now
    ):
        history.cards[shown].write(one.code, (value,) if value else ())


def photo_is_put(history, card):
    shown, code = history.shown(card), history.base.photo.code
    content = history.random.choice([DOT, DOT, None])
    target, who = targets["customer"], {"actor": history.admin, "now": history.now}
    field_values.set_file(target=target, record_id=shown, code=code, name="1.png", content=content, **who)
    held = history.held(shown).get(code, ())
    if held != history.cards[shown].shown(code):
        history.cards[shown].write(code, held)


def photo_is_attached(history, card):
    who = {"actor": history.admin, "now": history.now}
    attached.attach(target=targets["customer"], record_id=history.shown(card), name="1.png", content=DOT, **who)


def address_is_added(history, card):
    shown, value = history.shown(card), history.random.choice(PHONES)
    try:
        operations.add_address(customer_id=shown, kind="phone", value=value, actor=history.actor, now=history.now)
    except operations.AddressTaken:
        return
    history.cards[shown].addresses[value] = {"wrong": None, "checks": frozenset(), "merge": None}


def address_is_told(history, card):
    """Somebody finds a number wrong, or makes sure of it."""
    shown = history.shown(card)
    rows = history.addresses(shown)
    if rows:
        row = history.random.choice(rows)
        told = history.cards[shown].addresses[row.value]
        named = {"customer_id": shown, "address_id": row.pk, "actor": history.actor, "now": history.now}
        if history.random.random() < 0.5:
            operations.mark_address(wrong=True, **named)
            told["wrong"] = localdate(history.now)
        else:
            operations.check_address(how="call", **named)
            told["wrong"], told["checks"] = None, told["checks"] | {history.now}


def speaks(history, card):
    shown = history.shown(card)
    purpose = history.random.choice([Purpose.ADVERTISING, Purpose.CONTACT])
    channels = history.random.sample(CHANNELS, history.random.randint(1, 2))
    answers = {channel: history.random.random() < 0.5 for channel in channels}
    said = Said(purpose, answers, Way.CALL, localdate(history.now), "Запись")
    operations.record_statement(customer_id=shown, said=said, actor=history.actor, now=history.now)
    history.said(shown, purpose, answers, Way.CALL)


HAPPENINGS = (
    buys,
    buys,
    sells,
    order_comes,
    deal_comes,
    answer_comes,
    record_speaks,
    books,
    opens_an_order,
    orders_a_part,
    opens_a_deal,
    calls,
    invites,
    decides,
    joins_a_campaign,
    drives,
    comes_into_a_segment,
    is_attached,
    is_noted,
    gets_a_contact_person,
    moves_in,
    is_edited,
    field_is_written,
    field_is_written,
    photo_is_put,
    photo_is_attached,
    address_is_added,
    address_is_told,
    address_is_told,
    speaks,
    speaks,
)
