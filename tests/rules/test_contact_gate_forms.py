"""The contact gate has two forms: of one customer for a call, of all of them for the night. They agree."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tests import mirrors
from tests.rules.base import TODAY, Base, decide, rule

from vernost.accounts.rules import RuleSettings
from vernost.contacts.rules import (
    AllowedHours,
    Caps,
    Gate,
    MessageClass,
    OutboundChannel,
    Person,
    Refusal,
    Statement,
)
from vernost.core.calendar import ProductionCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
# The night asks for the day, the gate for a moment of it: one at which a call is always allowed.
NOON = datetime.combine(TODAY, time(12), MOSCOW)
CAPS = Caps()
ADDRESS = {"call": "phone", "sms": "phone", "email": "email", "messenger": "messenger"}
# Branches of the group by their companies; the last one belongs to none.
COMPANIES = {1: 7, 2: 8, 3: None}
# What the night calls the reasons of the gate.
REASON = {None: "", Refusal.NO_ADDRESS: "no_contact"}
IN_ORDER = list(Refusal)

days = st.integers(-3, 100).map(lambda ago: TODAY - timedelta(days=ago))
channels = st.sampled_from([channel.value for channel in OutboundChannel])


@dataclass(frozen=True)
class Case:
    """One customer, as the mirror has him; `home`: the household he lives in, since when and until when.

    `consents`: channel, answer, day and the company that it was said to; `branch`: of his car.
    """

    blocked: bool | None
    blocked_on: date | None
    consents: list[tuple[str, bool, date | None, int | None]]
    addresses: list[tuple[str, date | None]]
    stops: list[tuple[str, date]]
    contacts: list[tuple[date, str, str, str]]
    home: tuple[int, date, date | None] | None = None
    branch: int | None = None

    @property
    def family(self):
        if self.home is None:
            return None
        number, since, left_on = self.home
        return number if since <= TODAY and (left_on is None or left_on > TODAY) else None

    @property
    def called(self):
        return [on for on, where, direction, _outcome in self.contacts if direction == "out" and where in ADDRESS]


contact = st.tuples(
    days,
    st.sampled_from([*ADDRESS, "visit", "web"]),
    st.sampled_from(["out", "out", "in", ""]),
    st.sampled_from(["", "no_answer", "booked", "do_not_call"]),
)
homes = st.tuples(st.integers(1, 4), days, st.none() | days).filter(lambda home: home[2] is None or home[1] <= home[2])
cases = st.builds(
    Case,
    home=st.none() | homes,
    blocked=st.sampled_from([None, None, False, False, True]),
    blocked_on=st.none() | days,
    branch=st.none() | st.sampled_from(list(COMPANIES)),
    consents=st.lists(
        st.tuples(channels, st.booleans(), st.none() | days, st.none() | st.sampled_from([7, 8])), max_size=6
    ),
    addresses=st.lists(st.tuples(st.sampled_from(["phone", "phone", "email"]), st.none() | days), max_size=3),
    stops=st.lists(st.tuples(channels, days), max_size=1),
    contacts=st.lists(contact, max_size=5),
)


def scalar(case, channel, message, caps, crowd=()):
    """Return what the gate of one customer says of a channel; the crowd has the others of his household."""
    stops = [since for where, since in case.stops if where == channel]
    stops += [on for on, where, _direction, outcome in case.contacts if where == channel and outcome == "do_not_call"]
    blocked = case.blocked_on is not None if case.blocked is None else case.blocked
    person = Person(
        blocked=blocked and (case.blocked_on is None or case.blocked_on <= TODAY),
        statements=[
            Statement(given, on)
            for where, given, on, company in case.consents
            if where == channel and company in {None, COMPANIES.get(case.branch)}
        ],
        stopped_since=min(stops, default=None),
        has_address=any(kind == ADDRESS[channel] and (no is None or no > TODAY) for kind, no in case.addresses),
        contacts=case.called,
        zones=(MOSCOW,),
        at_home=[
            on
            for other in crowd
            if other is not case and case.family is not None and other.family == case.family
            for on in other.called
        ],
    )
    gate = Gate(caps=caps, hours=AllowedHours(), calendar=ProductionCalendar({}))
    return gate.refusal(person, message=message, moment=NOON, on=TODAY)


def expected(case, uses, message, caps, crowd=()):
    """Return the reason for all channels: none where one is open, else that of the channel that got furthest."""
    refusals = [scalar(case, channel, message, caps, crowd) for channel in uses]
    refusal = None if None in refusals else max(refusals, key=IN_ORDER.index)
    return REASON.get(refusal, refusal and refusal.value)


def base_of(crowd):
    made = Base()
    for branch, company in COMPANIES.items():
        made.add("branches", branch_id=branch, company_id=company)
    made.rows["consents"] = mirrors.as_consents(
        {"customer_id": number, "company_id": company, "channel": where, "given": given_, "on": on}
        for number, case in enumerate(crowd, 1)
        for where, given_, on, company in case.consents
    )
    for number, case in enumerate(crowd, 1):
        made.customer(number, blocked=case.blocked, blocked_on=case.blocked_on)
        made.car(number, owner=number, branch_id=case.branch)
        made.visit(date(2025, 11, 20), vehicle_id=number, kind="maintenance", ref=f"O-{number}", customer_id=number)
        if case.home:
            household, since, left_on = case.home
            made.add("households", customer_id=number, household_id=household, since=since, left_on=left_on)
        for kind, invalid_on in case.addresses:
            made.add("addresses", customer_id=number, kind=kind, invalid_on=invalid_on)
        for where, since in case.stops:
            made.add("stops", customer_id=number, channel=where, since=since)
        for on, where, direction, outcome in case.contacts:
            row = {"channel": where, "direction": direction, "outcome": outcome, "on": on}
            made.add("interactions", customer_id=number, **row)
    return made


@settings(max_examples=10)
@given(
    crowd=st.lists(cases, min_size=20, max_size=40),
    uses=st.lists(channels, min_size=1, max_size=4, unique=True),
    message=st.sampled_from(MessageClass),
    caps=st.builds(
        Caps, quiet_days=st.integers(0, 30), window_days=st.integers(1, 95), window_contacts=st.integers(1, 5)
    ),
)
def test_the_night_and_the_gate_of_one_customer_agree(crowd, uses, message, caps):
    rules = RuleSettings(
        contact_quiet_days=caps.quiet_days,
        contact_window_days=caps.window_days,
        contact_window_count=caps.window_contacts,
    )
    # A recall by its class: the kind decides only which cars are due.
    kind = "recall" if message is MessageClass.RECALL else "next_service"
    made = base_of(crowd)
    if kind == "recall":
        for number, car in enumerate(made.rows["vehicles"], 1):
            car["vin"] = f"VIN{number}"
            made.add("recalls", code="R-1", vin=f"VIN{number}", title="", starts_on=date(2026, 5, 1))
    asked = rule(kind, message_class=message, channels=frozenset(uses))
    found = {row["customer_id"]: row["reason"] for row in decide(made, asked, settings=rules)}
    assert found == {number: expected(case, uses, message, caps, crowd) for number, case in enumerate(crowd, 1)}


def test_every_two_words_to_the_group_and_to_companies_agree():
    """The word that counts is the latest of those to the group and to the company of the car's branch."""
    told = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    words = list(product(["call"], [True, False], [None, *told], [None, *COMPANIES.values()][:3]))
    crowd = [
        Case(None, None, said, [("phone", None)], [], [], branch=branch)
        for branch in (None, *COMPANIES)
        for said in ([[one] for one in words] + [[one, other] for one, other in product(words, words)])
    ]
    asked = rule("next_service", message_class=MessageClass.ADVERTISING)
    found = {row["customer_id"]: row["reason"] for row in decide(base_of(crowd), asked)}
    assert found == {
        number: expected(case, ["call"], MessageClass.ADVERTISING, CAPS) for number, case in enumerate(crowd, 1)
    }
    invited = [case for number, case in enumerate(crowd, 1) if not found[number]]
    assert {case.consents[0][3] for case in invited if len(case.consents) == 1 and case.branch == 2} == {None, 8}


