"""The parameters of a kind: a frozen dataclass, stored as JSON, checked by the metadata of its fields."""

import re
import typing
from collections.abc import Mapping
from dataclasses import Field, fields
from datetime import date
from typing import Any

from vernost.core.errors import DomainError
from vernost.core.i18n import _

_WINDOW = re.compile(r"\d\d-\d\d\.\.\d\d-\d\d")


class ParamRefused(DomainError):
    code = "param_refused"
    text = _("%(label)s: %(value)s does not fit")


def params_of(kind_params: type[Any], stored: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the kind's own Params
    """Read the parameters from JSON: a missing one has its default, an unknown one is passed over."""
    hints = typing.get_type_hints(kind_params)
    known = {each.name: each for each in fields(kind_params)}
    return kind_params(**{name: _read(known[name], hints[name], stored[name]) for name in known if name in stored})


def _read(declared: "Field[Any]", hint: Any, value: Any) -> Any:  # noqa: ANN401 - as above
    try:
        read = dict(value) if typing.get_origin(hint) is Mapping else hint(value)
        fits = _fits(declared.metadata, read)
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ParamRefused(label=declared.metadata.get("label", declared.name), value=value)
    return read


def _fits(about: Mapping[str, Any], value: Any) -> bool:  # noqa: ANN401 - as above
    if isinstance(value, Mapping):
        return all(_fits(about, int(each)) for each in value.values())
    if "minimum" in about:
        return bool(about["minimum"] <= value <= about["maximum"])
    if about.get("type") == "window" and value:
        return _is_window(value)
    if about.get("type") == "date" and value:
        date.fromisoformat(value)
    return True


def _is_window(value: str) -> bool:
    if not _WINDOW.fullmatch(value):
        return False
    for border in value.split(".."):
        date.fromisoformat(f"2000-{border}")
    return True
