from datetime import date, timedelta

from tests.rules.base import TODAY, Base, decide, reasons, rule

from vernost.contacts.rules import MessageClass, OutboundChannel
from vernost.invitations.rules import Suppression

YEAR_AGO = date(2025, 11, 15)
TOMORROW = TODAY + timedelta(days=1)
OTHER = 9000
ADVERTISING, SERVICE, RECALL = MessageClass.ADVERTISING, MessageClass.SERVICE, MessageClass.RECALL


def ago(days):
    return TODAY - timedelta(days=days)


def person(made, number, *, address="phone", **customer):
    """A customer who may be called, with one car that is due for maintenance; both have this number."""
    made.customer(number, **customer)
    if address:
        made.add("addresses", customer_id=number, kind=address)
    made.car(number, owner=number, vin=f"VIN{number}")
    return made.visit(YEAR_AGO, vehicle_id=number, kind="maintenance", ref=f"O-{number}", customer_id=number)


def base(**customer):
    return person(Base(), 10, **customer)


def recalled(made, number=10):
    return made.add("recalls", code="R-1", vin=f"VIN{number}", title="", starts_on=date(2026, 5, 1))


def answers(table, cases, plain=None, *, kind="next_service", **changes):
    """Put each case's row beside a person of its own, decide once, return each person's answer."""
    made = Base()
    for number, columns in enumerate(cases, start=1):
        recalled(person(made, number), number)
        rows = columns if isinstance(columns, list) else [columns]
        for row in rows:
            made.add(table, **{"customer_id": number, "vehicle_id": number} | (plain or {}) | row)
    return _by_person(made, len(cases), rule(kind, **changes))


def _by_person(made, count, *rules):
    found = {row["vehicle_id"]: row["reason"] for row in decide(made, *rules)}
    return [found.get(number) for number in range(1, count + 1)]


def test_a_customer_whom_nothing_holds_back_is_invited():
    assert decide(base(), rule("next_service")) == [
        {
            "programme": "next_service",
            "vehicle_id": 10,
            "customer_id": 10,
            "due_on": date(2026, 11, 15),
            "expires_on": date(2027, 2, 13),
            "anchor": "order:O-10",
            "seat": 10,
            "branch_id": None,
            "zone": "",
            "value": 0,
            "bucket": 9364,
            "cycle_id": None,
            "held_out": False,
            "settled": False,
            "reason": "",
        }
    ]


def test_a_pair_is_a_candidate_from_lead_to_grace_both_days_included():
    days = [date(2026, 10, 31), date(2026, 11, 1), date(2027, 2, 13), date(2027, 2, 14)]
    found = [len(decide(base(), rule("next_service"), as_of=day)) for day in days]
    assert found == [0, 1, 1, 0]  # 14 days before the due date, 90 days after it


def test_blocked():
    cases = [
        {"blocked": True},
        {"blocked": True, "blocked_on": TODAY},
        {"blocked": True, "blocked_on": TOMORROW},
        {"blocked": None, "blocked_on": TODAY},
        {"blocked": None, "blocked_on": TOMORROW},
        {"blocked": False, "blocked_on": TODAY},
    ]
    made = Base()
    for number, customer in enumerate(cases, start=1):
        person(made, number, **customer)
    answer = _by_person(made, len(cases), rule("next_service"))
    assert answer == ["blocked", "blocked", "", "blocked", "", ""]


def test_not_owner_where_the_ownership_has_ended():
    plain = {"deal_id": 1, "ref": "D-1", "status": "won", "kind": "trade_in", "closed_on": ago(3)}
    assert answers("deals", [{}, {"customer_id": OTHER}], plain) == ["not_owner", ""]