def test_caps_of_a_hundred_days_of_contacts_agree():
    """Every distance of a contact, alone and with three others: no day is on the wrong side."""
    crowd = [
        Case(None, None, [], [("phone", None)], [], [(TODAY - timedelta(days=ago), "call", "out", "")])
        for ago in range(101)
    ]
    others = [(TODAY - timedelta(days=ago), "call", "out", "") for ago in (20, 21, 22)]
    crowd += [Case(None, None, [], [("phone", None)], [], [*case.contacts, *others]) for case in crowd]
    found = {row["customer_id"]: row["reason"] for row in decide(base_of(crowd), rule("next_service"))}
    assert found == {
        number: expected(case, ["call"], MessageClass.SERVICE, CAPS) for number, case in enumerate(crowd, 1)
    }
    assert list(found.values()).count("contacted_recently") == 14 + 90


def test_caps_of_a_household_agree():
    """A household is one: four calls to four of it tire all, of one who has moved out or not in yet none."""
    calls = [[(TODAY - timedelta(days=ago), "call", "out", "")] for ago in (20, 30, 40, 50)]
    long_ago, tomorrow = TODAY - timedelta(days=400), TODAY + timedelta(days=1)
    stays = [
        *[(1, long_ago, None)] * 4,
        *[(2, long_ago, None)] * 3,
        (2, long_ago, TODAY),
        *[(3, long_ago, None)] * 3,
        (3, tomorrow, None),
        *[(4, long_ago, None)] * 3,
        (4, long_ago, tomorrow),
        *[(5, long_ago, None)] * 2,
        *[(6, long_ago, None)] * 2,
    ]
    crowd = [Case(None, None, [], [("phone", None)], [], calls[number % 4], stay) for number, stay in enumerate(stays)]
    found = {row["customer_id"]: row["reason"] for row in decide(base_of(crowd), rule("next_service"))}
    tired = {number for number, reason in found.items() if reason == "contacted_recently"}
    assert tired == {1, 2, 3, 4, 13, 14, 15, 16}
    assert found == {
        number: expected(case, ["call"], MessageClass.SERVICE, CAPS, crowd) for number, case in enumerate(crowd, 1)
    }
    assert {expected(case, ["call"], MessageClass.RECALL, CAPS, crowd) for case in crowd} == {""}
