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
    return {f"{before}{one.code}": one.title for target, before in _NAMED.items() for one in _seen(target, actor)}


def facts_of(source: str, *, customer_id: int, vehicle_id: int | None, actor: Actor) -> dict[str, str]:
    """Return what the fields hold, in the words that the actor is shown; nothing where the script names none."""
    if PREFIX not in source:
        return {}
    records = {"customer": customer_id, "vehicle": vehicle_id}
    return {
        f"{before}{code}": words
        for target, before in _NAMED.items()
        if (record_id := records[target]) is not None
        for code, words in _held(target, record_id, actor).items()
    }


def _held(target: str, record_id: int, actor: Actor) -> dict[str, str]:
    seen = _seen(target, actor)
    held = values_of(targets[target], [record_id], seen).get(record_id, {})
    return {one.code: words_of(one, held.get(one.code, ()), actor) for one in seen}


def _seen(target: str, actor: Actor) -> list[Definition]:
    return [one for one in definitions(target, role=actor.role) if one.kind is not Kind.FILE]
