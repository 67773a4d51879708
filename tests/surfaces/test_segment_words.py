"""The rule of a segment in words: Russian and English."""

import pytest
from django.utils import translation

from vernost.segments import attributes, wording
from vernost.segments.rules import tree

ATTRIBUTES = attributes.discover()


def words(document, language="ru"):
    with translation.override(language):
        return wording.sentence(tree.read(document, ATTRIBUTES), ATTRIBUTES, lambda _name, code: code).replace(
            "\u00a0", " "
        )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (
            {"attribute": "visits", "operator": "at_least", "value": 2, "within": {"months": 21}},
            "Клиенты, у которых визиты (дни) за последний 21 месяц — не меньше 2.",
        ),
        (
            {"attribute": "last_visit_on", "operator": "before_last", "value": {"months": 1}},
            "Клиенты, у которых последний визит — больше 1 месяца назад.",
        ),
        (
            {"attribute": "last_visit_on", "operator": "before_last", "value": {"days": 45}},
            "Клиенты, у которых последний визит — больше 45 дней назад.",
        ),
        (
            {"attribute": "warranty_until", "operator": "within_next", "value": {"months": 3}},
            "Клиенты, у которых окончание гарантии — в ближайшие 3 месяца.",
        ),
        (
            {"attribute": "revenue", "operator": "between", "value": [1500, "200000.50"], "within": "last_year"},
            "Клиенты, у которых выручка в прошлом году — от 1 500 ₽ до 200 000,50 ₽.",
        ),
        (
            {"attribute": "car_make", "operator": "not_in", "value": ["haval", "kia"]},
            "Клиенты, у которых марка автомобиля — любое, кроме: haval, kia.",
        ),
        (
            {"attribute": "p_alive", "operator": "at_most", "value": "12.5"},
            "Клиенты, у которых вероятность, что клиент ещё с нами — не больше 12,5 %.",
        ),
        (
            {
                "all": [
                    {"attribute": "dna_code", "operator": "ends", "value": "У"},
                    {
                        "any": [
                            {"attribute": "car_year", "operator": "is", "value": 2019},
                            {"attribute": "has_phone", "operator": "no"},
                        ]
                    },
                    {
                        "not": [
                            {
                                "attribute": "bought",
                                "operator": "yes",
                                "category": ["brakes", "tyres", "oil"],
                                "within": {"since": "2026-10-01"},
                            }
                        ]
                    },
                ]
            },
            (
                "Клиенты, у которых код ДНК — заканчивается на «У», "
                "и (год выпуска автомобиля — ровно 2019, или есть телефон — нет), "
                "и не выполняется ни одно из условий: "
                "(покупал (категория: brakes, oil или tyres) с 01.10.2026 — да)."
            ),
        ),
    ],
)
def test_rules_are_said_in_russian(document, said):
    assert words(document) == said


def test_rules_are_said_in_english():
    document = {"any": [{"attribute": "visits", "operator": "at_most", "value": 1, "within": {"days": 1}}]}
    assert words(document, "en") == "Customers for whom visits (days) in the last 1 day — at most 1."