def test_only_advertising_needs_a_consent():
    statements = [
        [],
        {"on": None},
        {"on": TODAY},
        {"on": TOMORROW},
        {"channel": "sms", "on": None},
        [{"on": ago(9)}, {"given": False, "on": ago(3)}],
        [{"given": False, "on": ago(9)}, {"on": ago(3)}],
        [{"given": False, "on": None}, {"on": ago(3)}],
        [{"on": ago(3)}, {"given": False, "on": ago(3)}],  # of one day a no wins
    ]
    plain = {"channel": "call", "given": True}
    made = Base()
    for number, rows in enumerate(statements, start=1):
        person(made, number)
        for row in rows if isinstance(rows, list) else [rows]:
            made.add("consents", customer_id=number, **plain | row)
    no = "no_consent"
    by_class = [_by_person(made, 9, rule("next_service", message_class=message)) for message in MessageClass]
    assert by_class == [[no, "", "", no, no, no, "", "", no], [""] * 9, [""] * 9]


def test_a_night_with_no_consent_at_all_invites_nobody_to_advertising():
    made = person(person(Base(), 1), 2)
    rows = decide(made, rule("next_service", message_class=ADVERTISING))
    assert reasons(rows) == [("next_service", 1, "no_consent"), ("next_service", 2, "no_consent")]


def test_no_contact_where_no_channel_of_the_programme_has_an_address():
    made = Base()
    cases = [("phone", None), ("phone", TODAY), ("phone", TOMORROW), ("email", None), ("messenger", None)]
    for number, (kind, invalid_on) in enumerate(cases, start=1):
        person(made, number, address=None).add("addresses", customer_id=number, kind=kind, invalid_on=invalid_on)
    no = "no_contact"
    channels = [("call",), ("sms",), ("email",), ("call", "email"), ("messenger",)]
    found = [_by_person(made, 5, rule("next_service", channels=tuple(map(OutboundChannel, each)))) for each in channels]
    assert found == [
        ["", no, "", no, no],
        ["", no, "", no, no],
        [no, no, no, "", no],
        ["", no, "", "", no],
        [no, no, no, no, ""],
    ]


def test_a_channel_must_have_the_consent_and_the_address_and_no_stop():
    made = person(Base(), 1).add("consents", customer_id=1, channel="email", given=True)
    made.add("stops", customer_id=1, channel="sms", since=TODAY)
    channels = (OutboundChannel.EMAIL, OutboundChannel.SMS)
    asked = [
        rule("next_service", channels=channels, message_class=message, code=message)
        for message in (ADVERTISING, SERVICE)
    ]
    found = [decide(made, each)[0]["reason"] for each in asked]
    assert found == ["no_contact", "do_not_disturb"]  # consent without an address; address but stopped


def test_do_not_disturb_holds_back_every_class():
    no = "do_not_disturb"
    stops = [
        {"channel": "call", "since": TODAY},
        {"channel": "call", "since": TOMORROW},
        {"channel": "sms", "since": TODAY},
    ]
    made = Base()
    for number, stop in enumerate(stops, start=1):
        recalled(person(made, number), number).add("stops", customer_id=number, **stop)
    assert _by_person(made, 3, rule("next_service")) == [no, "", ""]
    assert _by_person(made, 3, rule("recall")) == [no, "", ""]


def test_do_not_call_in_the_history_sets_do_not_disturb_of_its_channel():
    cases = [{"on": TODAY}, {"on": ago(999)}, {"on": TOMORROW}, {"on": ago(99), "channel": "sms"}]
    plain = {"channel": "call", "outcome": "do_not_call", "direction": "in"}
    assert answers("interactions", cases, plain) == ["do_not_disturb", "do_not_disturb", "", ""]


def test_open_appointment():
    cases = [
        {},
        {"status": "confirmed"},
        {"starts_on": TODAY},
        {"starts_on": ago(1)},
        {"status": "cancelled"},
        {"booked_on": TODAY},
        {"booked_on": TOMORROW},
        {"vehicle_id": OTHER},
        {"vehicle_id": None},  # the customer's, whatever the car
        {"vehicle_id": None, "customer_id": OTHER},
    ]
    plain = {"status": "booked", "starts_on": TODAY + timedelta(days=5)}
    yes = "open_appointment"
    assert answers("appointments", cases, plain) == [yes, yes, yes, "", "", yes, "", "", yes, ""]


