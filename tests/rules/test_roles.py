"""Who may do what: the standard roles, what an administrator changes of them, and what is shown."""

import pytest

from vernost.accounts.rules import Grants, RoleRefused, checked, exporting, rights_of, standard_rights
from vernost.config import registries
from vernost.core import sensitive
from vernost.core.actor import Actor, Role, system
from vernost.core.rights import ALL_FIELDS, Reach, Rights, Sensitive

registries.load_rights()


def may(role):
    return {right for right, _reach in standard_rights(role).granted}


def test_standard_roles_may_what_their_work_needs():
    own = {"customers.view", "customers.change", "appointments.view", "appointments.change"}
    assert may(Role.OPERATOR) == own | {"calls.work"}
    assert may(Role.ADVISOR) == own | {"appointments.receive"}
    assert may(Role.ADMINISTRATOR) - may(Role.MANAGER) == {
        "fields.view",
        "fields.change",
        "users.view",
        "users.change",
        "tokens.view",
        "tokens.change",
        "audit.view",
        "audit.export",
        "audit.undo",
        "settings.merging",
    }
    assert standard_rights(Role.OPERATOR).fields == ALL_FIELDS - {Sensitive.MARGIN}


def test_a_change_adds_takes_away_and_leaves_the_rest():
    changed = Grants({"reports.view": "branch", "calls.work": "", "customers.view": "group"}, frozenset())
    rights = rights_of(Role.OPERATOR, changed)
    assert rights == Rights(
        frozenset(
            {
                ("reports.view", Reach.BRANCH),
                ("customers.view", Reach.GROUP),
                ("customers.change", Reach.BRANCH),
                ("appointments.view", Reach.BRANCH),
                ("appointments.change", Reach.BRANCH),
            }
        ),
        frozenset(),
    )


def test_what_is_stored_is_read_again():
    grants = Grants({"customers.view": "own"}, frozenset({Sensitive.VIN}))
    assert Grants.read(grants.written()) == grants
    assert Grants.read(None) == Grants()
    assert Grants.read({"fields": ["vin", "of a later version"]}).fields == {Sensitive.VIN}


def test_a_reach_that_a_right_does_not_know_is_refused_and_gives_nothing():
    wrong = Grants({"reports.view": "own"})
    with pytest.raises(RoleRefused):
        checked(wrong)
    assert rights_of(Role.MANAGER, wrong).reach("reports.view") is None
    with pytest.raises(RoleRefused):
        checked(Grants({"moon.view": "group"}))


def test_nobody_gives_more_than_he_has():
    manager = standard_rights(Role.MANAGER)
    assert manager.covers(standard_rights(Role.OPERATOR)) is True
    assert manager.covers(standard_rights(Role.ADMINISTRATOR)) is False
    assert Rights(frozenset({("a.b", Reach.BRANCH)})).covers(Rights(frozenset({("a.b", Reach.GROUP)}))) is False
    assert Rights(fields=frozenset()).covers(Rights(fields=frozenset({Sensitive.PHONE}))) is False


def test_a_person_without_rights_may_nothing_and_a_part_of_the_system_everything():
    person = Actor(code="user:1", branch_ids=None, role=Role.ADMINISTRATOR)
    assert (person.may("customers.view"), person.shows(Sensitive.PHONE)) == (False, False)
    assert (system("night").may("customers.view"), system("night").shows(Sensitive.PHONE)) == (True, True)


def test_a_right_reaches_as_far_as_it_says():
    granted = frozenset({("a.all", Reach.GROUP), ("a.mine", Reach.OWN), ("a.here", Reach.BRANCH)})
    person = Actor(code="user:1", branch_ids=frozenset({7}), role=Role.MANAGER, rights=Rights(granted), employee_id=3)
    reached = {right: person.within(right) for right in ("a.all", "a.mine", "a.here")}
    assert {right: (actor.branch_ids, actor.own_only) for right, actor in reached.items()} == {
        "a.all": (None, False),
        "a.mine": (frozenset({7}), True),
        "a.here": (frozenset({7}), False),
    }


def test_who_takes_data_out_or_gives_rights_needs_the_second_step():
    needed = {role for role in Role if exporting(standard_rights(role))}
    assert needed == {Role.MANAGER, Role.ADMINISTRATOR}
    assert exporting(rights_of(Role.OPERATOR, Grants({"customers.export": "branch"}))) is True


@pytest.mark.parametrize(
    ("field", "value", "masked"),
    [
        (Sensitive.PHONE, "+79171234512", "+7 ··· ··12"),
        (Sensitive.PHONE, "8 (917) 123-45-12", "+8 ··· ··12"),
        (Sensitive.PHONE, "112", "•••"),
        (Sensitive.EMAIL, "ivanov@mail.ru", "i•••@mail.ru"),
        (Sensitive.EMAIL, "@", "•••"),
        (Sensitive.VIN, "XTA210930Y2766389", "XTA•••"),
        (Sensitive.MARGIN, "12 000 ₽", "•••"),
        (Sensitive.PHONE, "", ""),
    ],
)
def test_masks(field, value, masked):
    nobody = Actor(code="user:1", branch_ids=None, role=Role.OPERATOR, rights=Rights())
    assert sensitive.shown(nobody, field, value) == masked
    assert sensitive.shown(system("job"), field, value) == value


def test_a_messenger_and_a_note_are_hidden_like_a_telephone():
    nobody = Actor(code="user:1", branch_ids=None, role=Role.OPERATOR, rights=Rights())
    assert [sensitive.address(nobody, kind, "@ivanov_s") for kind in ("messenger", "note")] == ["•••", "•••"]
