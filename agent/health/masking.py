"""Masks a mapped record: its form can be seen, what it says of a person cannot.

Letters become ``x``, digits ``9``; lengths and punctuation stay. What the model defines as a code of its own (a fixed
set of words, yes or no, a time zone, a currency) is shown as it is, and so is the PMS's raw code beside it. Fails
closed: a field that the model does not know is masked.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from agent.model.resources import RESOURCES

_SHOWN = frozenset({"time_zone", "currency", "procedure_code"})
"""Text fields that are codes by nature."""


def mask_text(text: str) -> str:
    """``Anna-Marie 12`` -> ``xxxx-xxxxx 99``."""
    return "".join(
        "x" if c.isalpha() else "9" if c.isnumeric() else c if c.isascii() and c.isprintable() else "?" for c in text
    )


def mask(value: Any) -> Any:
    """Anything, masked whole."""
    match value:
        case None | bool():
            return value
        case int() | float():
            return mask_text(str(value))
        case str():
            return mask_text(value)
        case Mapping():
            return {key: mask(each) for key, each in value.items()}
        case list() | tuple():
            return [mask(each) for each in value]
        case _:
            return "?"


def mask_record(resource: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical fields of a record of this resource, masked but for codes."""
    return _structure(RESOURCES[resource], data)


def _structure(kind: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    coded = {name for name, hint in hints.items() if _is_code(hint)}
    found = {}
    for name, value in data.items():
        shown = name in coded or name in _SHOWN or (name.endswith("_raw") and name.removesuffix("_raw") in coded)
        found[name] = value if shown else _inner(hints.get(name), value)
    return found


def _inner(hint: Any, value: Any) -> Any:
    """A value by its type: structures field by field, anything else masked whole."""
    for kind in _plain(hint):
        if is_typeddict(kind) and isinstance(value, Mapping):
            return _structure(kind, value)
        if get_origin(kind) is list and isinstance(value, list):
            return [_inner(get_args(kind)[0], each) for each in value]
    return mask(value)


def _is_code(hint: Any) -> bool:
    kinds = _plain(hint)
    return bool(kinds) and all(get_origin(kind) is Literal or kind is bool for kind in kinds)


def _plain(hint: Any) -> list[Any]:
    """The types that a hint allows, besides None."""
    if get_origin(hint) is NotRequired:
        return _plain(get_args(hint)[0])
    if get_origin(hint) in (UnionType, Union):
        return [kind for kind in get_args(hint) if kind is not type(None)]
    return [] if hint is None else [hint]
