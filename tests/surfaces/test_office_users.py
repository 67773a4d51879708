import pytest
from django.urls import reverse
from tests import people

from vernost.accounts.models import User
from vernost.core.actor import Role

pytestmark = pytest.mark.django_db

FORM = {
    "last_name": "Сафин",
    "first_name": "Марат",
    "username": "safin",
    "email": "safin@example.ru",
    "role": "operator",
    "scope": "group",
    "employee": "",
}


def test_list_names_everybody_whatever_their_number(client, django_assert_num_queries):
    people.signed_in(client, Role.ADMINISTRATOR)
    for count in (1, 3):
        while User.objects.filter(role=Role.OPERATOR).count() < count:
            people.user(Role.OPERATOR, people.branch(), last_name=f"Operator {User.objects.count()}")
        with django_assert_num_queries(4):
            page = client.get(reverse("office:users"))
        assert page.content.decode().count('data-rows-target="row"') == count + 1


def test_filters_work_without_scripts(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    people.user(Role.OPERATOR, last_name="Акимова")
    people.user(Role.OPERATOR, last_name="Борисова")
    page = client.get(reverse("office:users"), {"q": "аким", "role": "operator"}).content.decode()
    assert "Акимова" in page
    assert "Борисова" not in page


def test_added_user_gets_a_password_that_is_shown_once(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    answer = client.post(reverse("office:user-add"), FORM)
    user = User.objects.get(username="safin")
    shown = answer.context["password"]
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert user.check_password(shown)
    assert shown not in client.get(reverse("office:user-edit", args=[user.pk])).content.decode()


def test_new_user_first_chooses_a_password(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    password = client.post(reverse("office:user-add"), FORM).context["password"]
    client.logout()
    client.post(reverse("account_login"), {"login": "safin", "password": password})
    assert client.get(reverse("office:profile")).headers["Location"] == reverse("account_change_password")
    own = {"oldpassword": password, "password1": "Каштановый кот 7", "password2": "Каштановый кот 7"}
    # From the page of the password a new colleague comes to his work.
    assert client.post(reverse("account_change_password"), own).headers["Location"] == "/"
    assert client.get(reverse("office:profile")).status_code == 200


def test_wrong_form_comes_back_with_what_was_typed(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    people.user(Role.OPERATOR, username="safin")
    answer = client.post(reverse("office:user-add"), FORM)
    assert answer.status_code == 422
    assert 'value="Сафин"' in answer.content.decode()
    assert not User.objects.filter(email="safin@example.ru").exists()


def test_branches_are_asked_for_where_the_group_is_not_given(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    answer = client.post(reverse("office:user-add"), {**FORM, "scope": "some"})
    assert list(answer.context["form"].errors) == ["branches"]


def test_user_is_changed_and_switched_off(client):
    people.signed_in(client, Role.ADMINISTRATOR)
    user = people.user(Role.OPERATOR, username="safin")
    client.post(reverse("office:user-edit", args=[user.pk]), {**FORM, "role": "manager"})
    client.post(reverse("office:user-deactivate", args=[user.pk]))
    user.refresh_from_db()
    assert (user.role, user.is_active) == ("manager", False)
    journal = client.get(reverse("office:user-edit", args=[user.pk])).context["changes"]
    assert [line.title for line in journal] == ["Выключено", "Изменено"]


def test_refusal_is_said_on_the_page(client):
    administrator = people.signed_in(client, Role.ADMINISTRATOR)
    address = reverse("office:user-edit", args=[administrator.pk])
    answer = client.post(
        reverse("office:user-deactivate", args=[administrator.pk]),
        headers={"referer": f"http://testserver{address}"},
        follow=True,
    )
    assert answer.redirect_chain == [(f"http://testserver{address}", 302)]
    assert "toast--bad" in answer.content.decode()
    assert User.objects.get(pk=administrator.pk).is_active


def test_user_beyond_the_scope_is_not_there(client):
    kazan, samara = people.branch(), people.branch("Samara")
    people.signed_in(client, Role.ADMINISTRATOR, kazan)
    stranger = people.user(Role.OPERATOR, samara)
    assert client.get(reverse("office:user-edit", args=[stranger.pk])).status_code == 404


def test_profile_is_kept_for_the_user_and_the_browser(client):
    user = people.signed_in(client, Role.OPERATOR)
    chosen = {
        "last_name": "Галеева",
        "first_name": "Анна",
        "language": "en",
        "theme": "dark",
        "density": "compact",
    }
    answer = client.post(reverse("office:profile"), chosen)
    user.refresh_from_db()
    assert (user.display_name, user.language, user.density, user.single_key_shortcuts) == (
        "Анна Галеева",
        "en",
        "compact",
        False,
    )
    assert {name: answer.cookies[name].value for name in ("theme", "density", "keys")} == {
        "theme": "dark",
        "density": "compact",
        "keys": "off",
    }
    assert "<h1>Profile</h1>" in client.get(reverse("office:profile")).content.decode()


def test_a_temporary_password_is_explained_and_a_weak_one_refused_with_words(client):
    people.signed_in(client, password_temporary=True)
    address = reverse("account_change_password")
    assert "Этот пароль временный" in client.get(address).content.decode()
    weak = {"oldpassword": "secret-word", "password1": "12345", "password2": "12345"}
    page = client.post(address, weak).content.decode()
    assert "Исправьте то, что отмечено ниже." in page
    assert "Он должен состоять из как минимум 12 символов." in page
    people.signed_in(client)
    assert "Этот пароль временный" not in client.get(address).content.decode()
