import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories, nights, people
from tests.pages import sent

from vernost.core.actor import Role
from vernost.facts import operations as mirror
from vernost.invitations.models import Decision, Invitation, Programme
from vernost.invitations.operations import ensure_standing_programmes
from vernost.segments.models import Segment

pytestmark = pytest.mark.django_db(transaction=True)

DAY = nights.TODAY.isoformat()


@pytest.fixture
def programme():
    """«Next maintenance», switched off, with three cars that are due, one of them at the service last week."""
    ensure_standing_programmes()
    for number in (1, 2, 3):
        _customer, car = nights.person(number)
    nights.order(car, nights.TODAY.replace(day=25), external_id="O-new")
    mirror.rebuild(now=timezone.now())
    Programme.objects.update(active=False)
    chosen = Programme.objects.get(code="next_service")
    chosen.control_share = 0
    chosen.save()
    return chosen


def url_of(name, programme):
    return reverse(f"office:programme-{name}", args=[programme.pk])


def test_dry_run_says_how_many_who_and_who_not_and_every_number_opens_its_people(client, programme):
    people.signed_in(client)
    run = client.get(url_of("dry-run", programme), {"on": DAY}).context["run"]
    assert (run.candidates.count, run.invited.count) == (3, 2)
    assert [(line.url.rpartition("=")[2], line.count) for line in run.reasons] == [("visited_recently", 1)]
    assert [person.name for person in run.first] == ["Customer 1", "Customer 2"]
    assert (run.operator_hours, run.visits) == (0.3, 0.3)
    assert not Invitation.objects.exists()
    assert not Decision.objects.exists()
    names = [
        [row.name for row in client.get(line.url).context["rows"]]
        for line in (run.candidates, run.invited, *run.reasons)
    ]
    assert names == [["Customer 1", "Customer 2", "Customer 3"], ["Customer 1", "Customer 2"], ["Customer 3"]]


def test_people_behind_a_number_become_a_segment(client, programme):
    manager = people.signed_in(client)
    run = client.get(url_of("dry-run", programme), {"on": DAY}).context["run"]
    page = client.get(run.invited.url)
    assert (page.context["savable"], "Сохранить как сегмент" in page.content.decode()) == (True, True)
    answer = client.post(f"{url_of('people', programme)}?{page.context['export']}")
    segment = Segment.objects.get()
    assert answer["Location"] == reverse("office:segment", args=[segment.pk])
    assert (segment.frozen, segment.owner_id, segment.counted_for) == (True, manager.pk, nights.TODAY)
    names = segment.members.order_by("customer_id").values_list("customer__full_name", flat=True)
    assert list(names) == ["Customer 1", "Customer 2"]
    people.signed_in(client, Role.OPERATOR)
    assert client.post(run.invited.url).status_code == 403
    assert Segment.objects.count() == 1


def test_page_as_it_stands_is_counted_but_only_a_saved_one_starts(client, programme):
    people.signed_in(client)
    dry_run, start = url_of("dry-run", programme), url_of("start", programme)
    page = client.get(reverse("office:programme", args=[programme.pk]))
    unsaved = client.post(dry_run, sent(page, lead_days="0", grace_days="0", on=DAY))
    assert unsaved.context["run"].candidates.count == 0
    assert (unsaved.context["ticket"], unsaved.context["unsaved"]) == ("", True)
    fragment = client.post(dry_run, sent(page, lead_days="", on=DAY), headers={"HX-Request": "true"})
    assert fragment.context.get("run") is None
    assert "note--warn" in fragment.content.decode()
    assert client.post(dry_run, sent(page, lead_days="", on=DAY)).status_code == 422
    saved = client.post(dry_run, sent(page, on=DAY))
    assert saved.context["run"].candidates.count == 3
    client.post(reverse("office:programme", args=[programme.pk]), sent(page, lead_days="21"))
    for ticket in ("made-up", saved.context["ticket"]):
        refused = client.post(start, {"ticket": ticket}, follow=True)
        assert "toast--bad" in refused.content.decode()
    programme.refresh_from_db()
    assert (programme.grace_days, programme.lead_days, programme.active) == (90, 21, False)
    client.post(start, {"ticket": client.get(dry_run, {"on": DAY}).context["ticket"]})
    programme.refresh_from_db()
    assert programme.active


def test_before_any_data_a_dry_run_says_so(client, settings, tmp_path):
    settings.MIRROR_DIR = tmp_path
    ensure_standing_programmes()
    people.signed_in(client)
    programme = Programme.objects.get(code="lost")
    for name in ("dry-run", "people"):
        answer = client.get(url_of(name, programme), {"on": DAY})
        assert answer.status_code == 200
        assert "note--warn" in answer.content.decode()


def test_invitations_behind_the_numbers_of_the_list(client, django_assert_max_num_queries):
    people.signed_in(client)
    programme, branch = factories.programme(), factories.branch()
    for state in ("queued", "booked", "declined"):
        factories.invitation(programme=programme, branch=branch, state=state, created_for=nights.TODAY)
    url = url_of("invitations", programme)
    with django_assert_max_num_queries(6):
        assert [row.state for row in client.get(url).context["page"].rows] == ["queued"]
    assert [row.state for row in client.get(url, {"of": "booked"}).context["page"].rows] == ["booked"]
    assert client.get(url, {"of": "day", "on": DAY}).context["total"] == 3
    people.signed_in(client, Role.MANAGER, factories.branch(name="Samara"))
    assert client.get(url).context["page"].rows == []


def test_card_answers_why(client, programme):
    Programme.objects.update(active=True)
    people.signed_in(client)
    invited, visited = (factories.Customer.objects.get(external_id=f"C-{number}") for number in (1, 3))
    # The page stands at once and asks for its answer; without scripts it comes whole.
    page = client.get(reverse("office:customer-why", args=[invited.pk]), {"on": DAY})
    assert ("answers" in page.context, f"?on={DAY}" in page.content.decode()) == (False, True)
    whole = client.get(reverse("office:customer-why", args=[invited.pk]), {"on": DAY, "full": "1"})
    answers = whole.context["answers"]
    assert (answers[0].programme, answers[0].state) == (programme.title, "invited")
    fragment = client.get(
        reverse("office:customer-why", args=[visited.pk]), {"on": DAY}, headers={"HX-Request": "true"}
    )
    (suppressed,) = [each for each in fragment.context["answers"] if each.programme == programme.title]
    assert suppressed.state == "suppressed"
    assert "25.11.2026" in suppressed.verdict
