"""A column of words that are read as the reader is told them."""

from typing import TYPE_CHECKING, Any

from django.db import models

from vernost.core import reader

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField


class Words(_Text):
    """A text without null, in which people or sources may have written a telephone, an e-mail address or a VIN."""

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> str | None:  # noqa: ANN401 - Django's
        return reader.told(value) if value else value

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        # For the database it is a text like any other.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", list(args), dict(kwargs)
