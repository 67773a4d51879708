"""Every foreign key to a customer or a vehicle says what becomes of its rows."""

from django.apps import apps
from django.db import models

from vernost.core.references import Reference, mentions, parts, references
from vernost.customers.models import Customer
from vernost.intake.formats import kinds
from vernost.vehicles.models import Vehicle

OWNERS = {Customer: "customer", Vehicle: "vehicle"}


def columns_without_an_entry(found):
    known = {(one.code, one.to) for one in found}
    return {
        (f"{model._meta.db_table}.{field.column}", OWNERS[field.related_model])
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model in OWNERS
    } - known


def test_every_foreign_key_has_an_entry():
    assert columns_without_an_entry(references) == set()


def test_a_missing_entry_is_found():
    left = [one for one in references if one.code != "sales_deal.customer_id"]
    assert columns_without_an_entry(left) == {("sales_deal.customer_id", "customer")}


def test_every_entry_has_its_table_and_columns():
    tables = {model._meta.db_table: {field.column for field in model._meta.fields} for model in apps.get_models()}
    for one in references:
        named = {one.column, *one.key, *(column.strip('"') for column in one.once)} | ({one.vehicle} - {""})
        assert named <= tables[one.table] | ({"source_id"} if one.imported else set()), one


def test_an_entry_says_of_a_customer_that_his_rows_move():
    assert Reference("sales_deal").on_merge == "moves"


TEXTS = (models.TextField, models.CharField, models.JSONField, models.BinaryField)


def words_that_nobody_judged(found):
    """Return the columns of text in tables that stay after an erasure of which nothing is said."""
    columns = {
        model._meta.db_table: {field.column for field in model._meta.fields if isinstance(field, TEXTS)}
        for model in apps.get_models()
    }
    return {
        (one.table, column)
        for one in found
        if one.on_erase == "keep" and getattr(one, "to", "customer") == "customer"
        for column in columns[one.table] - {*one.blank, *one.harmless}
    }


def test_of_what_stays_every_text_is_emptied_or_known_to_be_harmless():
    assert words_that_nobody_judged([*references, *parts]) == set()


def test_rows_whose_source_ids_go_are_known_again_by_the_kind_of_file_that_brings_them():
    forgotten = {(one.table, one.file) for one in references if "external_id" in one.blank}
    assert forgotten == {("contacts_interaction", "interactions"), ("care_surveyanswer", "surveys")}
    assert {(kinds[file].table, file) for _table, file in forgotten} == forgotten
    assert {one.file for one in references} - {""} == {file for _table, file in forgotten}


def test_a_text_of_which_nothing_is_said_is_found():
    left = [Reference("sales_deal", on_erase="keep", harmless=("external_id", "kind"))]
    assert words_that_nobody_judged(left) == {("sales_deal", "status")}


def test_every_part_and_mention_has_its_table_and_columns():
    tables = {model._meta.db_table: {field.column for field in model._meta.fields} for model in apps.get_models()}
    for part in parts:
        assert {part.column, *part.blank, *part.harmless} <= tables[part.table], part
        assert part.of in {one.table for one in references}
    for mention in mentions:
        assert set(mention.blank) <= tables[mention.table], mention


def test_what_is_not_said_to_stay_is_deleted():
    assert Reference("sales_deal").on_erase == "delete"
