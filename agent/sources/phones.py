"""Telephone numbers in E.164 form, for practices in the United States. Never changes the number as entered."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import phonenumbers

REGION = "US"

_PUNCTUATION = str.maketrans("", "", " -().")

_USUAL = re.compile(r"(?:\+?1)?([2-9][0-9]{9})(?:x[0-9]{1,6})?")
"""Numbers without punctuation as most people mean them; what the library answers for these is known."""


def e164_of(number: str) -> str | None:
    """E.164 form of a trimmed number; None if it cannot be dialled from elsewhere (local numbers without area code)."""
    digits = number.translate(_PUNCTUATION)
    if len(digits) == 10 and digits.isdigit() and digits.isascii() and digits[0] in "23456789":
        return f"+1{digits}"  # what the library answers for these, at a hundredth of the cost
    usual = _USUAL.fullmatch(digits)
    if usual is not None:
        return f"+1{usual[1]}"
    return _by_library(number)


@lru_cache(4096)
def _by_library(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def phone_list(kinds: tuple[str, ...], numbers: tuple[str | None, ...]) -> list[dict[str, Any]]:
    """The numbers that are there, in the order given."""
    return [
        {"type": kind, "raw": number, "e164": e164_of(number)}
        for kind, number in zip(kinds, numbers, strict=True)
        if number is not None
    ]
