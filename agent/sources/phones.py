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


def e164_of(number: str) -> str | None:
    """E.164 form of a trimmed number; None if it cannot be dialled from elsewhere (local numbers without area code)."""
    digits = _digits(number)
    if len(digits) == 10 and digits.isdigit() and digits.isascii() and digits[0] in "23456789":
        return f"+1{digits}"  # what the library answers for these, at a hundredth of the cost
    usual = _USUAL.fullmatch(digits)
    if usual is not None:
        return f"+1{usual[1]}"
    return _by_library(number)


def _digits(number: str) -> str:
    """A number without punctuation; those that are written as most are, at a third of the cost."""
    match len(number):
        case 14 if number[0] == "(" and number[4:6] == ") " and number[9] == "-":
            return number[1:4] + number[6:9] + number[10:]
        case 13 if number[0] == "(" and number[4] == ")" and number[8] == "-":
            return number[1:4] + number[5:8] + number[9:]
        case 12 if number[3] in "-. " and number[7] in "-. ":
            return number[:3] + number[4:7] + number[8:]
        case 10 if number.isdigit():
            return number
        case _:
            return number.translate(_PUNCTUATION)


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
