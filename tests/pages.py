"""Asking for pages as the web process does."""

from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from vernost import embedded
from vernost.segments.models import Segment


class PageClient(Client):
    """A test client whose requests run as `vernost_app`; what a test prepares around them, as the owner."""

    def request(self, **request: Any) -> Any:
        # Past Django's cursor, so that tests which count queries count those of the page.
        connection.ensure_connection()
        session = connection.connection
        session.execute(f"SET ROLE {embedded.APP_ROLE}")
        try:
            return super().request(**request)
        finally:
            if not connection.needs_rollback:
                session.execute("RESET ROLE")


def sent(page, **changes):
    """Return the form as a browser would send it back, with some fields changed."""
    form, values = page.context["form"], {}
    for bound in form:
        value = bound.value()
        if bound.name == "channels":
            values |= {f"channels_{place}": code for place, code in enumerate(value)}
        elif bound.name == "branches":
            values["branches"] = [str(each) for each in value]
        elif value is not None and value is not False:
            values[bound.name] = value
    return {**values, **changes}


def saved_people(client, url):
    """Press "Save as a segment" on a list of people; return the customers of the segment that is opened then."""
    answer = client.post(url)
    segment = Segment.objects.latest("pk")
    assert answer["Location"] == reverse("office:segment", args=[segment.pk])
    assert (segment.rule, segment.frozen) == (None, True)
    return set(segment.members.values_list("customer_id", flat=True))
