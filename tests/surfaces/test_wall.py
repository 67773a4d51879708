"""Pages see through the wall as far as the right that opens them reaches."""

import pytest
from django.urls import reverse
from tests import factories, people

from vernost.accounts.models import AccessRole
from vernost.core.actor import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("reaches", "seen"), [({}, ["Kazan"]), ({"customers.whole": "group"}, ["Kazan", "Samara"])])
def test_a_page_shows_the_branches_or_the_group(client, reaches, seen):
    kazan, samara = factories.branch(name="Kazan"), factories.branch(name="Samara")
    for branch in (samara, kazan):
        factories.order(branch=branch)
    role = AccessRole.objects.create(code="ours", kind=Role.MANAGER, grants={"reaches": reaches, "fields": None})
    client.force_login(people.user(Role.MANAGER, kazan, access_role=role))
    for _time in range(2):
        rows = client.get(reverse("office:orders"), {"c": ["number", "branch"]}).context["rows"]
        assert sorted(row.cells[1].words for row in rows) == seen
