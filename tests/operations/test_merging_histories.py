"""Random merges, work and undoing: in the end each card is what it would be without any merge."""

import pytest
from django.apps import apps
from django.db import models, transaction

pytest.register_assert_rewrite("tests.merge_histories")

from tests.merge_histories import MOVING, STEPS, History  # noqa: E402 - after the line above

from vernost.customers.models import Customer  # noqa: E402 - as above

pytestmark = pytest.mark.django_db(transaction=True)

# Rows that stay with the card, and what says in a history that they do.
STAYING = {
    "customers_contactaddress.customer_id": "the addresses of each card",
    "customers_customerfieldvalue.customer_id": "the fields among its values",
    "customers_consententry.customer_id": "the lines of its ledger",
    "customers_consentstatement.customer_id": "the ledger against what is in force",
    "customers_channelstop.customer_id": "the ledger against what is in force",
    "customers_duplicatepair.left_id": "the pairs taken apart",
    "customers_duplicatepair.right_id": "the pairs taken apart",
    "customers_customersearchkey.customer_id": "the keys made anew",
    "customers_customer.merged_into_id": "no card shown has gone",
    "customers_customermerge.survivor_id": "the merges that stand",
    "customers_customermerge.gone_id": "the merges that stand",
}
# What no merge touches: a file's line on its way into the ledger, and the marks of an erasure.
APART = {"customers_importedconsent.customer_id", "customers_erasedentry.customer_id"}


def play(seed):
    """Play a history and leave no trace of it: as many as fit share one database."""
    with transaction.atomic():
        history = History(seed)
        try:
            for _step in range(STEPS):
                history.step()
            history.end()
            history.check_the_end()
        except Exception as error:
            error.add_note(f"in the history of seed {seed}")
            raise
        transaction.set_rollback(True)
    return history.moved


def foreign_keys():
    return {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Customer
    }


def test_every_history_ends_with_the_cards_as_they_would_be_without_merges():
    """And each foreign key to a customer takes part in it: a new one asks for its happening in `tests.merge_work`."""
    moved = set().union(*(play(seed) for seed in range(30)))
    assert moved == {one.code for one in MOVING}
    assert moved | set(STAYING) | APART == foreign_keys()


@pytest.mark.slow
@pytest.mark.parametrize("hundred", range(1, 11))
def test_a_thousand_histories_end_so(hundred):
    for seed in range(hundred * 1000, hundred * 1000 + 100):
        play(seed)
