"""Scripts are written by managers: they see the facts they are given and nothing else."""

import time

import pytest

from vernost.calls.rules import script
from vernost.calls.rules.script import Piece, ScriptBroken

FACTS = {
    "customer": {"name": "Sergey Petrovich", "full_name": "Ivanov Sergey Petrovich"},
    "car": {"name": "Haval Jolion", "km": 51300, "mileage": "51 300 km"},
    "works": ["Maintenance 4", "Brake discs"],
}


def texts(source):
    filled = script.render(source, FACTS)
    return [(p.title, ["".join(piece.text for piece in line) for line in p.paragraphs]) for p in filled.steps]


def test_steps_objections_and_facts():
    filled = script.render(
        "# Greeting\nGood day, {{ customer.name }}!\n\n# Offer\nYour {{ car.name }} has {{ car.mileage }}.\n\nComing?\n"
        "? Expensive\nWith us {{ works | join: ', ' }} come with a warranty.\n",
        FACTS,
    )
    assert [step.title for step in filled.steps] == ["Greeting", "Offer"]
    assert filled.steps[0].paragraphs == [[Piece("Good day, "), Piece("Sergey Petrovich", is_fact=True), Piece("!")]]
    assert len(filled.steps[1].paragraphs) == 2
    assert [(o.title, len(o.paragraphs)) for o in filled.objections] == [("Expensive", 1)]
    assert filled.objections[0].paragraphs[0][1] == Piece("Maintenance 4, Brake discs", is_fact=True)


def test_conditions_compare_facts():
    source = "# Mileage\n{% if car.km > 50000 %}Over fifty thousand.{% else %}Fresh.{% endif %}"
    assert texts(source) == [("Mileage", ["Over fifty thousand."])]


def test_text_without_steps_is_one_step():
    assert texts("Hello, {{ customer.name }}.") == [("", ["Hello, Sergey Petrovich."])]
    assert texts("") == []


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.__class__ }}",
        "{{ customer.__class__.__mro__ }}",
        "{{ customer.keys }}",
        "{{ unknown }}",
        "{{ car['__init__'] }}",
        "{% assign customer = customer.__globals__ %}{{ customer }}",
    ],
)
def test_nothing_but_the_facts_is_seen(source):
    assert texts(f"# Step\n{source}") == [("Step", [])]


def test_a_fact_is_text_and_never_opens_a_step_or_markup():
    facts = {"note": "# Free service\n? Sure\n<script>alert(1)</script> {{ car.km }}\ue001\ue000"}
    filled = script.render("# Step\n{{ note }}", facts)
    assert [step.title for step in filled.steps] == ["Step"]
    assert filled.objections == []
    assert filled.steps[0].paragraphs == [
        [Piece("# Free service ? Sure <script>alert(1)</script> {{ car.km }}", is_fact=True)]
    ]


@pytest.mark.parametrize(
    "source",
    [
        "{{ customer.name",
        "{% if %}",
        "{% include 'secret' %}",
        "{% render 'secret' %}",
        "{{ 'a' | unknown_filter }}",
        "{% for i in (1..100000000) %}x{% endfor %}",
        "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 30 + "{{ a }}",
        "x" * 20_001,
    ],
)
def test_broken_and_greedy_scripts_are_refused_quickly(source):
    started = time.perf_counter()
    with pytest.raises(ScriptBroken):
        script.render(source, FACTS)
    assert time.perf_counter() - started < 1


def test_a_broken_script_is_still_shown_as_it_was_written():
    shown = script.plain("# Greeting\nGood day, {{ customer.name")
    assert shown.steps[0].paragraphs == [[Piece("Good day, {{ customer.name")]]
