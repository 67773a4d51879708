"""Whatever is typed into the forms that the pages show: an answer in words, and text that stays text.

Forms and links with a query are read from the pages as a browser reads them, so a new page, form or field is walked by
itself. An address that takes a form which no page of the house shows must be named below, or the first test fails.
"""

import json
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.urls import reverse
from tests import house, naughty, walks
from tests.html_forms import Form, faults
from tests.pages import PageClient
from tests.walks import columns

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
    "office:customer-change-undo": (),
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
    "office:vehicle-change-undo": (),
    "workplace:appointment-change": (),
    "workplace:desk-undo": (),
    "workplace:unbook": ("monday", "starts_at", "works"),
}
_SHARE = 7


class Walk:
    """An administrator, his house, and the forms of its pages: of all, or of those that start with one of `only`."""

    def __init__(self, *, only=("",)):
        self.boss, self.known = house.built()
        self.client = PageClient()
        self.client.force_login(self.boss)
        self.cookies = dict(self.client.cookies)
        self.places = walks.urls(self.known)
        self.forms, self.statuses = walks.forms_on(self.client, self._some(only))

    def _some(self, only):
        yield from ((name, url) for name, url in self.places.items() if name.startswith(only))
        yield "edit", reverse("office:record-fields", args=["customer", self.known["customer_id"]]) + "?edit=1"
        # The operator's desk has its forms when a customer is in hand.
        self.client.post(reverse("workplace:desk-next"))
        yield "in hand", reverse("workplace:desk")

    def unshown(self):
        """Return the forms of `UNSHOWN`."""
        for name, typed in UNSHOWN.items():
            yield (name, "post", *typed), Form("post", self.places[name], [], dict.fromkeys(typed, "text"))

    def send(self, form, changes):
        """Send a form, follow where it leads to; return what was wrong with the answers. Nothing stays written."""
        with self.undone():
            try:
                answer = self.answer(form, changes)
                wrong = [answer.status_code] if answer.status_code >= 500 else faults(answer, form.url)
                if target := answer.headers.get("Location", ""):
                    wrong += faults(self.client.get(target), target)
            except Exception as error:  # noqa: BLE001 - whatever a person would see as a broken page
                return [f"{type(error).__name__}: {str(error)[:150]}"]
        return wrong

    def answer(self, form, changes):
        send = self.client.post if form.method == "post" else self.client.get
        return send(form.url, form.sent(changes))

    @contextmanager
    def undone(self):
        """Take back what is done within; whoever has signed out is signed in again."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        self.client.cookies.clear()
        self.client.cookies.update(self.cookies)


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
        place = " ".join(key)
        if form.method == "get" and not naughty.is_drawn(place, of=3):
            continue
        for text in naughty.some_for(place, 2 if form.method == "post" else 1):
            names = list(form.typed)
            if names and (told := walk.send(form, dict.fromkeys(names, text))):
                wrong[key[0], form.method, tuple(names)[:4], text[:30]] = told
    assert wrong == {}, "\n".join(f"{key}: {told}" for key, told in wrong.items())


@pytest.mark.slow
@pytest.mark.parametrize("kind", naughty.KINDS)
def test_every_text_gets_an_answer_in_every_form(walk, db, kind):  # noqa: ARG001 - as above
    """By turns in all fields at once, and in one alone, which lets what is in the others be taken."""
    wrong = {}
    for key, form in [*walk.forms, *walk.unshown()]:
        texts = kinds_of(form)
        for place, text in enumerate(naughty.KINDS[kind]):
            # Links with a query are many, and alike: each gets its share of the texts.
            if form.method == "get" and (place + len(key)) % _SHARE:
                continue
            names = [texts[place // 2 % len(texts)]] if texts and place % 2 else list(form.typed)
            if names and (told := walk.send(form, dict.fromkeys(names, text))):
                wrong[key[0], form.method, tuple(names)[:4], text[:30]] = told
    assert wrong == {}, "\n".join(f"{key}: {told}" for key, told in wrong.items())


# A word that is a yes, a number and a text.
SAID = "1"


def tables():
    return {
        model._meta.db_table: {
            field.column
            for field in model._meta.concrete_fields
            if not isinstance(field, models.DateTimeField | models.BinaryField | models.UUIDField)
            # Drawn by lot, and a message that tells the time.
            and field.column not in {"password", "hint", "body"}
        }
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.app_label not in {"sessions", "contenttypes"}
    }


def everything(known):
    """Return all rows, without moments, keys and secrets, which are others each time."""
    parts = [f"SELECT '{name}', to_jsonb(t) FROM \"{name}\" t" for name in sorted(known)]  # noqa: S608 - our tables
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        rows = cursor.fetchall()
    kept = [(name, {key: value for key, value in json.loads(row).items() if key in known[name]}) for name, row in rows]
    return sorted(f"{name} {json.dumps(row, sort_keys=True)}" for name, row in kept)


def counters():
    """Remember where ids stand; give what puts them back there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname || '.' || sequencename, coalesce(last_value, 0) FROM pg_sequences")
        known = cursor.fetchall()

    def back():
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT setval(name::regclass, greatest(at, 1), at > 0)
                     FROM unnest(%s::text[], %s::bigint[]) AS s(name, at)""",
                [[name for name, _at in known], [at for _name, at in known]],
            )

    return back


# Sent along by `hx-include` or the attribute `form`: they stand elsewhere on the page.
INCLUDED = {
    "office:supervisor-assign": {"target", "id"},
    "workplace:hold": {"mode", "branch", "customer", "vehicle", "invitation", "appointment", "kind", "hours"},
    "workplace:book": {"mode", "branch", "customer", "vehicle", "invitation", "appointment", "kind", "hours"},
}
# Where a column too many would give rights, or a customer to somebody else.
WEIGHTY = frozenset(
    f"office:{page}"
    for page in ("user-add", "user-edit", "profile", "role", "token-add", "customer-edit", "customer-new", "branch")
)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_form_changes_only_what_it_shows(walk, db, every):  # noqa: ARG001 - taken back
    names, known, wrong, changed = columns(), tables(), {}, set()
    back, before = counters(), everything(known)
    posts = [(key[0], form) for key, form in walk.forms if form.method == "post"]
    for name, form in posts if every else [(name, form) for name, form in posts if name in WEIGHTY]:
        shown = set().union(*(other.names() for of, other in posts if of == name), INCLUDED.get(name, set()))
        results = []
        for more in ({}, dict.fromkeys(names - shown, SAID)):
            with walk.undone():
                answer = walk.answer(form, more)
                results.append((answer.status_code, everything(known)))
            back()
        changed |= {name} if results[0][1] != before else set()
        # A form that changes nothing may refuse a name more: a trial run is strict with its programme's fields.
        if results[0][1] != results[1][1] or results[1][0] >= 500:
            wrong[name] = (results[0][0], results[1][0], sorted(set(results[0][1]) ^ set(results[1][1]))[:4])
    assert wrong == {}, "\n".join(f"{name}: {told}" for name, told in wrong.items())
    assert len(changed) >= (25 if every else 2)
