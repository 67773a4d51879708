"""The rule of a segment as JSON: what is read, what is refused and why, what a segment is made of."""

from datetime import date

import pytest

from vernost.segments import attributes
from vernost.segments.rules import tree
from vernost.segments.rules.tree import CircularSegment, Condition, Group, Lineage, RuleRefused
from vernost.segments.rules.values import Span
from vernost.segments.rules.window import Window

ATTRIBUTES = attributes.discover()
BRAKES = {
    "attribute": "bought_times",
    "operator": "at_least",
    "value": 2,
    "within": {"months": 24},
    "category": ["brakes"],
}
MONEY = {"attribute": "revenue", "operator": "between", "value": ["1500,50", 2000], "within": "last_year"}
AWAY = {"attribute": "last_visit_on", "operator": "before_last", "value": {"days": 180}}
NO_TYRES = {"attribute": "bought", "operator": "no", "category": ["tyres"], "within": {"since": "2026-10-01"}}


def test_a_rule_is_read_ready_to_compare_and_written_as_it_was():
    document = {"all": [BRAKES, {"any": [MONEY, {"not": [AWAY]}]}, NO_TYRES]}
    rule = tree.read(document, ATTRIBUTES)
    assert rule == Group(
        "all",
        (
            Condition("bought_times", "at_least", 2, Window(last=Span("months", 24)), (("category", ("brakes",)),)),
            Group(
                "any",
                (
                    Condition("revenue", "between", (150_050, 200_000), Window(year="last_year")),
                    Group("not", (Condition("last_visit_on", "before_last", Span("days", 180)),)),
                ),
            ),
            Condition("bought", "no", None, Window(since=date(2026, 10, 1)), (("category", ("tyres",)),)),
        ),
    )
    written = tree.write(rule, ATTRIBUTES)
    assert written["all"][1]["any"][0]["value"] == ["1500.5", 2000]
    assert tree.read(written, ATTRIBUTES) == rule


def test_one_condition_is_a_rule():
    assert tree.read(AWAY, ATTRIBUTES) == Group("all", (Condition("last_visit_on", "before_last", Span("days", 180)),))


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        ({}, "1", 'a group is expected: {"all": [...]}, {"any": [...]} or {"not": [...]}'),
        ({"all": []}, "1", "a group needs at least one condition"),
        ({"all": [BRAKES, {"attribute": "moon"}]}, "2", "there is no attribute “moon”"),
        (
            {"any": [{"all": [BRAKES, {**BRAKES, "operator": "in"}]}]},
            "1.2",
            "the operator must be one of: at_least, at_most, is, is_not, between, known, unknown",
        ),
        ({**BRAKES, "value": "two"}, "1", "a whole number is expected"),
        ({**BRAKES, "value": None}, "1", "a whole number is expected"),
        ({**BRAKES, "colour": "red"}, "1", "“bought_times” takes no “colour”"),
        (
            {**BRAKES, "within": {"weeks": 2}},
            "1",
            'a window is expected, such as {"months": 24}, {"since": "2026-10-01"} or "last_year"',
        ),
        ({**BRAKES, "within": {"months": -1}}, "1", "a whole number from 0 to 1200 is expected"),
        ({**MONEY, "value": [3, 2]}, "1", "the first value must not be greater than the second"),
        ({**MONEY, "value": [3]}, "1", "two values are expected: from and to"),
        ({**MONEY, "value": ["1.005", 2]}, "1", "at most two decimals are expected"),
        ({**AWAY, "value": 5}, "1", 'a number of days or months is expected, such as {"months": 12}'),
        (
            {"attribute": "created_on", "operator": "from", "value": "1.10.2026"},
            "1",
            "a date is expected, such as 2026-10-01",
        ),
        ({"attribute": "city", "operator": "in", "value": []}, "1", "choose at least one value"),
        (
            {"attribute": "city", "operator": "in", "value": [str(n) for n in range(501)]},
            "1",
            "at most 500 values are expected",
        ),
        ({"all": [{"any": [{"not": [{"all": [BRAKES]}]}]}]}, "1.1.1", "groups lie in one another at most 3 deep"),
        ({"all": [BRAKES] * 61}, "1", "at most 60 conditions are expected"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(document, where, what):
    with pytest.raises(RuleRefused) as refusal:
        tree.read(document, ATTRIBUTES)
    assert (refusal.value.where, str(refusal.value)) == (where, f"Condition {where}: {what}")


def test_windows_have_both_their_days_and_nothing_after_the_day_asked():
    day = date(2026, 3, 31)
    assert [
        Window(last=Span("months", 1)).days(day),
        Window(last=Span("days", 30)).days(day),
        Window(year="this_year").days(day),
        Window(year="last_year").days(day),
        Window(since=date(2026, 1, 5), until=date(2030, 1, 1)).days(day),
        Window().days(day),
    ] == [
        (date(2026, 2, 28), day),
        (date(2026, 3, 1), day),
        (date(2026, 1, 1), day),
        (date(2025, 1, 1), date(2025, 12, 31)),
        (date(2026, 1, 5), day),
        (date(1900, 1, 1), day),
    ]


def test_lineage_is_everything_that_a_segment_is_made_of():
    rule = tree.read(
        {
            "all": [
                {"attribute": "segment", "operator": "in", "value": ["b", "c"]},
                {"not": [{"attribute": "segment", "operator": "in", "value": ["b"]}]},
            ]
        },
        ATTRIBUTES,
    )
    assert tree.parents(rule) == ["b", "c"]
    assert Lineage({"a": ["b", "c"], "b": ["c"]}).of("a") == ("b", "c")


def test_a_segment_made_of_itself_is_refused_with_the_way_round():
    with pytest.raises(CircularSegment) as refusal:
        Lineage({"a": ["b"], "b": ["c"], "c": ["a"]}).of("a")
    assert str(refusal.value) == "The segment would be made of itself: a → b → c → a"


def test_every_attribute_has_a_code_a_title_and_a_group():
    assert len(ATTRIBUTES) >= 80
    assert [one.code for one in ATTRIBUTES.values() if not one.title or one.group not in attributes.GROUPS] == []
