"""All attributes that a rule may ask of: those of the product, and the fields that an administrator has added."""

from collections.abc import Mapping

from vernost.core.actor import Actor
from vernost.customers.queries import fields
from vernost.segments import attributes
from vernost.segments.attributes import Attribute
from vernost.segments.attributes.of_fields import of_field


def known_attributes() -> Mapping[str, Attribute]:
    """Return every attribute by code, those of archived fields too: a saved rule may ask of one."""
    made = [of_field(one) for one in fields.definitions(archived=True)]
    own = {one.code: one for one in made if one is not None}
    return {**attributes.discover(), **own}


def offered_attributes(actor: Actor) -> Mapping[str, Attribute]:
    """Return the attributes that the builder offers to a person: of fields, those in use that he sees."""
    made = [of_field(one) for one in fields.definitions(role=actor.role)]
    own = {one.code: one for one in made if one is not None}
    return {**attributes.discover(), **own}
