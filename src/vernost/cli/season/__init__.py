"""The weeks before the demo opens, played through the product's own operations.

The dealership's files bring its history up to today. What they cannot bring is the work of Vernost
itself, so the demo lives through the last weeks once more: a night a week decides, invented operators
take customers from the queue and call, some customers book, and those who would not have come by
themselves get their order in a further export that is imported like any other. How a customer
answers is looked up in the generator's `truth/`.
"""

from vernost.cli.season.play import play

__all__ = ["play"]
