"""Telephone numbers in E.164 form, for practices in the United States. Never changes the number as entered."""

from __future__ import annotations

from typing import Any

import phonenumbers

REGION = "US"

_PUNCTUATION = str.maketrans("", "", " -().")


def e164_of(number: str) -> str | None:
    """E.164 form of a trimmed number; None if it is not a possible one."""
    digits = number.translate(_PUNCTUATION)
    if len(digits) == 10 and digits.isascii() and digits.isdigit() and digits[0] in "23456789":
        return f"+1{digits}"  # what the library answers for these, at a hundredth of the cost
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def phone_list(kinds: tuple[str, ...], numbers: tuple[str | None, ...]) -> list[dict[str, Any]]:
    """The numbers that are there, in the order given."""
    return [
        {"type": kind, "raw": number, "e164": e164_of(number)}
        for kind, number in zip(kinds, numbers, strict=True)
        if number is not None
    ]
