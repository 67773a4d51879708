"""A dealership with one of everything, so that every page and every form has something to show."""

import uuid
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from tests import desks, own_fields, people
from tests import factories as make
from tests.merge_work import DOT

from vernost.accounts import tokens
from vernost.accounts.models import AccessRole, ApiToken, CalendarDay, LegalEntity, ListView, Source
from vernost.automation.models import Delivery, DeliveryTry, Webhook
from vernost.calls.operations import ensure_decline_reasons
from vernost.contacts.models import Interaction
from vernost.core.actor import Role, system
from vernost.core.custom_fields import targets
from vernost.customers import operations as customers
from vernost.customers.models import (
    AdvisorAttachment,
    ConsentText,
    ContactPerson,
    CustomerMerge,
    CustomerNote,
    DuplicatePair,
)
from vernost.customers.operations import attached
from vernost.customers.queries import fields as field_queries
from vernost.customers.rules.consents import Purpose, Way
from vernost.intake.models import ImportedFile, ImportRun, QuarantinedRow
from vernost.privacy.models import Erasure
from vernost.reports.models import PivotView, PriceTest
from vernost.segments.models import Segment, SegmentMember
from vernost.vehicles.models import CarRole

KINDS = ("text", "long_text", "whole", "decimal", "money", "day", "flag", "phone", "link", "file")
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def built():  # noqa: PLR0915 - one of everything
    """Make the rows; return who sees everything, and the value of every argument that an address may have."""
    boss = people.user(Role.ADMINISTRATOR, username="boss", first_name="Ольга", last_name="Главная")
    actor, now = boss.as_actor(), timezone.now()
    company = LegalEntity.objects.create(name="ООО Автодом", inn="7700000000")
    kazan = make.branch(name="Казань", bays=2, open_at=time(0), close_at=time(0), legal_entity=company)
    samara = make.branch(name="Самара", bays=1)
    advisor = make.advisor(branch=kazan, name="Алия")
    other_user = people.user(Role.OPERATOR, kazan, username="anna", first_name="Анна")
    ensure_decline_reasons()
    # The desk calls today, whatever day it is.
    CalendarDay.objects.filter(on=timezone.localdate()).delete()

    owner = make.customer(name="Иванов Сергей Петрович", city="Казань", advisor=advisor)
    wife = make.customer(name="Иванова Анна", phones=("+79030000001",))
    firm = make.customer(name="ООО Вектор", phones=("+79030000002",), kind="company")
    car = desks.driven_car(owner, engine="1.5T", vin="XTA210930Y0000001")
    desks.jolion_plan(labour_hours="1.4")
    customers.join_household(customer_id=owner.pk, other_id=wife.pk, actor=actor, now=now)
    customers.refresh_search_keys(customer_ids=[owner.pk, wife.pk, firm.pk])
    CustomerNote.objects.create(customer=owner, at=now, actor=actor.code, user=boss, text="Ключи у жены")
    order = make.order(
        branch=kazan, customer=owner, vehicle=car, advisor=advisor, amount=900, cost=400, lines=[("Масло", 900)]
    )
    programme = make.programme(code="service", title="Очередное ТО", script="# Начало\n{{ name }}", **desks.ALL_DAY)
    invitation = desks.due_by_km(programme=programme, branch=kazan, customer=owner, vehicle=car)
    at = now + timedelta(days=1)
    appointment = make.appointment(branch=kazan, starts_at=at, customer=wife, note="Шум справа")
    spoken = Interaction.objects.create(
        customer=owner, vehicle=car, at=now, on=now.date(), channel="call", direction="in", text="Спрашивал о цене"
    )

    merged = make.customer(name="Иванов С.", phones=(), merged_into=owner)
    merge = CustomerMerge.objects.create(survivor=owner, gone=merged, at=now, on=now.date(), actor=actor.code)
    twin = make.customer(name="Иванов Сергей", phones=("+79030000003",))
    pair = DuplicatePair.objects.create(left=owner, right=twin, score=0.97, agreement={"family": 7.0}, found_at=now)
    person = ContactPerson.objects.create(customer=firm, name="Пётр", position="Директор", since=date(2026, 1, 1))
    role = CarRole.objects.create(vehicle=car, customer=wife, role="driver", actor=actor.code)
    attachment = AdvisorAttachment.objects.create(
        customer=owner, advisor=advisor, on=now.date(), at=now, actor=actor.code
    )
    text = ConsentText.objects.create(
        code="adverts", version=1, title="Реклама", body="Согласен", purposes=["advertising"], channels=["calls"],
        from_on=date(2026, 1, 1),
    )  # fmt: skip
    erasure = Erasure.objects.create(at=now, actor=actor.code, reason="demand", document="№ 1", customers=[10**9])

    colours = own_fields.listed("Красный", "Синий")
    for kind in KINDS:
        own_fields.made(f"Поле {kind}", kind)
    own_fields.made("Цвет", "choice", directory_id=colours.pk)
    for target in ("vehicle", "order", "deal"):
        own_fields.made("Пометка", "text", target=target)
    field = field_queries.definitions("customer")[0]
    photo = attached.attach(
        target=targets["customer"], record_id=owner.pk, name="1.png", content=DOT, actor=actor, now=now
    )
    said = customers.Said(
        Purpose.ADVERTISING, {"sms": True}, Way.PAPER, now.date(), scan=customers.Scan("анкета.png", DOT)
    )
    line = customers.record_statement(customer_id=owner.pk, said=said, actor=actor, now=now)
    own_fields.put(owner, x_pole_text="Гольф", x_pole_long_text="Две\nстроки")

    segment = Segment.objects.create(
        code="best", title="Лучшие", rule={}, created_at=now, changed_at=now, size=1, counted_for=now.date()
    )
    SegmentMember.objects.create(segment=segment, customer=owner, since=now.date())
    view = ListView.objects.create(list_code="customers", title="Мои", owner=boss, columns=["name"])
    PivotView.objects.create(title="Выручка", owner=boss, address="rows=branch", saved_at=now)
    test = PriceTest.objects.create(
        title="Час дороже", owner=boss, draw="branches", price_before=Decimal(3000), price_trial=Decimal(3300),
        starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 30), guardrail=Decimal(5), created_at=now,
    )  # fmt: skip
    test.test_branches.set([kazan])
    test.control_branches.set([samara])

    source = Source.objects.get_or_create(code="dms")[0]
    run = ImportRun.objects.create(source=source, name="customers.csv", state="done", actor=actor.code, started_at=now)
    file = ImportedFile.objects.create(
        run=run, name="customers.csv", kind="customers", position=1, state="done", quarantined=1
    )
    row = QuarantinedRow.objects.create(
        file=file, source=source, kind="customers", line=2, column="birth_date", value="31.02.1980",
        reason="bad_date", row={"id": "7", "full_name": "Петров", "birth_date": "31.02.1980"}, seen_at=now,
    )  # fmt: skip
    entry = tokens.TokenEntry(
        name="1C", scopes=frozenset(tokens.Scope), all_branches=True, branch_ids=frozenset(), calls_per_minute=600
    )
    tokens.make_token(entry=entry, actor=system("tests"), now=now)
    token = ApiToken.objects.latest("pk")
    webhook = Webhook.objects.create(
        name="Сайт", url="https://example.com/in", events=["appointment.booked"], all_branches=True, key=b"1",
        created_at=now,
    )  # fmt: skip
    delivery = Delivery.objects.create(
        webhook=webhook, message_id=uuid.uuid4(), event="appointment.booked", body="{}", state="dead",
        made_at=now, due_at=now, tries=1, ended_at=now,
    )  # fmt: skip
    DeliveryTry.objects.create(delivery=delivery, at=now, status=500, answer="сломано")
    access = AccessRole.objects.create(code="cashier", kind=Role.MANAGER, title="Кассир", grants={"fields": []})
    value = colours.values.order_by("pk")[0]
    return boss, {
        "on": now.date(), "year": now.year, "name": "lease_minutes", "kind": "customers", "source": "dms",
        "what": "confirm", "key": "6f0f5f0c-5d6e-4d0e-9a52-7a8f5b1c3d10", "r": 1, "m": 1, "target": "customer",
        "list_code": "customers", "role": "manager", "code": access.code, "customer_id": owner.pk,
        "vehicle_id": car.pk, "invitation_id": invitation.pk, "appointment_id": appointment.pk,
        "branch_id": kazan.pk, "user_id": other_user.pk, "token_id": token.pk, "webhook_id": webhook.pk,
        "delivery_id": delivery.pk, "run_id": run.pk, "row_id": row.pk, "programme_id": programme.pk,
        "test_id": test.pk, "pair_id": pair.pk, "merge_id": merge.pk, "view_id": view.pk, "order_id": order.pk,
        "address_id": owner.addresses.get().pk, "person_id": person.pk, "role_id": role.pk,
        "attachment_id": attachment.pk, "text_id": text.pk, "company_id": company.pk, "erasure_id": erasure.pk,
        "field_id": field.id, "directory_id": colours.pk, "value_id": value.pk, "segment_id": segment.pk,
        "record_id": owner.pk, "attached_id": photo, "entry_id": line.pk, "interaction_id": spoken.pk,
    }  # fmt: skip


