"""Fields that an invented administrator has added."""

from datetime import UTC, datetime

from vernost.core.actor import Actor, Role
from vernost.core.custom_fields import targets
from vernost.customers.operations import directories
from vernost.customers.operations.field_values import set_values
from vernost.customers.operations.fields import FieldEntry, add_field
from vernost.customers.queries.fields import definitions, values_of
from vernost.customers.rules.fields import Kind

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ADMIN = Actor(code="user:1", branch_ids=None, role=Role.ADMINISTRATOR)


def made(title, kind, target="customer", **more):
    return add_field(target=target, entry=FieldEntry(title, Kind(kind), **more), actor=ADMIN, now=NOW)


def listed(*titles, title="Цвета"):
    return directories.add_directory(title=title, titles=titles, actor=ADMIN, now=NOW)


def put(record, actor=ADMIN, target="customer", **said):
    return set_values(target=targets[target], record_id=record.pk, said=said, actor=actor, now=NOW)


def held(record, target="customer"):
    found = values_of(targets[target], [record.pk], definitions(target, archived=True))
    return dict(found.get(record.pk, {}))
