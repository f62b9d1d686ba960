"""Plain transforms: text, numbers, flags, references, e-mail addresses.

Each takes one raw value as the bridge hands it over and returns the canonical value, or raises
:class:`agent.sources.doubt.Doubt`. Pure; never looks at another column.
"""

from __future__ import annotations

import re
from typing import Any

from agent.model.resources import YesNo
from agent.sources.doubt import Doubt, doubt_of

LONGEST_TEXT = 1_048_576
"""Characters of the longest text that is sent."""

_LONGEST_KEY = 200
"""Characters of the longest text key: ids are at most 512 long."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_REFERENCE = frozenset({"", "0"})
_SEPARATORS = re.compile(r"[,;]")
_YES_NO: dict[str, YesNo] = {"Y": "yes", "N": "no"}


def text(raw: Any) -> str | None:
    """Text without NUL, trimmed; empty is None; numbers in their shortest form."""
    if type(raw) is str and raw.isascii() and len(raw) <= LONGEST_TEXT and "\0" not in raw:
        return raw.strip() or None
    return _unusual_text(raw)


def _unusual_text(raw: Any) -> str | None:
    if raw is None:
        return None
    if type(raw) is bool:
        return str(int(raw))
    if type(raw) is float:
        return str(int(raw)) if raw.is_integer() else repr(raw)
    if type(raw) is int:
        return str(raw)
    if type(raw) is not str:
        raise doubt_of(raw, "undecodable")
    clean = raw.replace("\0", "").strip() or None
    if clean is not None:
        if len(clean) > LONGEST_TEXT:
            raise Doubt(None, "too_long")
        try:
            clean.encode()
        except UnicodeEncodeError:  # lone surrogates: the driver handed over half a character
            raise Doubt(None, "undecodable") from None
    if "\0" in raw:
        raise Doubt(clean, "nul_removed")
    return clean


def integer(raw: Any) -> int | None:
    """A whole number; blank is None."""
    if type(raw) is int or raw is None:
        return raw
    if type(raw) is bool:
        return int(raw)
    if type(raw) is float and raw.is_integer():
        return int(raw)
    if type(raw) is str:
        trimmed = raw.strip()
        if not trimmed:
            return None
        whole, point, rest = trimmed.partition(".")
        if not (point and rest.strip("0")):
            try:
                return int(whole)
            except ValueError:
                pass
    raise doubt_of(raw, "out_of_range")


def flag(raw: Any) -> bool | None:
    """True or False from 1/0 or Y/N; blank is None."""
    if raw is None:
        return None
    if type(raw) is str:
        letter = raw.strip().upper()
        if not letter:
            return None
        if letter in ("Y", "1"):
            return True
        if letter in ("N", "0"):
            return False
    elif type(raw) is int or type(raw) is bool:
        return raw != 0
    raise doubt_of(raw, "unknown_code")


def not_flag(raw: Any) -> bool | None:
    """The opposite of :func:`flag`: for columns that say "hidden" where the field says "active"."""
    value = flag(raw)
    return None if value is None else not value


def yes_no(raw: Any) -> YesNo:
    """``yes`` for Y, ``no`` for N, else ``unknown``."""
    if type(raw) is str:
        return _YES_NO.get(raw.strip().upper(), "unknown")
    if raw is None or type(raw) is int:
        return "unknown"
    raise doubt_of(raw, "unknown_code", "unknown")


def key_text(raw: Any) -> str | None:
    """A key as ids show it: integers in decimal, text trimmed and upper-cased; None when it cannot be used: when it is
    blank, endless, or holds what an id may not hold (control characters, half a surrogate pair).
    """
    if type(raw) is int:
        return str(raw)
    if type(raw) is str:
        folded = raw.strip().upper()
        if (
            0 < len(folded) <= _LONGEST_KEY
            and (folded.isprintable() or _CONTROL.search(folded) is None)
            and (folded.isascii() or _encodes(folded))
        ):
            return folded
    return None


def row_id(raw: Any) -> str:
    """The key of a row that belongs to a record, as ids show it; ``?`` when it cannot be used."""
    key = key_text(raw)
    if key is None:
        raise doubt_of(raw, "unusable_key", "?")
    return key


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def folded(raw: Any) -> Any:
    """A key as it is compared here: text trimmed and upper-cased, anything else as it is."""
    return raw.strip().upper() if type(raw) is str else raw


def reference(raw: Any) -> str | None:
    """The id of another record; null, blank and 0 refer to nothing."""
    if type(raw) is str:
        name = raw.strip().upper()
        if name.isascii() and name.isprintable():
            return None if name in _NO_REFERENCE else name
        if key_text(name) is not None:
            return name
    elif type(raw) is int:
        return str(raw) if raw else None
    elif raw is None:
        return None
    raise doubt_of(raw, "undecodable")


def numbered(raw: Any) -> str | None:
    """The id of another record whose number 0 exists too (Open Dental's clinic 0 is the practice itself)."""
    return "0" if raw == 0 and type(raw) is int else reference(raw)


def email_list(raw: Any) -> list[str]:
    """E-mail addresses, separated by commas or semicolons, in the order in which they stand."""
    try:
        whole = text(raw)
    except Doubt as doubt:
        raise Doubt(_addresses(doubt.value), doubt.code) from None
    return _addresses(whole)


def _addresses(whole: str | None) -> list[str]:
    if whole is None:
        return []
    return [address for piece in _SEPARATORS.split(whole) if (address := piece.strip())]


def one_email(raw: Any) -> list[str]:
    """The one e-mail address of a column, as a list."""
    try:
        address = text(raw)
    except Doubt as doubt:
        raise Doubt([] if doubt.value is None else [doubt.value], doubt.code) from None
    return [] if address is None else [address]
