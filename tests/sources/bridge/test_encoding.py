"""Rows as JSON and as digests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sources.bridge.encoding import EncodedRows, cleaned, encode, page_digest

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**64 - 1),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(),
    st.binary(max_size=5),
)
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=20)


def encoded(rows: list[tuple], portion: int) -> EncodedRows:
    table = EncodedRows(keep=True)
    for begin in range(0, len(rows), portion):
        table.add(rows[begin : begin + portion])
    return table


@given(rows=ROWS, portion=st.integers(1, 20))
def test_json_and_digest_do_not_depend_on_the_portions_in_which_rows_come(rows: list[tuple], portion: int) -> None:
    whole, parts = encoded(rows, 1000), encoded(rows, portion)
    assert orjson.dumps(whole.json()) == orjson.dumps(parts.json())
    assert whole.digest() == parts.digest()
    assert orjson.loads(orjson.dumps(whole.json())) == orjson.loads(encode(rows)[0])


def test_values_keep_every_digit_and_get_no_zone() -> None:
    row = (Decimal("0.00000001"), Decimal("1E+3"), dt.datetime(1, 1, 1), dt.date(9999, 12, 31), dt.time(7, 5))
    assert encode([row]) == (b'[["0.00000001","1000","0001-01-01T00:00:00","9999-12-31","07:05:00"]]', False)


def test_bytes_are_marked() -> None:
    assert encode([(bytearray(b"\0\xff"),)]) == (b'[[{"!b64":"AP8="}]]', True)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("a\udcfcb", {"!": "undecodable"}),
        (2**64, str(2**64)),
        (-(2**63) - 1, str(-(2**63) - 1)),
        (dt.timedelta(hours=838), {"!": "out_of_range"}),
        ("nul\0", "nul\0"),
    ],
)
def test_what_json_cannot_hold_is_marked_or_written_out(value: object, clean: object) -> None:
    assert cleaned(value) == clean
    encode([(cleaned(value),)])


def test_a_row_that_moves_from_one_table_to_another_changes_the_digest() -> None:
    one, none = encoded([(1,)], 1), encoded([], 1)
    assert page_digest([one, none]) != page_digest([none, one])