def test_a_car_in_the_workshop_counts_as_an_open_appointment():
    cases = [
        {},
        {"opened_on": ago(30)},
        {"opened_on": ago(31)},
        {"opened_on": TOMORROW},
        {"status": "cancelled"},
        {"status": "closed", "closed_on": TOMORROW},
        {"vehicle_id": OTHER},
    ]
    plain = {"order_id": 77, "status": "open", "opened_on": TODAY, "kind": "repair"}
    yes = "open_appointment"
    assert answers("orders", cases, plain) == [yes, yes, "", "", "", yes, ""]


def test_visited_recently_whoever_brought_the_car():
    cases = [{"on": ago(30)}, {"on": ago(31)}, {"on": TODAY}]
    plain = {"customer_id": OTHER, "closed_second": 0, "ref": "x", "kind": "repair"}
    found = answers("vehicle_visits", cases, plain)
    assert found == ["visited_recently", "", "visited_recently"]


def test_already_invited_in_this_cycle():
    cases = [
        {},
        {"state": "declined", "ended_on": ago(1)},  # a closed one of this cycle
        {"anchor": "order:O-0"},
        {"programme": "lost"},
        {"vehicle_id": OTHER},
        {"created_for": TOMORROW},
        {"customer_id": OTHER},  # the owner before him still has it open
        {"customer_id": OTHER, "state": "not_owner", "ended_on": ago(1)},
    ]
    made = Base()
    for number, columns in enumerate(cases, start=1):
        plain = {
            "invitation_id": number,
            "programme": "next_service",
            "vehicle_id": number,
            "customer_id": number,
            "anchor": f"order:O-{number}",
            "created_for": ago(1),
            "state": "queued",
            "due_on": TODAY,
        }
        person(made, number).add("invitations", **plain | columns)
    yes = "already_invited"
    assert _by_person(made, 8, rule("next_service")) == [yes, yes, "", "", "", "", yes, ""]


def test_invited_today_stays_invited_whatever_the_day_brings():
    made = base().add("appointments", customer_id=10, vehicle_id=10, status="booked", starts_on=TODAY, booked_on=TODAY)
    made.add("invitations", invitation_id=1, programme="next_service", vehicle_id=10, customer_id=10,
             anchor="order:O-10", created_for=TODAY, state="booked", due_on=date(2026, 11, 15))  # fmt: skip
    assert reasons(decide(made, rule("next_service"))) == [("next_service", 10, "")]
    # The car came: it is due no more, and the answer of today stands.
    made.visit(TODAY, vehicle_id=10, kind="maintenance", customer_id=10)
    assert reasons(decide(made, rule("next_service"), rule("lost"))) == [("next_service", 10, "")]


def test_contacted_recently():
    cases = [
        [{"on": ago(days)} for days in contacts]
        for contacts in ([1], [14], [15], [0], [15, 30, 60, 90], [15, 30, 60, 91])
    ]
    cases += [
        {"direction": "in"},
        {"direction": ""},
        {"channel": "visit"},
        {"channel": "messenger"},
        {"customer_id": None},
        {"vehicle_id": OTHER, "outcome": "no_answer"},  # any car, any outcome
    ]
    plain = {"on": ago(1), "channel": "call", "direction": "out", "outcome": ""}
    yes = "contacted_recently"
    expected = [yes, yes, "", "", yes, "", "", "", "", yes, "", yes]
    assert answers("interactions", cases, plain) == expected
    assert answers("interactions", cases, plain, kind="recall") == [""] * 12


def test_recalls_ignore_visits():
    plain = {"closed_second": 0, "ref": "x", "kind": "repair"}
    assert answers("vehicle_visits", [{"on": ago(1)}], plain, kind="recall") == [""]


