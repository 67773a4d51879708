"""Reads that are compiled once: putting a query together costs Django more than PostgreSQL needs to answer it.

For what every operator asks every minute; elsewhere a plain queryset is simpler.
"""

import copy
from collections.abc import Callable
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import BooleanField, Expression, Field, Func, Model, QuerySet
from django.db.models.query import ModelIterable

M = TypeVar("M", bound=Model)


class _Place:
    """Stands among the parameters for the value of that name."""

    def __init__(self, name: str) -> None:
        self.name = name


class Given(Expression):
    """A value that each reading brings along, by name: `filter(pk=Given("customer", BigIntegerField()))`."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self._name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ANN401, ARG002 - Django's interface
        return "%s", [_Place(self._name)]


class OneOf(Func):
    """Whether a column is among the given values: `filter(OneOf(F("branch_id"), Given("branches", …)))`."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class Prepared(Generic[M]):
    """A queryset that is compiled at its first reading; `make` returns it with `Given` where values change."""

    def __init__(self, make: "Callable[[], QuerySet[M]]") -> None:
        self._make = make

    @cached_property
    def _compiled(self) -> tuple[Any, str, tuple[Any, ...]]:
        rows = self._make()
        compiler = rows.query.get_compiler(using=rows.db)
        statement, parameters = compiler.as_sql()
        return compiler, statement, tuple(parameters)

    def rows(self, **values: Any) -> list[Any]:  # noqa: ANN401 - whatever the columns hold
        """Return the rows with their annotations; every value that was named as `Given` is due."""
        compiled, statement, parameters = self._compiled
        filled = tuple(values[each.name] if isinstance(each, _Place) else each for each in parameters)
        compiler = copy.copy(compiled)
        compiler.connection = connections[compiler.using]
        compiler.as_sql = lambda: (statement, filled)
        stand_in: Any = SimpleNamespace(
            db=compiler.using,
            query=SimpleNamespace(get_compiler=lambda using: compiler),  # noqa: ARG005 - Django's signature
            _known_related_objects={},
        )
        return list(ModelIterable(stand_in, chunked_fetch=False))

    def first(self, **values: Any) -> Any | None:  # noqa: ANN401 - as above
        return next(iter(self.rows(**values)), None)
