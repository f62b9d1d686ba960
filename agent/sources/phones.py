"""Telephone numbers in E.164 form, for practices in the United States. Never changes the number as entered."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import phonenumbers

from agent.model.resources import Phone

REGION = "US"

Kind = Literal["home", "work", "mobile", "other"]
"""Which of a person's numbers it is."""

_PUNCTUATION = str.maketrans("", "", " -().")

_USUAL = re.compile(r"(?:\+?1)?([2-9][0-9]{9})(?:x[0-9]{1,6})?")
"""Numbers without punctuation as most people mean them; what the library answers for these is known."""


_WHOLE, _LOCAL = 10, 7
"""Digits of a number with and without its area code."""


def e164_of(number: str) -> str | None:
    """E.164 form of a trimmed number; None if it cannot be dialled from elsewhere (local numbers without area code)."""
    size = len(number)
    if size == 13 and number[0] == "(" and number[4] == ")" and number[8] == "-":
        digits = number[1:4] + number[5:8] + number[9:]
    elif size == 12 and number[3] in "-. " and number[7] in "-. ":
        digits = number[:3] + number[4:7] + number[8:]
    elif size == 14 and number[0] == "(" and number[4:6] == ") " and number[9] == "-":
        digits = number[1:4] + number[6:9] + number[10:]
    elif size == 10 and number.isdigit():
        digits = number
    else:
        digits = number.translate(_PUNCTUATION)
    if digits.isdigit() and digits.isascii() and digits[0] in "23456789":
        # What the library answers for these, at a hundredth of the cost.
        if len(digits) == _WHOLE:
            return "+1" + digits
        if len(digits) == _LOCAL:
            return None
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


def phone_list(kinds: tuple[Kind, ...], numbers: tuple[str | None, ...]) -> list[Phone]:
    """The numbers that are there, in the order given."""
    found: list[Phone] = []
    for kind, number in zip(kinds, numbers, strict=True):
        if number is not None:
            found.append({"e164": e164_of(number), "raw": number, "type": kind})  # type: ignore[typeddict-item]
    return found