def test_the_reasons_are_asked_in_their_order():
    made = base(blocked=True).deal(ago(3), vehicle_id=10, kind="trade_in", customer_id=10)
    assert decide(made, rule("next_service"))[0]["reason"] == "blocked"
    made = person(Base(), 10, address=None).deal(ago(3), vehicle_id=10, kind="trade_in", customer_id=10)
    assert decide(made, rule("next_service", message_class=ADVERTISING))[0]["reason"] == "not_owner"
    assert [reason.value for reason in Suppression] == [
        "blocked",
        "not_owner",
        "no_consent",
        "no_contact",
        "do_not_disturb",
        "open_appointment",
        "visited_recently",
        "already_invited",
        "contacted_recently",
        "outranked",
        "over_capacity",
        "held_out",
    ]


def test_the_higher_programme_takes_the_car_and_only_the_car():
    made = recalled(base()).car(2).visit(YEAR_AGO, vehicle_id=2, kind="maintenance")
    rows = decide(made, rule("next_service"), rule("recall"), rule("warranty_end"))
    assert reasons(rows) == [("next_service", 2, ""), ("next_service", 10, "outranked"), ("recall", 10, "")]


def test_who_is_held_back_does_not_take_the_car():
    made = base().add("consents", customer_id=10, channel="call", given=True)
    made.add("invitations", programme="next_service", vehicle_id=10, customer_id=10, anchor="order:O-10",
             created_for=ago(9), state="declined", ended_on=ago(8), invitation_id=1, due_on=TODAY)  # fmt: skip
    rows = decide(made, rule("next_service"), rule("lost"))
    assert reasons(rows) == [("lost", 10, ""), ("next_service", 10, "already_invited")]


def test_within_a_programme_the_earlier_due_date_then_the_smaller_anchor_takes_the_car():
    made = base()
    for code, starts_on in (("R-10", date(2026, 5, 2)), ("R-9", date(2026, 5, 1)), ("R-1", date(2026, 5, 1))):
        made.add("recalls", code=code, vin="VIN10", title="", starts_on=starts_on)
    rows = decide(made, rule("recall"))
    assert [(row["anchor"], row["reason"]) for row in rows] == [
        ("recall:R-1", ""),
        ("recall:R-10", "outranked"),
        ("recall:R-9", "outranked"),
    ]


def test_a_programme_of_some_branches_looks_only_there():
    made = base().car(2, branch_id=7).visit(YEAR_AGO, vehicle_id=2, kind="maintenance")
    made.car(3, branch_id=7).visit(YEAR_AGO, vehicle_id=3, kind="maintenance", branch_id=8)
    rows = decide(made, rule("next_service", branch_ids=frozenset({7})))
    assert reasons(rows) == [("next_service", 2, "")]


def test_a_programme_outside_its_days_takes_nothing():
    before = rule("next_service", starts_on=TOMORROW)
    after = rule("next_service", ends_on=ago(1))
    assert (decide(base(), before), decide(base(), after), decide(base())) == ([], [], [])


def test_a_day_before_any_data_and_a_base_without_customers_have_no_candidates():
    everything = [rule(kind) for kind in ("next_service", "recall", "lost", "seasonal", "deferred_work")]
    assert decide(base(), *everything, as_of=date(1999, 1, 1)) == []
    assert decide(Base(), *everything) == []


def test_a_campaign_pair_without_a_car_is_asked_about_the_customer():
    params = {"audience": "spring", "title": "Весна", "starts_on": "2026-11-20"}
    made = Base()
    for number in (1, 2, 3):
        made.customer(number).add("addresses", customer_id=number, kind="phone")
        made.add("members", programme="spring", customer_id=number, vehicle_id=None)
    made.add("appointments", customer_id=2, vehicle_id=None, status="booked", starts_on=TODAY)
    made.add("invitations", programme="spring", vehicle_id=None, customer_id=3, anchor="campaign:spring",
             created_for=ago(9), state="queued", invitation_id=1, due_on=TODAY)  # fmt: skip
    spring = rule("campaign", code="spring", params=params, message_class=SERVICE)
    rows = decide(made, spring)
    found = [(row["customer_id"], row["reason"]) for row in sorted(rows, key=lambda row: row["customer_id"])]
    assert found == [(1, ""), (2, "open_appointment"), (3, "already_invited")]
