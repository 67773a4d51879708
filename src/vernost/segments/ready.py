"""Segments to begin from: what a service manager looks for first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vernost.core.i18n import _


@dataclass(frozen=True, slots=True)
class Ready:
    code: str
    title: str
    about: str
    rule: Mapping[str, Any]


def _condition(attribute: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    document = {"attribute": attribute, "operator": operator, **more}
    return document if value is None else document | {"value": value}


_SLEEPING = _condition("state", "in", ["sleeping"])
_IN_BASE = _condition("state", "in", ["new", "active", "loyal", "returned"])

READY = (
    Ready(
        "sleeping",
        _("Sleeping customers"),
        _("Have not come for longer than a year: a reason to call and ask why."),
        {"all": [_SLEEPING]},
    ),
    Ready(
        "thin_ice",
        _("Thin ice"),
        _("Still in the base, but the last visit was nine months ago or more: soon asleep."),
        {"all": [_IN_BASE, _condition("last_visit_on", "before_last", {"months": 9})]},
    ),
    Ready(
        "warranty_ends",
        _("The warranty ends, and they never came"),
        _("The warranty ends within three months, and there has not been a single visit."),
        {
            "all": [
                _condition("warranty_until", "within_next", {"months": 3}),
                _condition("visits", "at_most", 0),
            ]
        },
    ),
    Ready(
        "one_visit",
        _("One visit"),
        _("Came once, more than three months ago, and did not come again."),
        {
            "all": [
                _condition("visits", "is", 1),
                _condition("last_visit_on", "before_last", {"months": 3}),
            ]
        },
    ),
    Ready(
        "vip_away",
        _("VIPs without a visit"),
        _("Brought more than 200 000 roubles in two years and have not come for half a year."),
        {
            "all": [
                _condition("revenue", "at_least", 200_000, within={"months": 24}),
                _condition("last_visit_on", "before_last", {"months": 6}),
            ]
        },
    ),
    Ready(
        "put_off",
        _("Works put off"),
        _("Were told of works for more than 10 000 roubles and have not done them."),
        {"all": [_condition("put_off_amount", "at_least", 10_000, within={"months": 12})]},
    ),
    Ready(
        "seasonal_tyres",
        _("Tyres elsewhere"),
        _("Come to us, but have bought no tyre work for a year."),
        {
            "all": [
                _IN_BASE,
                {"not": [_condition("bought", "yes", within={"months": 12}, category=["tyres"])]},
            ]
        },
    ),
    Ready(
        "loyal_reachable",
        _("Loyal, with consent"),
        _("Loyal customers who may be written to: for an event or a present."),
        {
            "all": [
                _condition("state", "in", ["loyal"]),
                _condition("consent", "in", ["sms", "email", "messenger"]),
                {"not": [_condition("do_not_disturb", "known")]},
            ]
        },
    ),
)


def ready(code: str) -> Ready | None:
    return next((one for one in READY if one.code == code), None)
