"""In which language a page speaks: the installation's, unless the person has chosen his own."""

import pytest
from django.urls import reverse
from tests import people

pytestmark = pytest.mark.django_db
ENGLISH_BROWSER = {"Accept-Language": "en-US,en;q=0.9"}


def language_of(answer):
    page = answer.content.decode()
    return page.split('<html lang="')[1].split('"')[0], answer.headers["Content-Language"]


def test_an_english_browser_gets_russian_pages(client):
    assert language_of(client.get(reverse("account_login"), headers=ENGLISH_BROWSER)) == ("ru", "ru")
    people.signed_in(client)
    assert language_of(client.get(reverse("office:profile"), headers=ENGLISH_BROWSER)) == ("ru", "ru")


def test_who_has_chosen_english_reads_english_and_nobody_after_him(client):
    people.signed_in(client, language="en")
    assert language_of(client.get(reverse("office:profile"))) == ("en", "en")
    client.logout()
    assert language_of(client.get(reverse("account_login"))) == ("ru", "ru")
