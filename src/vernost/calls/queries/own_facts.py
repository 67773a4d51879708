"""What administrators' fields say of a customer and his car, for the script of a call."""

from typing import Final

from vernost.core.actor import Actor
from vernost.core.custom_fields import targets
from vernost.customers.field_words import words_of
from vernost.customers.queries.fields import definitions, values_of
from vernost.customers.rules.fields import PREFIX, Definition, Kind

# How a script names the fields of each: `x_size` of the customer, `car_x_size` of his car.
_NAMED: Final = {"customer": "", "vehicle": "car_"}


def names_of(actor: Actor) -> dict[str, str]:
    """Return the names by which a script may ask for fields that the actor sees, with their titles."""
    return {f"{_NAMED[one.target]}{one.code}": one.title for one in _seen(actor, with_choices=False)}


def facts_of(source: str, *, customer_id: int, vehicle_id: int | None, actor: Actor) -> dict[str, str]:
    """Return what the fields hold, in the words that the actor is shown; nothing where the script names none."""
    if PREFIX not in source:
        return {}
    seen = _seen(actor)
    records = {"customer": customer_id, "vehicle": vehicle_id}
    held = {
        target: values_of(targets[target], [pk], [one for one in seen if one.target == target]).get(pk, {})
        for target, pk in records.items()
        if pk is not None
    }
    return {
        f"{_NAMED[one.target]}{one.code}": words_of(one, held[one.target].get(one.code, ()), actor)
        for one in seen
        if one.target in held
    }


def _seen(actor: Actor, *, with_choices: bool = True) -> list[Definition]:
    found = definitions(role=actor.role, with_choices=with_choices)
    return [one for one in found if one.target in _NAMED and one.kind is not Kind.FILE]