# Words that the program chooses among: a person never types them.
_CHOSEN = frozenset(
    {"code", "kind", "state", "role", "timezone", "zone", "actor", "metric", "kpi", "outcome", "channel", "purpose"}
    | {"way", "status", "language", "density", "list_code", "sort", "draw", "event", "anchor", "from_state", "to_state"}
    | {
        "payer",
        "password",
        "how",
        "target",
        "subject",
        "action",
        "decided_by",
        "undone_by",
        "direction",
        "segment_code",
    }
    | {"subject_id", "path", "url", "sort_key", "key", "gender", "decline_reason", "hash", "reference", "login"}
    | {"waits_for_kind", "waits_for_key", "error", "reason", "failure", "id"}
)


def fill(text):
    """Put a text into every column of every table that holds words of people; return how many columns took it."""
    filled = 0
    for model in apps.get_models():
        if not model.__module__.startswith("vernost.") or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.TextField | models.CharField) and not isinstance(field, models.SlugField)
            if not is_text or field.choices or field.name in _CHOSEN or field.primary_key:
                continue
            said = text if not field.max_length else text[: field.max_length]
            # Two rows with one text are told apart where they must be.
            value = (
                Concat(Value(said[: -6 or None] if field.unique else said), Cast("pk", models.TextField()))
                if field.unique
                else Value(said)
            )
            try:
                with transaction.atomic():
                    filled += 1 if model._base_manager.update(**{field.name: value}) else 0
            except IntegrityError:
                with transaction.atomic(), suppress(IntegrityError):
                    first = model._base_manager.order_by("pk").values_list("pk", flat=True)[:1]
                    filled += model._base_manager.filter(pk__in=list(first)).update(**{field.name: value})
    return filled
