"""Forms: what may stand in a bundle. A value passes when a form names it and the form's test says yes; all else is left
out. Fails closed, never raises for what it is given, and never repeats a value or a name that no form has.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

UNLISTED = "not on the list"
"""Why something was left out: no form names it."""
TOO_MANY = "too many"
"""Why something was left out: there is more of it than the form takes."""


@dataclass(frozen=True, slots=True)
class Only:
    """A single value."""

    what: str
    """What it must be, in words: ``a number``."""
    test: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Table:
    """Named values."""

    fields: Mapping[str, Form]


@dataclass(frozen=True, slots=True)
class Each:
    """A list; the newest (last) ones are kept where there are too many."""

    form: Form
    most: int = 500


@dataclass(frozen=True, slots=True)
class Keyed:
    """Values under names that are themselves tested."""

    name: Only
    form: Form
    most: int = 500


Form = Only | Table | Each | Keyed

_OUT = object()
"""Stands for what did not pass."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What passed, and what did not."""

    content: Any
    """The value with nothing in it that a form does not allow; None = nothing passed."""
    left_out: Mapping[tuple[str, str], int]
    """(place by the forms' own names, why) -> how often."""


def check(form: Form, value: Any) -> Checked:
    """Keep of a value what its form allows."""
    left: Counter[tuple[str, str]] = Counter()
    kept = _kept(form, value, "", left)
    return Checked(None if kept is _OUT else kept, dict(left))


def _kept(form: Form, value: Any, place: str, left: Counter[tuple[str, str]]) -> Any:
    if value is None or value == "":
        return value  # says nothing
    match form:
        case Only():
            return value if form.test(value) else _leave(left, place, f"not {form.what}")
        case Table():
            if not isinstance(value, Mapping):
                return _leave(left, place, "not a table")
            found = {}
            for name, inner in value.items():
                known = form.fields.get(name) if isinstance(name, str) else None
                one = _leave(left, place, UNLISTED) if known is None else _kept(known, inner, f"{place}.{name}", left)
                if one is not _OUT:
                    found[name] = one
            return found
        case Each():
            if not isinstance(value, list | tuple):
                return _leave(left, place, "not a list")
            if len(value) > form.most:
                left[place.lstrip("."), TOO_MANY] += len(value) - form.most
            kept = [_kept(form.form, one, place, left) for one in value[-form.most :]]
            return [one for one in kept if one is not _OUT]
        case Keyed():
            return _keyed(form, value, place, left)


def _keyed(form: Keyed, value: Any, place: str, left: Counter[tuple[str, str]]) -> Any:
    if not isinstance(value, Mapping):
        return _leave(left, place, "not a table")
    found: dict[str, Any] = {}
    for name, inner in value.items():
        if len(found) >= form.most:
            _leave(left, place, TOO_MANY)
        elif not form.name.test(name):
            _leave(left, place, f"a name that is not {form.name.what}")
        else:
            one = _kept(form.form, inner, place, left)
            if one is not _OUT:
                found[name] = one
    return found


def _leave(left: Counter[tuple[str, str]], place: str, why: str) -> Any:
    left[place.lstrip("."), why] += 1
    return _OUT


# Single values ------------------------------------------------------------------------------------------------------


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e15


def shaped(what: str, pattern: str) -> Only:
    """Text of a fixed shape."""
    compiled = re.compile(pattern)
    return Only(what, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def one_of(what: str, values: Collection[str]) -> Only:
    """One of these texts."""
    known = frozenset(values)
    return Only(what, lambda value: isinstance(value, str) and value in known)


def words_of(what: str, vocabulary: Collection[str], longest: int = 200) -> Only:
    """One or several of these words (``column_missing: patient.birth_date``), with nothing but punctuation between."""
    known = frozenset(vocabulary)

    def test(value: Any) -> bool:
        if not isinstance(value, str) or len(value) > longest or not _PUNCTUATED.fullmatch(value):
            return False
        words = _WORD.findall(value)
        strange = [word for word in words if word not in known]
        # One short number may stand among the words (``errno 13``), never several: a telephone number is several.
        small = not strange or _SMALL.fullmatch(" ".join(strange)) is not None
        return value in known or (len(strange) < len(words) and small)

    return Only(what, test)


_WORD = re.compile(r"[A-Za-z0-9_]+")
_SMALL = re.compile(r"\d{1,4}")
_PUNCTUATED = re.compile(r"[A-Za-z0-9_ .,:/|-]*")

NUMBER = Only("a number", _is_number)
FLAG = Only("yes or no", lambda value: isinstance(value, bool))
MOMENT = shaped("a moment", r"20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)")
"""UTC, ISO 8601, of this program's own time: nobody was born in it who matters here."""
DIGEST = shaped("a digest", r"[0-9a-f]{12,128}( [0-9a-f]{12,128}){0,40}")
VERSION = shaped("a version", r"v?\d{1,5}(\.\d{1,6}){0,5}([-.+]?(a|b|rc|dev|post|final)\d{0,4})?")
"""``21.3.1``, ``3.11.2rc1``."""
