"""How webhooks are signed, where they may lead, and when they are tried again."""

import base64
import socket
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest

from vernost.automation.rules import webhooks
from vernost.core import outgoing

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_the_signature_is_that_of_the_published_example():
    """The example of the Standard Webhooks specification."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    body = b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhooks.signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body) == expected
    both = webhooks.signature([b"another", key], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body)
    assert both.split()[1] == expected


def test_a_message_is_tried_ten_times_within_three_days():
    moments = [webhooks.next_try(tries, NOW) for tries in range(1, 11)]
    assert moments[0] == NOW + timedelta(minutes=1)
    assert sum(((moment - NOW) for moment in moments[:-1]), timedelta()) < timedelta(days=3, hours=1)
    assert moments[-1] is None


def test_an_address_that_fails_in_a_row_rests():
    assert [webhooks.rests_until(failures, NOW) for failures in (4, 5, 50)] == [None, *[NOW + timedelta(minutes=5)] * 2]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.170",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "::ffff:0:7f00:1",
        "fec0::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
    ],
)
def test_an_address_inside_the_house_is_not_called(address):
    assert not outgoing.permitted(ip_address(address), 443)


def test_a_public_address_is_called_on_web_ports_only():
    found = {port: outgoing.permitted(ip_address("93.184.215.14"), port) for port in (80, 443, 22, 5432, 8080)}
    assert found == {80: True, 443: True, 22: False, 5432: False, 8080: False}


def test_a_network_that_the_installer_opened_is_called_on_any_port():
    opened = (ip_network("192.168.10.0/24"),)
    inside, beside = ip_address("192.168.10.7"), ip_address("192.168.11.7")
    assert [outgoing.permitted(each, 8080, opened) for each in (inside, beside)] == [True, False]
    assert outgoing.permitted(ip_address("::ffff:192.168.10.7"), 8080, opened)


@pytest.mark.parametrize(
    ("entered", "called"),
    [
        (
            "https://пример.рф/приём?ключ=а б",
            "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%80%D0%B8%D1%91%D0%BC?%D0%BA%D0%BB%D1%8E%D1%87=%D0%B0%20%D0%B1",
        ),
        ("http://server1c:8080/base/hs/x#part", "http://server1c:8080/base/hs/x"),
        ("http://[::1]:8080/in", "http://[::1]:8080/in"),
        ("https://example.ru/a%20b?c=%D0%B0&d=1", "https://example.ru/a%20b?c=%D0%B0&d=1"),
    ],
)
def test_an_address_is_spelled_as_networks_do(entered, called):
    assert outgoing.on_the_wire(entered) == called


@pytest.mark.parametrize(
    "entered",
    [
        "https://example.ru:99999/",
        "https://example.ru:port/",
        "https://me:word@example.ru/",
        "https://@example.ru/",
        "https://exa mple.ru/",
        "https://exa..mple.ru/",
        "https:///in",
        "https://[::1",
        "ftp://example.ru/",
        "example.ru",
    ],
)
def test_what_is_no_web_address_is_not_called(entered):
    with pytest.raises(outgoing.CallFailed, match="no_web_address"):
        outgoing.on_the_wire(entered)


def test_a_name_that_nobody_answers_for_is_not_waited_for(monkeypatch):
    """The machine's resolver hangs, as with a name server that is silent."""
    silent = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_how: silent.wait() and [])
    with pytest.raises(outgoing.CallFailed, match="slow_name"):
        outgoing.post("http://example.ru/in", body=b"{}", headers={})
    silent.set()
