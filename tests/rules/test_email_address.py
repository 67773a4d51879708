import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.macros import column_of

from vernost.core import email_address
from vernost.core.phone import Contact, Contacts


@pytest.mark.parametrize(
    ("written", "contacts"),
    [
        ("Ivan@Mail.ru", Contacts((Contact("ivan@mail.ru"),))),
        ("a@b.ru; c@d.com", Contacts((Contact("a@b.ru"), Contact("c@d.com")))),
        ("рабочая: a@b.ru", Contacts((Contact("a@b.ru", "рабочая"),))),
        ("Иван <a@b.ru>", Contacts((Contact("a@b.ru", "Иван"),))),
        ("почта@пример.рф", Contacts((Contact("почта@пример.рф"),))),
        ("a@b.ru, A@B.RU", Contacts((Contact("a@b.ru"),))),
        ("нет; a@b", Contacts((), ("нет", "a@b"))),
        ("", Contacts()),
    ],
)
def test_a_field_is_taken_apart(written, contacts):
    assert email_address.contacts_of(written) == contacts


@given(st.text(alphabet="aБ@.;, <>-", max_size=16))
def test_plain_fields_are_read_alike(written):
    [plain] = column_of(email_address.MACROS, "plain_emails(x)", [written])
    if plain is not None:
        contacts = email_address.contacts_of(written)
        assert [contact.value for contact in contacts.found] == list(dict.fromkeys(plain))
        assert contacts.rest == ()
