"""The pages of consents and personal data: who may, what is written, what the papers have."""

import hashlib
import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests import factories as make
from tests import people
from tests.uploads import PDF, photo

from vernost.accounts.models import LegalEntity
from vernost.core.actor import Role, system
from vernost.core.papers import Paper
from vernost.customers import operations
from vernost.customers.models import ConsentEntry, ConsentStatement, ConsentText, Customer
from vernost.customers.operations import Said
from vernost.customers.queries import ledger
from vernost.customers.rules.consents import Purpose, Way
from vernost.files.models import StoredFile
from vernost.files.queries import path_of
from vernost.privacy import papers, queries
from vernost.privacy.models import Erasure
from vernost.privacy.operations import erase_customer

pytestmark = pytest.mark.django_db

NOW = make.at(12)
YES = Said(Purpose.ADVERTISING, {"calls": True, "sms": True}, Way.PAPER, date(2026, 3, 1), "Анкета 17")


def say(customer, said=YES):
    return operations.record_statement(customer_id=customer.pk, said=said, actor=system("tests"), now=NOW)


def at(name, *args):
    return reverse(f"office:{name}", args=args)


@pytest.fixture
def customer():
    return make.customer(name="Иванов Сергей Петрович")


FORM = {
    "purpose": "advertising",
    "channels": ["sms", "email"],
    "answer": "given",
    "way": "paper",
    "on": "2026-03-05",
    "evidence": "Анкета 18",
    "text": "",
    "legal_entity": "",
}


def test_a_manager_writes_down_what_was_said(client, customer):
    people.signed_in(client)
    answer = client.post(at("customer-consents", customer.pk), FORM, follow=True)
    assert answer.status_code == 200
    assert list(ConsentStatement.objects.values_list("on", "sms", "email", "calls", "origin")) == [
        (date(2026, 3, 5), True, True, None, "paper")
    ]
    refused = client.post(at("customer-consents", customer.pk), {**FORM, "evidence": ""})
    assert (refused.status_code, "только с подтверждением" in refused.content.decode()) == (422, True)
    client.post(at("customer-consents", customer.pk), {**FORM, "purpose": "processing", "channels": []})
    assert ConsentEntry.objects.filter(purpose="processing", whole=True).count() == 1
    client.post(at("consents-withdraw", customer.pk), {"evidence": "Заявление 3"})
    assert ConsentEntry.objects.filter(evidence="Заявление 3").count() == 3
    assert {mark.level for mark in client.get(at("customer", customer.pk)).context["consents"][0].marks} == {"bad"}


def test_the_page_shows_the_state_of_any_day(client, customer, django_assert_max_num_queries):
    people.signed_in(client)
    say(customer)
    say(customer, Said(Purpose.ADVERTISING, {"sms": False}, Way.CALL, date(2026, 4, 1)))
    operations.seal_consents(now=NOW)

    def marks(on):
        purposes = client.get(at("customer-consents", customer.pk), {"on": on}).context["consents"]
        return [(mark.words, mark.on, mark.source) for mark in purposes[0].marks]

    first = ("звонки: да", date(2026, 3, 1), "на бумаге · Анкета 17")
    assert marks("2026-02-28") == []
    assert marks("2026-03-31") == [first, ("SMS: да", date(2026, 3, 1), "на бумаге · Анкета 17")]
    assert marks("2026-04-01")[1][1:] == (date(2026, 4, 1), "по телефону")
    with django_assert_max_num_queries(20):
        page = client.get(at("customer-consents", customer.pk))
    assert [(line.number, line.holds) for line, _words, _way in page.context["lines"]] == [(2, True), (1, True)]


def test_papers_are_given_to_who_may(client, customer):
    say(customer)
    names = ("consents-proof", "customer-copy")
    people.signed_in(client, Role.OPERATOR)
    assert [client.get(at(name, customer.pk)).status_code for name in names] == [403, 403]
    kazan = make.branch(name="Kazan")
    people.signed_in(client, Role.MANAGER, kazan)
    assert [client.get(at(name, customer.pk)).status_code for name in names] == [404, 404]
    make.order(customer=customer, branch=kazan)
    answers = [client.get(at(name, customer.pk)) for name in names]
    assert [answer.content[:5] for answer in answers] == [b"%PDF-"] * 2
    assert answers[0]["Cache-Control"] == "no-store"
    copy = json.loads(client.get(at("customer-copy", customer.pk), {"format": "json"}).content)
    assert copy["tables"]["customers_consententry"][0]["evidence"] == "Анкета 17"


