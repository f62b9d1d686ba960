"""Amounts: exact, two places, the sign as the account sees it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.reading import Unreadable
from agent.sources.doubt import Doubt
from agent.sources.money import amount_of, decimal_of, money, negative_money, never_null


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        (None, None),
        ("", None),
        (0, "0.00"),
        (12, "12.00"),
        ("12.5", "12.50"),
        ("-0.004", "0.00"),
        ("0.005", "0.01"),
        ("-0.005", "-0.01"),
        (0.1 + 0.2, "0.30"),
        (1e15, "1000000000000000.00"),
        ("1E+3", "1000.00"),
        (" 7 ", "7.00"),
    ],
)
def test_an_amount_has_two_places_and_no_negative_zero(raw: object, amount: str | None):
    assert money(raw) == amount


@given(st.decimals(-(10**12), 10**12, places=2))
def test_turning_the_sign_twice_gives_the_amount_back(value: Decimal):
    turned = negative_money(str(value))
    assert turned is not None and negative_money(turned) == money(str(value))
    assert Decimal(turned) == -value


@pytest.mark.parametrize("raw", ["twelve", "NaN", "Infinity", "1e999", float("nan"), float("inf"), True, b"12", [12]])
def test_what_is_no_amount_is_a_doubt_and_never_a_number(raw: object):
    with pytest.raises(Doubt) as doubt:
        money(raw)
    assert doubt.value.value is None


def test_what_could_not_be_read_says_why():
    with pytest.raises(Doubt) as doubt:
        money(Unreadable("undecodable"))
    assert doubt.value.code == "undecodable"


def test_where_an_amount_cannot_be_unknown_it_is_nought_with_an_issue():
    share = never_null(negative_money)
    assert share("3.10") == "-3.10"
    for raw, code in ((None, "missing_amount"), ("", "missing_amount"), ("x", "out_of_range")):
        with pytest.raises(Doubt) as doubt:
            share(raw)
        assert (doubt.value.value, doubt.value.code) == ("0.00", code)


def test_cents_are_rounded_once_and_not_on_the_way():
    one = decimal_of("33.335")
    assert one is not None
    assert amount_of(one * 3) == "100.01"
