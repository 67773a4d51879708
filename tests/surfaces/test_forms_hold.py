"""Whatever is typed into the forms that the pages show: an answer in words, and text that stays text.

Forms and links with a query are read from the pages as a browser reads them, so a new page, form or field is walked by
itself. An address that takes a form which no page of the house shows must be named below, or the first test fails.
"""

from contextlib import contextmanager

import pytest
from django.db import transaction
from django.urls import reverse
from tests import house, march, naughty, walks
from tests.html_forms import Form, faults
from tests.pages import PageClient

# Taking a form without showing it now: what a person types into it, by name.
UNSHOWN: dict[str, tuple[str, ...]] = {
    "account_set_password": (),
    "mfa_activate_totp": ("code",),
    "mfa_deactivate_totp": (),
    "mfa_generate_recovery_codes": (),
    "mfa_reauthenticate": ("code",),
    "office:audit-undo": (),
    "office:branch-day-drop": (),
    "office:calendar-day": ("on", "kind", "title"),
    "office:calendar-verify": (),
    "office:erasure-act": (),
    "office:import-start": (),
    "office:import-stop": (),
    "office:list-view-drop": (),
    "office:motivation-drop": ("role", "kpi", "valid_from"),
    "office:person-end": ("on",),
    "office:programme-start": ("ticket",),
    "office:programme-withdraw": ("reason",),
    "office:role-end": ("on",),
    "office:role-reset": (),
    "office:setting-reset": (),
    "office:user-activate": (),
    "office:user-reset-totp": (),
    "workplace:appointment-change": (),
    "workplace:desk-undo": (),
    "workplace:unbook": ("monday", "starts_at", "works"),
}
# As many fields are tried one by one; of a longer form each text goes through one, and through all at once.
_SEVERAL = 12


class Walk:
    def __init__(self, *, engine=False):
        self.boss, self.known = house.built()
        self.client = PageClient()
        self.client.force_login(self.boss)
        self.places = walks.urls(self.known, engine=engine)
        self.forms, self.statuses = walks.forms_on(self.client, self._all(engine))

    def _all(self, engine):
        yield from self.places.items()
        if not engine:
            yield "edit", reverse("office:record-fields", args=["customer", self.known["customer_id"]]) + "?edit=1"
            yield "add", reverse("workplace:reception")
            # The operator's desk has its forms when a customer is in hand.
            self.client.post(reverse("workplace:desk-next"))
            yield "in hand", reverse("workplace:desk")

    def unshown(self):
        """Return the forms of `UNSHOWN`."""
        for name, typed in UNSHOWN.items():
            yield (name, "post", *typed), Form("post", self.places[name], [], dict.fromkeys(typed, "text"))

    def send(self, form, changes):
        """Send a form, follow where it leads to; return what was wrong with the answers. Nothing stays written."""
        with undone():
            try:
                send = self.client.post if form.method == "post" else self.client.get
                answer = send(form.url, form.sent(changes))
                wrong = [answer.status_code] if answer.status_code >= 500 else faults(answer, form.url)
                if target := answer.headers.get("Location", ""):
                    wrong += faults(self.client.get(target), target)
            except Exception as error:  # noqa: BLE001 - whatever a person would see as a broken page
                return [f"{type(error).__name__}: {str(error)[:150]}"]
        return wrong


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def walk(shared_rows):  # noqa: ARG001 - the tables are emptied afterwards
    return Walk()


def test_every_form_is_walked(walk, db):  # noqa: ARG001 - beside the tests of the same rows
    shown = {key[0] for key, form in walk.forms if form.method == "post"}
    waits = {name for name, status in walk.statuses.items() if status == 405} - shown - set(UNSHOWN)
    assert sorted(waits) == [], "no page of tests/house.py shows these forms: add what shows them, or name them here"
    assert sorted(set(UNSHOWN) & shown) == [], "shown now: take them off the list"
    assert {name: status for name, status in walk.statuses.items() if status >= 500} == {}


def kinds_of(form):
    return [name for name, kind in form.typed.items() if kind not in {"number", "date", "time"}]


def test_a_text_of_any_kind_gets_an_answer(walk, db):  # noqa: ARG001 - taken back
    wrong = {}
    for key, form in [*walk.forms, *walk.unshown()]:
        texts = naughty.some_for(" ".join(key), 3)
        for place, text in enumerate(texts):
            names = list(form.typed) if place < 2 else kinds_of(form)[:1]
            if names and (told := walk.send(form, dict.fromkeys(names, text))):
                wrong[key[0], form.method, tuple(names)[:4], text[:30]] = told
    assert wrong == {}, "\n".join(f"{key}: {told}" for key, told in wrong.items())


@pytest.mark.slow
@pytest.mark.parametrize("kind", naughty.KINDS)
def test_every_text_gets_an_answer_in_every_field(walk, db, kind):  # noqa: ARG001 - as above
    wrong = {}
    for key, form in [*walk.forms, *walk.unshown()]:
        texts = kinds_of(form)
        for place, text in enumerate(naughty.KINDS[kind]):
            alone = texts if len(texts) <= _SEVERAL and form.method == "post" else texts[place % len(texts) :][:1] if texts else []
            for names in [list(form.typed), *([name] for name in alone)]:
                if names and (told := walk.send(form, dict.fromkeys(names, text))):
                    wrong[key[0], form.method, tuple(names)[:4], text[:30]] = told
    assert wrong == {}, "\n".join(f"{key}: {told}" for key, told in wrong.items())
