"""All attributes that a rule may ask of: those of the product, and the fields that an administrator has added."""

from collections.abc import Mapping

from vernost.core import sensitive
from vernost.core.actor import Actor
from vernost.core.errors import DomainError
from vernost.core.i18n import _
from vernost.customers.queries import fields
from vernost.customers.rules.field_masks import is_whole
from vernost.segments import attributes
from vernost.segments.attributes import Attribute
from vernost.segments.attributes.of_fields import of_field
from vernost.segments.rules import tree
from vernost.segments.rules.tree import Group


class AsksOfTheHidden(DomainError):
    code = "asks_of_the_hidden"
    text = _("The rule asks of telephones or addresses, which your role is not shown")


def known_attributes() -> Mapping[str, Attribute]:
    """Return every attribute by code, those of archived fields too: a saved rule may ask of one."""
    made = [of_field(one) for one in fields.definitions(archived=True)]
    own = {one.code: one for one in made if one is not None}
    return {**attributes.discover(), **own}


def offered_attributes(actor: Actor) -> Mapping[str, Attribute]:
    """Return the attributes that the builder offers to a person: of fields, those in use that he is shown whole."""
    made = [of_field(one) for one in fields.definitions(role=actor.role) if is_whole(one.kind, actor)]
    own = {one.code: one for one in made if one is not None}
    return {**attributes.discover(), **own}


def check_askable(rule: Group, actor: Actor) -> None:
    """Refuse a rule by which the actor would find people by what he is not shown, or name it to him."""
    asked = list(tree.conditions(rule))
    named = {one.attribute for one in asked}
    closed = {one.attribute for one in fields.definitions(archived=True) if not is_whole(one.kind, actor)}
    words = [one.value for one in asked if isinstance(one.value, str)]
    if named & closed or any(sensitive.tells_more(actor, each) for each in words):
        raise AsksOfTheHidden
