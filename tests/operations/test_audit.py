"""The journal: nothing of it can be rewritten unseen, and who is erased leaves the chain whole."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from tests import factories as make
from tests import people

from vernost import embedded
from vernost.accounts import audit, roles, undoing
from vernost.accounts.models import AccessRole, AuditRecord, AuditSeal
from vernost.accounts.rules import Grants
from vernost.core.actor import Actor, Role
from vernost.core.chain import Fault, Head
from vernost.core.origin import coming_from
from vernost.core.rights import Sensitive

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def boss():
    return people.user(Role.ADMINISTRATOR).as_actor()


def write(count, actor, *, subject="branch"):
    return [
        audit.record_change(
            subject=subject, subject_id=n, action="changed", fields={"name": ["a", f"b{n}"]}, actor=actor, now=NOW
        )
        for n in range(count)
    ]


def faults():
    return [(found.row_id, found.fault) for found in audit.verify().faults]


def test_a_line_says_who_when_from_where_and_what(boss):
    with coming_from("10.0.0.9"):
        audit.record_change(
            subject="customer",
            subject_id=5,
            action="changed",
            fields={"phone": ["+79171234512", "+79171234513"], "last_name": ["Иванов", "Петров"]},
            actor=boss,
            now=NOW,
        )
    line = AuditRecord.objects.latest("pk")
    assert (line.at, line.actor, line.user_id, line.address) == (NOW, boss.code, boss.user_id, "10.0.0.9")
    assert line.fields == {"phone": ["+7 ··· ··12", "+7 ··· ··13"], "last_name": ["Иванов", "Петров"]}


def test_lines_are_sealed_once_and_the_chain_holds(boss):
    write(3, boss)
    assert audit.seal(now=NOW) == AuditRecord.objects.count()
    write(2, boss)
    assert (audit.seal(now=NOW), audit.seal(now=NOW)) == (2, 0)
    found = audit.verify()
    assert (found.holds, found.links, found.erased) == (True, AuditRecord.objects.count(), 0)


def test_a_line_that_was_written_earlier_and_committed_later_is_sealed_too(boss):
    first, second, third = write(3, boss)
    late = AuditRecord.objects.get(pk=second)
    AuditRecord.objects.filter(pk=second).delete()
    audit.seal(now=NOW)
    late.save(force_insert=True)
    assert audit.seal(now=NOW) == 1
    order = list(AuditSeal.objects.order_by("number").values_list("record_id", flat=True))
    assert order[-3:] == [first, third, second]
    assert audit.verify().holds


@pytest.mark.parametrize(
    ("column", "value"), [("actor", "user:666"), ("address", "1.1.1.1"), ("fields", {}), ("subject_id", "7")]
)
def test_what_a_superuser_changes_is_found(boss, column, value):
    lines = write(4, boss)
    audit.seal(now=NOW)
    AuditRecord.objects.filter(pk=lines[1]).update(**{column: value})
    assert faults() == [(lines[1], Fault.ALTERED)]


def test_what_a_superuser_removes_or_reseals_is_found(boss):
    lines = write(4, boss)
    audit.seal(now=NOW)
    noted = audit.head()
    AuditRecord.objects.filter(pk=lines[2]).delete()
    assert faults() == [(lines[2], Fault.REMOVED)]
    # One who takes salt and contents away without an erasure.
    AuditRecord.objects.filter(pk=lines[0]).update(fields=None, salt=None)
    assert faults() == [(lines[0], Fault.REMOVED), (lines[2], Fault.REMOVED)]
    AuditSeal.objects.filter(record_id=lines[3]).delete()
    assert len(audit.verify(expected=noted).faults) == 3
    assert audit.verify(expected=Head()).faults == audit.verify().faults


def test_who_is_erased_leaves_a_chain_that_holds(boss):
    write(3, boss, subject="customer")
    assert audit.erase(subject="customer", subject_ids=[1], now=NOW) == 1
    line = AuditRecord.objects.get(subject="customer", subject_id="1")
    assert (line.fields, line.salt) == (None, None)
    found = audit.verify()
    assert (found.holds, found.erased) == (True, 1)
    assert audit.erase(subject="customer", subject_ids=[1], now=NOW) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditrecord SET actor = 'x'",
        "DELETE FROM accounts_auditrecord",
        "TRUNCATE accounts_auditrecord",
        "UPDATE accounts_auditseal SET hash = ''",
        "DELETE FROM accounts_auditseal",
        "INSERT INTO accounts_auditseal VALUES (1, 1, '', '', now())",
    ],
)
@pytest.mark.parametrize("granted", [False, True])
def test_the_role_of_the_pages_cannot_rewrite_the_journal(boss, statement, granted):
    write(1, boss)
    with connection.cursor() as cursor:
        if granted:
            # As `vernost init` does on a server of the dealer's own.
            cursor.execute(
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {embedded.APP_ROLE}"
            )
        point = transaction.savepoint()
        cursor.execute(f"SET LOCAL ROLE {embedded.APP_ROLE}")
        with pytest.raises(ProgrammingError):
            cursor.execute(statement)
        transaction.savepoint_rollback(point)
    assert AuditRecord.objects.count() > 0


def test_a_setting_is_taken_back_unless_it_has_changed_since(boss):
    from vernost.accounts import operations, queries  # noqa: PLC0415 - beside what they do

    operations.save_settings(values={"lease_minutes": 20}, actor=boss, now=NOW)
    first = AuditRecord.objects.latest("pk")
    operations.save_settings(values={"loyal_visits": 4}, actor=boss, now=NOW)
    undoing.undo(record_id=first.pk, actor=boss, now=NOW)
    assert (queries.rule_settings().lease_minutes, queries.rule_settings().loyal_visits) == (15, 4)
    assert AuditRecord.objects.latest("pk").action == "undone"
    with pytest.raises(undoing.NotUndone):
        undoing.undo(record_id=first.pk, actor=boss, now=NOW)


def test_a_view_alone_cannot_be_undone(boss):
    audit.record_view(subject="customer", subject_id=make.customer().pk, actor=boss, now=NOW)
    with pytest.raises(undoing.NotUndone):
        undoing.undo(record_id=AuditRecord.objects.latest("pk").pk, actor=boss, now=NOW)


def views(actor, numbers, at=NOW):
    AuditRecord.objects.bulk_create(
        [
            AuditRecord(
                at=at, actor=actor.code, user_id=actor.user_id, subject="customer", subject_id=n, action="viewed"
            )
            for n in numbers
        ]
    )


def test_who_reads_the_base_through_is_noticed_once_and_stopped():
    operator = people.user(Role.OPERATOR).as_actor()
    views(operator, range(298))
    audit.record_view(subject="customer", subject_id=1_000, actor=operator, now=NOW)
    assert not audit.alarms(now=NOW).exists()
    # The same card again is not another one.
    audit.record_view(subject="customer", subject_id=1_000, actor=operator, now=NOW)
    assert not audit.alarms(now=NOW).exists()
    for customer in (1_001, 1_002):
        audit.record_view(subject="customer", subject_id=customer, actor=operator, now=NOW)
    assert [(line.user_id, line.fields["state"]) for line in audit.alarms(now=NOW)] == [(operator.user_id, "alert")]
    views(operator, range(2_000, 2_298))
    audit.record_view(subject="customer", subject_id=1_003, actor=operator, now=NOW + timedelta(minutes=5))
    with pytest.raises(audit.TooManyCards):
        audit.record_view(subject="customer", subject_id=1_004, actor=operator, now=NOW + timedelta(minutes=6))
    # An hour later he works on.
    audit.record_view(subject="customer", subject_id=1_005, actor=operator, now=NOW + timedelta(hours=2))


def look_for(actor, *customer_ids, text="917", now=NOW):
    audit.record_search(text=text, customer_ids=customer_ids, actor=actor, now=now)


def test_who_walks_the_search_is_stopped_as_who_walks_the_cards():
    """A search that finds one person has shown him; the letters of one name typed on are no other people."""
    operator = people.user(Role.OPERATOR).as_actor()
    views(operator, range(500))
    for number in range(99):
        look_for(operator, 1_000 + number)
    for _letter in "Казанцев":
        look_for(operator, 2_000)
    look_for(operator, 3_000, 3_001)
    look_for(operator)
    with pytest.raises(audit.TooManyCards):
        look_for(operator, 4_000)
    audit.record_view(subject="vehicle", subject_id=1, actor=people.user(Role.OPERATOR).as_actor(), now=NOW)


def turn_page(actor, ids, *, what="customers", tells=Sensitive.PHONE, now=NOW):
    audit.record_list(what=what, kind="customers", ids=ids, tells=tells, actor=actor, now=now)


def test_who_walks_the_pages_of_lists_is_noticed_and_stopped():
    manager = people.user(Role.MANAGER).as_actor()
    for page in range(19):
        turn_page(manager, range(page * 50, page * 50 + 50))
    # What was shown already, by whatever list or search, is nobody else.
    turn_page(manager, range(50))
    turn_page(manager, range(50), what="segment/sleeping")
    look_for(manager, *range(49))
    assert not audit.alarms(now=NOW).exists()
    look_for(manager, *range(950, 1_000))
    told = [(line.user_id, line.fields) for line in audit.alarms(now=NOW)]
    assert told == [(manager.user_id, {"cards": 0, "listed": 1_000, "state": "alert"})]
    for page in range(20, 40):
        turn_page(manager, range(page * 50, page * 50 + 50))
    with pytest.raises(audit.TooManyShown):
        turn_page(manager, [2_000])
    with pytest.raises(audit.TooManyShown):
        audit.record_view(subject="customer", subject_id=1, actor=manager, now=NOW)
    assert audit.alarms(now=NOW).count() == 2
    # An hour later he reads on.
    turn_page(manager, [2_001], now=NOW + timedelta(hours=2))


def test_cars_whose_vins_a_list_tells_are_counted_beside_people():
    manager = people.user(Role.MANAGER).as_actor()
    turn_page(manager, range(1_000))
    cars = {"what": "vehicles", "kind": "vehicles", "tells": Sensitive.VIN, "actor": manager, "now": NOW}
    audit.record_list(ids=range(1_000), **cars)
    with pytest.raises(audit.TooManyShown):
        audit.record_list(ids=[1_000], **cars)


def test_a_page_read_again_is_noted_once_and_a_masked_one_not_at_all(boss):
    AccessRole.objects.create(
        code="blind", kind=Role.MANAGER, title="B", grants=Grants(fields=frozenset({Sensitive.VIN})).written()
    )
    blind = people.user(Role.MANAGER, access_role_id="blind").as_actor()
    turn_page(blind, [1, 2])
    turn_page(boss, [1, 2])
    turn_page(boss, [1, 2], now=NOW + timedelta(minutes=2))
    turn_page(boss, [2, 3])
    turn_page(boss, [])
    lines = AuditRecord.objects.filter(action="listed").order_by("pk").values_list("user_id", "subject_id", "fields")
    first, second = {"customers": [1, 2]}, {"customers": [2, 3]}
    assert list(lines) == [(boss.user_id, "customers", first), (boss.user_id, "customers", second)]


def test_whom_a_file_has_is_not_counted_as_shown():
    manager = people.user(Role.MANAGER).as_actor()
    audit.record_search_file(text="Иванов", customer_ids=range(5_000), actor=manager, now=NOW)
    turn_page(manager, [1])
    assert not audit.alarms(now=NOW).exists()


def test_searches_that_showed_somebody_go_with_him(boss):
    look_for(boss, 1, 2, text="Казанцев")
    look_for(boss, 2, text="Петров")
    assert audit.erase(subject="customer", subject_ids=[1], now=NOW) == 1
    lines = AuditRecord.objects.filter(subject="search").order_by("pk").values_list("fields", flat=True)
    assert list(lines) == [None, {"question": "Петров", "customers": [2]}]
    assert audit.verify().holds


def test_more_than_a_thousand_people_need_a_right():
    manager = people.user(Role.MANAGER).as_actor()
    AccessRole.objects.create(
        code="m", kind=Role.MANAGER, title="M", grants=Grants({"customers.export_many": ""}).written()
    )
    small = people.user(Role.MANAGER, access_role_id="m").as_actor()
    more = {"what": "office:segment", "question": "/office/segments/1/?format=csv", "people": True, "now": NOW}
    audit.record_export(rows=1_000, actor=small, **more)
    audit.record_export(rows=1_001, actor=manager, **more)
    with pytest.raises(audit.TooManyPeople):
        audit.record_export(rows=1_001, actor=small, **more)
    line = AuditRecord.objects.filter(action="exported").latest("pk")
    assert line.fields == {"rows": 1_001, "question": "/office/segments/1/?format=csv", "people": True}


def test_only_the_group_sees_the_journal_of_everybody(boss):
    kazan = make.branch()
    local, stranger = people.user(Role.OPERATOR, kazan), people.user(Role.OPERATOR, make.branch(name="Ufa"))
    for user in (local, stranger):
        audit.record_change(subject="user", subject_id=user.pk, action="x", fields={}, actor=user.as_actor(), now=NOW)
    own = Actor(code="user:0", branch_ids=frozenset({kazan.pk}), role=Role.ADMINISTRATOR)
    asked = audit.AuditFilter(action="x")
    assert [line.user_id for line in audit.found(asked, own)] == [local.pk]
    assert audit.found(asked, boss).count() == 2


def test_a_role_is_changed_copied_given_and_taken_back(boss):
    roles.save_role(code="operator", grants=Grants({"reports.view": "branch"}), actor=boss, now=NOW)
    line = AuditRecord.objects.latest("pk")
    assert line.fields == {"reports.view": [None, "branch"]}
    assert people.user(Role.OPERATOR).as_actor().may("reports.view")
    code = roles.copy_role(code="operator", title="Старший оператор", actor=boss, now=NOW)
    assert people.user(Role.OPERATOR, access_role_id=code).as_actor().may("reports.view")
    undoing.undo(record_id=line.pk, actor=boss, now=NOW)
    assert not people.user(Role.OPERATOR).as_actor().may("reports.view")
    with pytest.raises(roles.RoleInUse):
        roles.drop_role(code=code, actor=boss, now=NOW)
    with pytest.raises(roles.StandardRole):
        roles.drop_role(code="operator", actor=boss, now=NOW)


def test_nobody_gives_more_than_he_has_nor_shuts_himself_out(boss):
    local = people.user(Role.ADMINISTRATOR, make.branch()).as_actor()
    with pytest.raises(roles.OnlyTheGroup):
        roles.save_role(code="operator", grants=Grants(), actor=local, now=NOW)
    with pytest.raises(roles.OwnRole):
        roles.save_role(code="administrator", grants=Grants({"users.change": ""}), actor=boss, now=NOW)
    AccessRole.objects.create(
        code="hr", kind=Role.MANAGER, title="HR", grants=Grants({"users.change": "group"}).written()
    )
    clerk = people.user(Role.MANAGER, access_role_id="hr").as_actor()
    with pytest.raises(roles.BeyondRights):
        roles.save_role(code="operator", grants=Grants({"audit.view": "group"}), actor=clerk, now=NOW)
    with pytest.raises(roles.BeyondRights):
        roles.check_may_give(kind=Role.ADMINISTRATOR, access_role=None, actor=clerk)
    roles.check_may_give(kind=Role.OPERATOR, access_role=None, actor=clerk)


def test_a_field_is_taken_from_a_role(boss):
    hidden = frozenset({Sensitive.VIN})
    roles.save_role(code="advisor", grants=Grants(fields=hidden), actor=boss, now=NOW)
    assert people.user(Role.ADVISOR).as_actor().fields == hidden
