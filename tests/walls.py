"""The wall between branches: which tables stand behind it, and standing there oneself."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection, models

from vernost import embedded
from vernost.accounts.models import Branch
from vernost.core import wall

# Tables that name a branch and are seen from all of them, and why.
OPEN = {
    "accounts_employee": "names of staff stand on cards of every branch",
    "accounts_branchday": "opening hours are no secret, and the night counts those of all",
    "accounts_user_branches": "read before it is known who asks",
    "accounts_apitoken_branches": "read before it is known who asks",
    "automation_webhook_branches": "says what a receiver is told; shown by accounts.queries.within_scope",
    "invitations_programme_branches": "rules of the group, which every branch may read",
    "reports_pricetest_test_branches": "what a test of the group compares",
    "reports_pricetest_control_branches": "what a test of the group compares",
    "vehicles_vehicle": "seen with the people who had to do with it; the branch is only who sold it",
}


def walled(found=None, *, opened=OPEN):
    """Return the tables of branches: those that name one, and the parts of their rows, however deep."""
    found = list(apps.get_models(include_auto_created=True)) if found is None else found
    tables = {
        model._meta.db_table
        for model in found
        if any(isinstance(field, models.ForeignKey) and field.related_model is Branch for field in model._meta.fields)
    } - opened.keys()
    while more := {model._meta.db_table for model in found if _is_part_of(model, tables)} - tables:
        tables |= more
    return tables


def _is_part_of(model, tables):
    return any(
        isinstance(field, models.ForeignKey)
        and field.remote_field.on_delete is models.CASCADE
        and field.related_model._meta.db_table in tables
        for field in model._meta.fields
    )


@contextmanager
def behind_the_wall(*branches) -> Iterator[None]:
    """Work as the pages do for somebody of these branches; without any, of the whole group."""
    connection.ensure_connection()
    session = connection.connection
    session.execute(f"SET ROLE {embedded.APP_ROLE}")
    try:
        with wall.behind() as standing:
            standing.see([branch.pk for branch in branches] if branches else None)
            yield
    finally:
        if not connection.needs_rollback:
            session.execute("RESET ROLE")
