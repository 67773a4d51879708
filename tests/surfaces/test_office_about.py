from importlib.metadata import version

import pytest
from django.urls import reverse
from tests import people

from vernost.core.actor import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADVISOR, Role.MANAGER, Role.ADMINISTRATOR])
def test_everybody_comes_to_it_from_the_menu(client, role):
    people.signed_in(client, role)
    assert f'href="{reverse("office:about")}"' in client.get(reverse("office:profile")).content.decode()
    page = client.get(reverse("office:about"))
    assert page.context["product"].version == version("vernost")
    assert page.context["product"].licence == "Apache-2.0"
    assert "THIRD-PARTY" in page.content.decode()


def test_it_names_every_library_with_its_licence(client):
    people.signed_in(client)
    rows = {row.name.lower(): row for row in client.get(reverse("office:about")).context["libraries"]}
    django = rows["django"]
    assert (django.version, django.licence) == (version("django"), "BSD-3-Clause")
    assert {"psycopg", "psycopg-pool", "duckdb", "granian", "numpy", "asgiref"} <= set(rows)
    assert [name for name, row in rows.items() if not row.licence] == []
