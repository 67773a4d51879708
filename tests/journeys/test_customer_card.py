"""A card found, read and changed by the keyboard alone, on every size and theme."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import browser, factories, people

from vernost.core.actor import Role
from vernost.customers.models import CustomerNote
from vernost.customers.operations import join_household, refresh_search_keys
from vernost.facts.models import VehicleState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def advisor(page):
    """Let an advisor with a full customer sit at the page; return the customer."""
    kazan = factories.branch(name="Казань, Сибирский тракт", bays=3)
    anna = factories.advisor(branch=kazan, name="Гарипова Анна")
    reader = people.user(Role.ADVISOR, kazan, employee=anna)
    customer = factories.customer(name="Иванов Сергей Петрович", advisor=anna, city="Казань", address="Баумана, 1")
    wife = factories.customer(name="Иванова Мария", advisor=anna, phones=())
    join_household(customer_id=customer.pk, other_id=wife.pk, actor=reader.as_actor(), now=timezone.now())
    car = factories.vehicle(owner=customer, vin="XZGFF06A0NA123456", year=2022)
    today = timezone.localdate()
    VehicleState.objects.create(
        vehicle=car,
        as_of=today,
        last_reading_on=date(2026, 3, 12),
        last_reading_km=48_200,
        rate_m_per_day=58_300,
        service_due_on=today + timedelta(days=12),
        service_due_from=today,
        service_due_to=today + timedelta(days=40),
    )
    for days, kind in ((400, "maintenance"), (200, "repair"), (20, "tyres")):
        factories.order(
            branch=kazan,
            customer=customer,
            vehicle=car,
            advisor=anna,
            opened_on=today - timedelta(days=days),
            kind=kind,
            lines=[("Замена масла", 12_000), ("Колодки", 9_000, True)],
        )
    factories.appointment(branch=kazan, customer=customer, vehicle=car, starts_at=timezone.now() + timedelta(days=2))
    refresh_search_keys(customer_ids=[customer.pk, wife.pk])
    browser.sign_in(page, reader)
    return customer


def test_a_card_is_found_and_written_on_by_the_keyboard(page, advisor):
    browser.open_page(page, reverse("workplace:reception"))
    page.keyboard.press("Control+KeyK")
    page.keyboard.type("4567")
    page.wait_for_selector("#search [role=option][aria-selected=true] >> text=Иванов Сергей")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('office:customer', args=[advisor.pk])}")
    page.wait_for_selector("html[data-ready]")
    page.wait_for_selector("#figures:not([hx-get])")
    page.wait_for_selector("#risks:not([hx-get])")
    assert browser.check_here(page) == []
    page.keyboard.press("KeyN")
    page.keyboard.type("Ключи у жены")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#history >> text=Ключи у жены")
    assert CustomerNote.objects.get().text == "Ключи у жены"


def test_who_is_known_is_told_while_the_phone_is_typed(page, advisor):
    browser.open_page(page, reverse("office:customer-new"))
    page.fill("#id_phone", "8 917 123-45-67")
    page.wait_for_selector("#matches >> text=Иванов Сергей Петрович")
    assert browser.check_here(page) == []
    page.click("#matches a")
    page.wait_for_url(f"**{reverse('office:customer', args=[advisor.pk])}")
