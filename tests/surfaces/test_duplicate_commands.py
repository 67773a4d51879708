"""`vernost dedupe` on any file, `vernost duplicates` on the base."""

import pytest
from django.utils import timezone
from tests import factories as make
from tests import febrl
from tests.command_line import on_this_database, refused, told

from vernost.accounts.models import AuditRecord, Setting, Source
from vernost.core.actor import system
from vernost.customers import jobs as customers
from vernost.customers import operations
from vernost.customers.models import Customer, CustomerMerge, DuplicatePair
from vernost.workshop.models import RepairOrder

CARDS = """Код;Фамилия;Имя;Телефон
1;Иванов;Сергей;+7 917 123-45-67
2;Иванов;Сергей;8 (917) 123-45-67
3;Петрова;Анна;+7 903 333-44-55
4;Сидоров;Пётр;+7 999 000-11-22
"""


def test_febrl_4_without_the_social_number(tmp_path):
    file = febrl.write(tmp_path / "febrl4.csv")
    found = told("dedupe", str(file), "--id", "rec_id", "--columns", ",".join(febrl.COLUMNS))
    assert set(found) == {"pairs", "seconds"}
    assert all(set(pair) == {"a", "b", "score"} and 0.5 <= pair["score"] <= 1 for pair in found["pairs"])
    assert febrl.f1(found["pairs"]) >= 0.94


def test_a_handful_of_rows_in_another_encoding(tmp_path):
    file = tmp_path / "cards.csv"
    file.write_bytes(CARDS.encode("cp1251"))
    found = told("dedupe", str(file), "--id", "Код", "--columns", "Фамилия,Имя,Телефон")
    assert [(pair["a"], pair["b"]) for pair in found["pairs"]] == [("1", "2")]


def test_nothing_to_compare_is_no_pair(tmp_path):
    file = tmp_path / "cards.csv"
    file.write_text("id,name\n1,Ivanov\n2,Ivanov\n", encoding="utf-8")
    assert told("dedupe", str(file), "--id", "id", "--columns", "name")["pairs"] == []
    file.write_text("id,name\n", encoding="utf-8")
    assert told("dedupe", str(file), "--id", "id", "--columns", "name")["pairs"] == []


def test_what_is_wrong_with_a_file_is_said(tmp_path):
    file = tmp_path / "cards.csv"
    file.write_text("id,name\n1,Ivanov\n1,Petrov\n", encoding="utf-8")
    status, words = refused("dedupe", str(file), "--id", "id", "--columns", "phone")
    assert (status, "cards.csv" in words, "phone" in words, "id, name" in words) == (2, True, True, True)
    status, words = refused("dedupe", str(file), "--id", "id", "--columns", "name")
    assert (status, "«1»" in words or "“1”" in words) == (2, True)
    status, words = refused("dedupe", str(file), "--id", "id", "--columns", " ,")
    assert (status, "Назовите хотя бы один столбец" in words) == (2, True)
    file.write_text("id,name\n,Ivanov\n,Petrov\n3,Petrov\n", encoding="utf-8")
    status, words = refused("dedupe", str(file), "--id", "id", "--columns", "name")
    assert (status, "строки без кода: 2" in words) == (2, True)


def test_a_column_named_twice_is_no_second_evidence(tmp_path):
    file = tmp_path / "cards.csv"
    file.write_bytes(CARDS.encode())
    once, twice = (
        told("dedupe", str(file), "--id", "Код", "--columns", columns)["pairs"]
        for columns in ("Фамилия,Телефон", "Фамилия,Телефон,телефон, Телефон")
    )
    assert once == twice


@pytest.fixture
def base(transactional_db, monkeypatch):  # noqa: ARG001 - commands close the connection
    """Thirty people, each with a birthday; two of them have a second card."""
    on_this_database(monkeypatch)
    for number in range(30):
        make.customer(
            name=f"Фамилия{chr(0x430 + number)} Имя{chr(0x430 + number % 7)} Отчество{chr(0x430 + number % 5)}ич",
            phones=[f"+7917000{number:04}"],
            birth_date=f"19{60 + number}-03-{number % 28 + 1:02}",
            city=f"Город{number % 3}",
        )
    first, other = Customer.objects.order_by("pk")[:2]
    for one in (first, other):
        make.customer(name=one.full_name, phones=[one.addresses.get().value], birth_date=one.birth_date, city=one.city)
    make.order(customer=Customer.objects.order_by("pk").last())
    return first, other