def test_the_proof_has_words_evidence_and_hashes(customer, settings):
    text = ConsentText.objects.create(
        code="ad",
        version=2,
        title="Согласие на рекламу",
        body="Я согласен получать рекламу.",
        purposes=["advertising"],
        channels=["calls", "sms"],
        from_on=date(2026, 1, 1),
    )
    say(customer, Said(YES.purpose, YES.answers, YES.way, YES.on, YES.evidence, "17-А", text.pk))
    operations.seal_consents(now=NOW)
    paper = papers.evidence_pack(
        system("tests"), customer.pk, customer.full_name, now=NOW, zone=ZoneInfo(settings.TIME_ZONE)
    )
    assert isinstance(paper, Paper)
    [section] = paper.sections
    facts = dict(section.facts)
    assert section.words == "Я согласен получать рекламу."
    assert facts["Что сказано"] == "звонки: дано; SMS: дано"
    assert (facts["Действует с"], facts["Как"], facts["Подтверждение"], facts["Ссылка"]) == (
        "01.03.2026",
        "на бумаге",
        "Анкета 17",
        "17-А",
    )
    assert facts["Текст"] == "Согласие на рекламу · 2"
    assert facts["Проверка"] == "совпадает с тем, что включено в цепочку"
    assert len(facts["Хеш заявления"]) == 64
    assert dict(paper.facts)["Цепочка хешей"] == "сходится, проверено звеньев: 1"
    assert papers.pdf(paper).startswith(b"%PDF-")


def test_a_scan_is_sealed_shown_proved_and_goes_with_the_person(client, customer, settings, tmp_path):
    settings.MEDIA_ROOT = settings.DATA_DIR = tmp_path
    people.signed_in(client, Role.ADMINISTRATOR)
    page = at("customer-consents", customer.pk)
    for name, content in (("анкета.jpg", photo()), ("договор.pdf", PDF)):
        client.post(page, {**FORM, "evidence": "", "file": SimpleUploadedFile(name, content)})
    refused = client.post(page, {**FORM, "file": SimpleUploadedFile("анкета.pdf", b"<html>")})
    assert (refused.status_code, ConsentEntry.objects.count()) == (422, 2)
    operations.seal_consents(now=NOW)
    form, contract = ConsentEntry.objects.order_by("pk")
    assert (form.file.name, form.file_sha256) == (
        "анкета.jpg",
        hashlib.sha256(path_of(form.file_id).read_bytes()).hexdigest(),
    )
    assert ledger.payload(form)["file"] == form.file_sha256
    scan = client.get(at("consent-scan", customer.pk, contract.pk))
    assert (scan.content, scan["Content-Type"]) == (PDF, "application/pdf")
    lines = client.get(page).context["lines"]
    assert [(line.file.name, line.holds) for line, *_words in lines] == [("договор.pdf", True), ("анкета.jpg", True)]
    paper = papers.evidence_pack(system("tests"), customer.pk, "", now=NOW, zone=ZoneInfo(settings.TIME_ZONE))
    assert [[(file.kind, file.name) for file in section.files] for section in paper.sections] == [
        [("pdf", f"{contract.pk} договор.pdf")],
        [("jpeg", f"{form.pk} анкета.jpg")],
    ]
    made = papers.pdf(paper)
    assert (b"/EmbeddedFile" in made, b"/Image" in made) == (True, True)
    copy = json.loads(client.get(at("customer-copy", customer.pk), {"format": "json"}).content)
    assert [row["file"] for row in copy["tables"]["customers_consententry"]] == ["анкета.jpg", "договор.pdf"]

    path_of(form.file_id).write_bytes(photo(size=(10, 10)))
    assert ledger.altered_scans() == [form.pk]
    assert [line.holds for line, *_words in client.get(page).context["lines"]] == [True, False]
    assert (
        "ОТЛИЧАЕТСЯ"
        in dict(
            papers.evidence_pack(system("tests"), customer.pk, "", now=NOW, zone=ZoneInfo("UTC")).sections[1].facts
        )["Скан"]
    )
    erase_customer(customer_id=customer.pk, reason="demand", actor=system("tests"), now=NOW)
    assert not StoredFile.objects.exists()
    assert ledger.check().holds


