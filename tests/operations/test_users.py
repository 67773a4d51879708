from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from tests import people

from vernost.accounts import operations, queries
from vernost.accounts.models import AuditRecord, User
from vernost.accounts.operations import (
    BeyondScope,
    EmailTaken,
    LastAdministrator,
    OwnAccount,
    Preferences,
    UserEntry,
    UsernameTaken,
)
from vernost.core.actor import Role, system

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ROOT = system("test")

pytestmark = pytest.mark.django_db


def entry(**more):
    values = {
        "username": "safin",
        "first_name": "Marat",
        "last_name": "Safin",
        "email": "safin@example.ru",
        "role": Role.OPERATOR,
        "all_branches": True,
        "branch_ids": frozenset(),
    }
    return UserEntry(**{**values, **more})


def test_added_user_signs_in_with_the_password_shown_once():
    kazan = people.branch()
    added = operations.add_user(entry=entry(all_branches=False, branch_ids=frozenset({kazan.pk})), actor=ROOT, now=NOW)
    user = User.objects.get(pk=added.user_id)
    assert user.check_password(added.password)
    assert user.password_temporary
    assert user.as_actor().branch_ids == frozenset({kazan.pk})
    change = AuditRecord.objects.get()
    assert (change.subject, change.subject_id, change.action, change.actor) == (
        "user",
        str(user.pk),
        "added",
        "system:test",
    )
    assert change.fields["branches"] == [[], ["Kazan"]]
    assert added.password not in str(change.fields)


def test_login_and_email_are_taken_whatever_the_case():
    operations.add_user(entry=entry(), actor=ROOT, now=NOW)
    with pytest.raises(UsernameTaken):
        operations.add_user(entry=entry(username="SAFIN", email=""), actor=ROOT, now=NOW)
    with pytest.raises(EmailTaken):
        operations.add_user(entry=entry(username="other", email="Safin@Example.ru"), actor=ROOT, now=NOW)


def test_change_is_written_down_field_by_field():
    user_id = operations.add_user(entry=entry(), actor=ROOT, now=NOW).user_id
    operations.change_user(user_id=user_id, entry=entry(role=Role.MANAGER), actor=ROOT, now=NOW)
    operations.change_user(user_id=user_id, entry=entry(role=Role.MANAGER), actor=ROOT, now=NOW)
    changes = queries.changes(subject="user", subject_id=user_id)
    assert [(change.action, change.fields) for change in changes[:-1]] == [
        ("changed", {"role": ["operator", "manager"]})
    ]


def test_nobody_gives_more_than_he_sees():
    kazan, samara = people.branch(), people.branch("Samara")
    local = people.user(Role.ADMINISTRATOR, kazan).as_actor()
    with pytest.raises(BeyondScope):
        operations.add_user(entry=entry(), actor=local, now=NOW)
    with pytest.raises(BeyondScope):
        operations.add_user(entry=entry(all_branches=False, branch_ids=frozenset({samara.pk})), actor=local, now=NOW)
    wider = people.user(Role.OPERATOR, kazan, samara)
    with pytest.raises(User.DoesNotExist):
        operations.deactivate_user(user_id=wider.pk, actor=local, now=NOW)


def test_last_administrator_of_the_group_stays():
    only = people.user(Role.ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        operations.deactivate_user(user_id=only.pk, actor=ROOT, now=NOW)
    with pytest.raises(LastAdministrator):
        operations.change_user(user_id=only.pk, entry=entry(), actor=ROOT, now=NOW)
    people.user(Role.ADMINISTRATOR)
    operations.change_user(user_id=only.pk, entry=entry(), actor=ROOT, now=NOW)
    assert User.objects.get(pk=only.pk).role == Role.OPERATOR


def test_nobody_switches_himself_off():
    administrator = people.user(Role.ADMINISTRATOR)
    people.user(Role.ADMINISTRATOR)
    with pytest.raises(OwnAccount):
        operations.deactivate_user(user_id=administrator.pk, actor=administrator.as_actor(), now=NOW)


def test_switching_off_ends_the_sessions_of_this_user_only(client):
    leaving, staying = people.user(Role.OPERATOR), people.user(Role.OPERATOR)
    for user in (leaving, staying):
        client.cookies.clear()
        client.force_login(user)
    Session.objects.update(expire_date=NOW + timedelta(hours=12))
    operations.deactivate_user(user_id=leaving.pk, actor=ROOT, now=NOW)
    assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == [str(staying.pk)]
    assert not User.objects.get(pk=leaving.pk).is_active


def test_reset_password_is_a_new_temporary_one():
    user_id = operations.add_user(entry=entry(), actor=ROOT, now=NOW).user_id
    User.objects.update(password_temporary=False)
    password = operations.reset_password(user_id=user_id, actor=ROOT, now=NOW)
    user = User.objects.get(pk=user_id)
    assert user.check_password(password)
    assert user.password_temporary


def test_reset_of_the_second_step_takes_the_recovery_codes_too():
    user = people.user(Role.OPERATOR)
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=user, type=kind, data={})
    assert queries.user(ROOT, user.pk).has_totp
    operations.reset_totp(user_id=user.pk, actor=ROOT, now=NOW)
    assert not Authenticator.objects.exists()


def test_preferences_are_kept():
    user = people.user(Role.OPERATOR)
    preferences = Preferences(
        first_name="Anna", last_name="Galeeva", language="en", density="compact", single_key_shortcuts=False
    )
    operations.save_preferences(user_id=user.pk, preferences=preferences, actor=user.as_actor(), now=NOW)
    user.refresh_from_db()
    assert (user.display_name, user.language, user.density, user.single_key_shortcuts) == (
        "Anna Galeeva",
        "en",
        "compact",
        False,
    )


def test_users_come_by_name_and_page_by_page():
    for last_name in ("Акимов", "Борисова", "Волков"):
        people.user(Role.OPERATOR, first_name="", last_name=last_name)
    first = queries.users(ROOT, limit=2)
    rest = queries.users(ROOT, after=queries.user_key(first[-1]), limit=2)
    assert [row.name for row in (*first, *rest)] == ["Акимов", "Борисова", "Волков"]
    assert [row.name for row in queries.users(ROOT, text="волк")] == ["Волков"]
    assert queries.users_without_totp(ROOT) == 3