def test_the_list_is_found_reviewed_merged_and_undone(base):
    first, other = base
    found = told("duplicates", "find")
    assert (found["customers"], found["pairs"], found["merged"]) == (32, 2, 0)
    rows = told("duplicates", "review")["rows"]
    assert {(row["a"], row["a_name"]) for row in rows} == {
        (f"vernost:{one.pk}", one.full_name) for one in (first, other)
    }
    pair = next(row for row in rows if row["a"] == f"vernost:{other.pk}")
    status, words = refused("duplicates", "merge", pair["a"], pair["b"], "--take", "shoes")
    assert (status, "нет части shoes; есть: name, kind" in words) == (2, True)
    merged = told("duplicates", "merge", pair["a"], pair["b"])
    assert (merged["moved"], RepairOrder.objects.get().customer_id) == (1, other.pk)
    assert [row["a"] for row in told("duplicates", "review")["rows"]] == [f"vernost:{first.pk}"]
    told("duplicates", "undo", str(merged["merge"]))
    assert RepairOrder.objects.get().customer_id != other.pk
    # Who was taken apart is not asked about again.
    assert told("duplicates", "find")["pairs"] == 1
    assert refused("duplicates", "undo", str(merged["merge"]))[0] == 1
    assert refused("duplicates", "undo", "999999")[0] == 1
    assert refused("duplicates", "merge", pair["a"], "vernost:999999")[0] == 1


def test_certain_pairs_are_merged_only_where_a_manager_has_said_so(base):
    first, other = base
    assert told("duplicates", "find")["merged"] == 0
    customers.merge_certain()
    assert not CustomerMerge.objects.exists()
    Setting.objects.create(code="merge_automatically", value=True)
    # The same telephone and name, and nobody knows whether it is the father or the son.
    Customer.objects.filter(pk=other.pk).update(birth_date=None)
    DuplicatePair.objects.update(score=0.99999)
    customers.merge_certain()
    merge = CustomerMerge.objects.get()
    assert ({merge.survivor_id, merge.gone_id} >= {first.pk}, merge.score, merge.actor) == (
        True,
        0.99999,
        "system:duplicates",
    )
    assert AuditRecord.objects.filter(subject="customer", action="merge", actor="system:duplicates").count() == 1
    operations.undo_merge(merge_id=merge.pk, actor=system("duplicates"), now=timezone.now())
    customers.merge_certain()
    assert CustomerMerge.objects.get().undone_at is not None


def test_a_number_that_half_the_town_has_makes_nothing_certain(base):
    told("duplicates", "find")
    pair = DuplicatePair.objects.get(left=base[0])
    pair.agreement["phones"] = 0
    pair.save()
    DuplicatePair.objects.update(score=0.99999)
    assert operations.merge_certain(actor=system("duplicates"), now=make.at(9)) == 1
    assert set(CustomerMerge.objects.values_list("survivor_id", "gone_id")).isdisjoint(
        {(pair.left_id, pair.right_id), (pair.right_id, pair.left_id)}
    )


@pytest.mark.usefixtures("base")
def test_the_matcher_is_measured_against_a_truth_and_changes_nothing(tmp_path):
    source = Source.objects.create(code="dms")
    for number, card in enumerate(Customer.objects.order_by("pk")):
        Customer.objects.filter(pk=card.pk).update(source=source, external_id=f"C{number}")
    truth = tmp_path / "duplicates.csv"
    # Thirty people; the last card is said to be nobody else's.
    truth.write_text("customer_id,same_as\nC30,C0\n", encoding="utf-8")
    found = told("duplicates", "measure", str(truth))
    assert (found["customers"], found["second_cards"]) == (32, 1)
    half = {name: found[name][0] for name in ("listed", "merged_automatically")}
    expected = {"least_score": 0.5, "pairs": 2, "wrong": 1, "precision": 0.5, "at_least": 0.1234}
    assert {name: row | {"at_least": 0.1234} for name, row in half.items()} == dict.fromkeys(half, expected)
    assert not DuplicatePair.objects.exists()
    truth.write_text("id\nC30\n", encoding="utf-8")
    assert refused("duplicates", "measure", str(truth))[0] == 2