def test_texts_get_a_new_version_once_they_were_used(client, customer):
    people.signed_in(client)
    form = {
        "title": "Реклама",
        "body": "Согласен.",
        "purposes": ["advertising"],
        "channels": ["calls", "sms"],
        "from_on": "2026-01-01",
        "legal_entity": "",
    }
    client.post(at("consent-text-add"), form)
    text = ConsentText.objects.get()
    client.post(at("consent-text", text.pk), {**form, "body": "Согласен!"})
    assert list(ConsentText.objects.values_list("version", "body")) == [(1, "Согласен!")]
    say(customer, Said(YES.purpose, YES.answers, YES.way, YES.on, YES.evidence, "", text.pk))
    client.post(at("consent-text", text.pk), {**form, "body": "Другое."})
    versions = list(ConsentText.objects.order_by("version").values_list("code", "version", "body"))
    assert versions == [(text.code, 1, "Согласен!"), (text.code, 2, "Другое.")]
    both = client.post(at("consent-text-add"), {**form, "purposes": ["advertising", "processing"]})
    assert (both.status_code, "отдельный документ" in both.content.decode()) == (422, True)
    client.post(at("consent-text-archive", text.pk))
    assert ConsentText.objects.get(pk=text.pk).archived_at is not None


def test_companies_are_for_administrators_of_the_group(client):
    kazan = make.branch(name="Kazan")
    people.signed_in(client, Role.MANAGER)
    assert client.get(at("company-add")).status_code == 403
    people.signed_in(client, Role.ADMINISTRATOR, kazan)
    assert client.get(at("company-add")).status_code == 403
    people.signed_in(client, Role.ADMINISTRATOR)
    client.post(at("company-add"), {"name": "ООО Волга", "inn": "1655000000", "branches": [kazan.pk]})
    company = LegalEntity.objects.get()
    kazan.refresh_from_db()
    assert (company.name, kazan.legal_entity_id) == ("ООО Волга", company.pk)
    client.post(at("company-archive", company.pk))
    assert LegalEntity.objects.get().archived_at is not None


def test_an_administrator_erases_after_a_second_look(client, customer, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    people.signed_in(client, Role.MANAGER)
    assert client.get(at("customer-erase", customer.pk)).status_code == 403
    people.signed_in(client, Role.ADMINISTRATOR)
    page = client.get(at("customer-erase", customer.pk))
    assert (page.context["cards"], page.context["cars"], page.context["tables"][0]) == (1, 0, ("Карточка", 1))
    form = {"reason": "demand", "document": "№ 5", "number": "1234567"}
    assert client.post(at("customer-erase", customer.pk), form).status_code == 422
    assert not Erasure.objects.exists()
    answer = client.post(at("customer-erase", customer.pk), {**form, "number": customer.pk}, follow=True)
    assert answer.context["row"].customers == [customer.pk]
    assert client.get(at("customer", customer.pk)).status_code == 404
    assert Customer.objects.get(pk=customer.pk).full_name == ""
    act = client.get(at("erasure-act", Erasure.objects.get().pk))
    assert act.content.startswith(b"%PDF-")


def test_what_is_due_is_counted_and_nothing_is_deleted(client, django_assert_max_num_queries):
    people.signed_in(client)
    old = make.customer(name="Старый", created_on=date(2020, 1, 1))
    make.customer(name="Новый", created_on=date(2026, 11, 1))
    came = make.customer(name="Приезжал", created_on=date(2015, 1, 1))
    make.order(customer=came, opened_on=date(2016, 1, 1))
    left = make.customer(name="Отозвал", created_on=date(2026, 11, 1))
    no = Said(Purpose.PROCESSING, {"whole": False}, Way.PAPER, date(2026, 1, 1))
    say(left, no)
    found = {row.code: (row.count, row.customers) for row in queries.due(date(2026, 11, 24))}
    assert found == {
        "withdrawn": (1, [left.pk]),
        "strangers": (1, [old.pk]),
        "gone": (1, [came.pk]),
        "words": (0, []),
        "answers": (0, []),
        "quarantine": (0, []),
    }
    with django_assert_max_num_queries(20):
        page = client.get(at("personal-data"))
    assert page.status_code == 200
    assert Customer.objects.filter(erased_at=None).count() == 4
