"""Money: decimal text with two places, as the PMS stores it or with the sign turned. Never a floating-point sum."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from agent.sources.doubt import Doubt, doubt_of

CURRENCY = "USD"

_CENT = Decimal("0.01")


def decimal_of(raw: Any) -> Decimal | None:
    """The exact value of a number as the bridge hands it over; blank is None."""
    if raw is None:
        return None
    if type(raw) is int or type(raw) is float or type(raw) is str:
        if raw == "":
            return None
        try:
            value = Decimal(repr(raw) if type(raw) is float else raw)
        except InvalidOperation:
            raise Doubt(None, "out_of_range") from None
        if value.is_finite():
            return value
    raise doubt_of(raw, "out_of_range")


def amount_of(value: Decimal | None) -> str | None:
    """Decimal text with two places, never ``-0.00``."""
    if value is None:
        return None
    try:
        cents = value.quantize(_CENT, ROUND_HALF_UP)
    except InvalidOperation:
        raise Doubt(None, "out_of_range") from None
    return "0.00" if cents.is_zero() else f"{cents:f}"


def money(raw: Any) -> str | None:
    """An amount as stored."""
    return amount_of(decimal_of(raw))


def negative_money(raw: Any) -> str | None:
    """An amount with its sign turned: stored as received, sent as its effect on the account."""
    value = decimal_of(raw)
    return None if value is None else amount_of(-value)


def never_null(read: Callable[[Any], str | None]) -> Callable[[Any], str]:
    """The same, where the model has no place for an unknown amount: 0.00 and an issue."""

    def amount(raw: Any) -> str:
        try:
            value = read(raw)
        except Doubt as doubt:
            raise Doubt("0.00", doubt.code) from None
        if value is None:
            raise Doubt("0.00", "missing_amount")
        return value

    return amount
