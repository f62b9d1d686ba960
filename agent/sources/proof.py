"""What can be known of a field before any row is read: that its value will be of the type that the model wants.

Functions of declarations say what they return, and mypy has checked that they do; so a value whose declared type the
model accepts need not be validated for each record. Never looks at a value of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, TypeVar, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from agent.model.resources import RESOURCES
from agent.sources.codes import Overrides
from agent.sources.words import (
    ABSENT,
    Code,
    Column,
    Const,
    Derived,
    FromLookup,
    Last,
    LookedUp,
    Many,
    Object,
    OfMany,
    Same,
    Word,
    Zone,
)


@dataclass(frozen=True)
class Proof:
    """What is left to be checked of every record of a shape."""

    guards: Mapping[str, frozenset[Any]]
    """Field -> the only values that it may have: what a function makes where the model lists what it may say."""
    open: tuple[str, ...]
    """Fields of which nothing is known beforehand: such records are validated."""


@dataclass(frozen=True)
class _Fields:
    """The type of a dict display."""

    types: Mapping[str, Any]


def prove(resource: str, words: Mapping[str, Word], overrides: Overrides) -> Proof:
    """What the declaration of a resource's fields proves, and what it leaves open."""
    model = get_type_hints(RESOURCES[resource], include_extras=True)
    known: dict[str, Any] = {}
    guards: dict[str, frozenset[Any]] = {}
    left = [name for name in model if name not in words and not _optional(model[name])]
    for name, word in words.items():
        known[name] = made = _type_of(word, known, overrides)
        wanted = model.get(name)
        if wanted is None or (getattr(word, "sometimes", False) and not _optional(wanted)):
            left.append(name)
        elif not _accepts(wanted, made):
            listed = _listed(wanted)
            if listed:
                guards[name] = listed | {ABSENT} if getattr(word, "sometimes", False) else listed
            else:
                left.append(name)
    return Proof(guards, tuple(left))


def _type_of(word: Word, known: Mapping[str, Any], overrides: Overrides) -> Any:
    """The type of a word's values as a type expression; ``object`` when nothing is known."""
    match word:
        case Column():
            return _returned(word.make)
        case Code():
            more = overrides.get(word.table.name, {}).values()
            return _literal({*word.table.values.values(), word.table.default, *more})
        case Derived():
            return _returned(word.make)
        case Same():
            return known.get(word.name, object)
        case Const():
            return NoneType if word.value is None else _literal([word.value])
        case LookedUp():
            return _returned(word.make)
        case FromLookup():
            made = get_args(_returned(word.make))
            return made[-1] if made else object
        case Zone():
            return str
        case Object():
            return _Fields({name: _type_of(one, known, overrides) for name, one in word.fields.items()})
        case Many():
            return _List(_type_of(word.element, known, overrides))
        case Last():
            return _Or(_type_of(word.element, known, overrides))
        case OfMany():
            return _of_many(_returned(word.make), _type_of(word.rows.element, known, overrides))
        case _:
            return object


@dataclass(frozen=True)
class _List:
    """The type of a list."""

    element: Any


@dataclass(frozen=True)
class _Or:
    """A type or None."""

    inner: Any


def _of_many(returned: Any, element: Any) -> Any:
    """What a function of a list returns, where it speaks of the list's elements by a type variable."""
    if get_origin(returned) is list and isinstance(get_args(returned)[0], TypeVar):
        return _List(_known(element))
    members = _members(returned)
    if any(isinstance(one, TypeVar) for one in members):
        return _Or(element)
    return returned


def _known(made: Any) -> Any:
    """A type without None."""
    rest = [one for one in _members(made) if one is not NoneType]
    return rest[0] if len(rest) == 1 else object


def _accepts(wanted: Any, made: Any) -> bool:
    """Whether every value of type ``made`` is one that the model wants."""
    wants = _members(wanted)
    return all(any(_accepts_one(one, each) for one in wants) for each in _members(made))


def _accepts_one(wanted: Any, made: Any) -> bool:
    if get_origin(made) is Literal:
        values = get_args(made)
        if get_origin(wanted) is Literal:
            return all(any(type(one) is type(v) and one == v for one in get_args(wanted)) for v in values)
        return all(type(value) is wanted for value in values)
    if isinstance(made, _List) or get_origin(made) is list:
        inner = made.element if isinstance(made, _List) else get_args(made)[0]
        return get_origin(wanted) is list and _accepts(get_args(wanted)[0], inner)
    if isinstance(made, _Fields):
        return is_typeddict(wanted) and _fits(get_type_hints(wanted, include_extras=True), made.types)
    return made is wanted and made is not object


def _fits(model: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    return all(name in made or _optional(wanted) for name, wanted in model.items()) and all(
        name in model and _accepts(model[name], one) for name, one in made.items()
    )


def _members(made: Any) -> Iterable[Any]:
    """The types that a type is one of."""
    if isinstance(made, _Or):
        return (*_members(made.inner), NoneType)
    if get_origin(made) is NotRequired:
        return _members(get_args(made)[0])
    if get_origin(made) in (Union, UnionType):
        return tuple(one for member in get_args(made) for one in _members(member))
    return (made,)


def _optional(wanted: Any) -> bool:
    return get_origin(wanted) is NotRequired


def _listed(wanted: Any) -> frozenset[Any]:
    """The values that the model lists for a field; none where it wants something else."""
    values: set[Any] = set()
    for one in _members(wanted):
        if get_origin(one) is Literal:
            values |= set(get_args(one))
        elif one is NoneType:
            values.add(None)
        else:
            return frozenset()
    return frozenset(values)


def _literal(values: Iterable[Any]) -> Any:
    return Literal.__getitem__(tuple(sorted(values, key=repr)))


@cache
def _returned(make: Callable[..., Any]) -> Any:
    """What a function says that it returns."""
    if isinstance(make, partial):
        make = make.func
    call = make if hasattr(make, "__code__") else type(make).__call__
    try:
        return get_type_hints(call).get("return", object)
    except (NameError, TypeError):
        return object
