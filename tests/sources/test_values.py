"""What each transform makes of one raw value: the value, and the doubt if there is one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.reading import Unreadable
from agent.sources import money, phones, times, values
from agent.sources.doubt import Doubt

UNDECODABLE = Unreadable("undecodable")
NONE = None


def outcome(make: Any, raw: Any) -> Any:
    try:
        return make(raw)
    except Doubt as doubt:
        return (doubt.value, doubt.code)


@pytest.mark.parametrize(
    ("make", "raw", "expected"),
    [
        (values.text, None, None),
        (values.text, "", None),
        (values.text, "  \r\n ", None),
        (values.text, " a\r\nb ", "a\r\nb"),
        (values.text, "Zoë-Müller", "Zoë-Müller"),
        (values.text, "Al\0ice", ("Alice", "nul_removed")),
        (values.text, "\0", (None, "nul_removed")),
        (values.text, "x" * 1_048_576, "x" * 1_048_576),
        (values.text, "x" * 1_048_577, (None, "too_long")),
        (values.text, "\ud800", (None, "undecodable")),
        (values.text, UNDECODABLE, (None, "undecodable")),
        (values.text, 12, "12"),
        (values.text, 12.0, "12"),
        (values.integer, "12 ", 12),
        (values.integer, "12.00", 12),
        (values.integer, "12.5", (None, "out_of_range")),
        (values.integer, "x", (None, "out_of_range")),
        (values.flag, "y", True),
        (values.flag, 0, False),
        (values.flag, " ", None),
        (values.flag, "Q", (None, "unknown_code")),
        (values.yes_no, "n", "no"),
        (values.yes_no, "?", "unknown"),
        (values.reference, " ab ", "AB"),
        (values.reference, 0, None),
        (values.reference, "0", None),
        (values.reference, "  ", None),
        (values.reference, "a\0", (None, "undecodable")),
        (values.reference, -5, "-5"),
        (values.numbered, 0, "0"),
        (values.key_text, " ab ", "AB"),
        (values.key_text, "", None),
        (values.key_text, None, None),
        (values.key_text, "a\0b", None),
        (values.key_text, "a\x01b", None),
        (values.key_text, "\x7f", None),
        (values.key_text, "é b", "É B"),
        (values.key_text, "é\tb", None),
        (values.key_text, "\ud83d", None),
        (values.key_text, "x" * 200, "X" * 200),
        (values.key_text, "x" * 201, None),
        (values.one_email, " a@b.example ", ["a@b.example"]),
        (values.one_email, "", []),
        (values.one_email, UNDECODABLE, ([], "undecodable")),
        (values.email_list, "a@b.example; c@d.example,,", ["a@b.example", "c@d.example"]),
        (values.email_list, "\0", ([], "nul_removed")),
        (times.day, "0001-01-01", None),
        (times.day, "0000-00-00", None),
        (times.day, "2024-02-29", "2024-02-29"),
        (times.day, "2023-02-29", (None, "out_of_range")),
        (times.day, "1799-12-31", (None, "out_of_range")),
        (times.day, "1800-01-01", "1800-01-01"),
        (times.day, "2200-12-31", "2200-12-31"),
        (times.day, "2201-01-01", (None, "out_of_range")),
        (times.day, "2024-03-04 05:06:07", "2024-03-04"),
        (times.day, "nonsense", (None, "out_of_range")),
        (times.day, Unreadable("out_of_range"), (None, "out_of_range")),
        (times.local_time, "2024-03-04 05:06:07.891", "2024-03-04T05:06:07"),
        (times.local_time, "2024-03-04T05:06:07", "2024-03-04T05:06:07"),
        (times.local_time, "2024-03-04", "2024-03-04T00:00:00"),
        (times.local_time, "0001-01-01T00:00:00", None),
        (times.local_time, "2024-03-04 25:00:00", (None, "out_of_range")),
        (times.time_unless_midnight, "2024-03-04 00:00:00", None),
        (times.time_unless_midnight, "2024-03-04 00:00:01", "2024-03-04T00:00:01"),
        (money.money, "12.5", "12.50"),
        (money.money, "-0.001", "0.00"),
        (money.money, 12, "12.00"),
        (money.money, 33.1, "33.10"),
        (money.money, "", None),
        (money.money, "NaN", (None, "out_of_range")),
        (money.money, "1e40", (None, "out_of_range")),
        (money.money, "abc", (None, "out_of_range")),
        (money.negative_money, 0.0, "0.00"),
        (money.negative_money, "12.30", "-12.30"),
        (money.negative_money, -5.25, "5.25"),
        (money.never_null(money.money), None, ("0.00", "missing_amount")),
    ],
)
def test_a_raw_value_becomes_what_the_mapping_document_says(make, raw, expected):
    result = outcome(make, raw)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("(212)555-0199", "+12125550199"),
        ("212.555.0199", "+12125550199"),
        ("1-212-555-0199", "+12125550199"),
        ("+44 20 7946 0958", "+442079460958"),
        ("212-555-0199 x12", "+12125550199"),
        ("555-0199", None),
        ("call mother", None),
        ("12345678901234567890", None),
    ],
)
def test_a_possible_telephone_number_gets_its_e164_form(raw, expected):
    assert phones.e164_of(raw) == expected


PIECES = st.lists(st.from_regex(r"[0-9][ ().-]?", fullmatch=True), min_size=7, max_size=11).map("".join)


@given(st.sampled_from(["", "(", "+", "+1", "1-", "."]), PIECES, st.sampled_from(["", " x12", "x3", " ext 5", ")"]))
def test_the_short_way_to_e164_says_what_the_library_says(begin, digits, end):
    number = (begin + digits + end).strip()
    assert phones.e164_of(number) == phones._by_library(number)


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        ("America/Chicago", "2025-03-09T01:59:00", ("2025-03-09T07:59:00Z", None)),
        ("America/Chicago", "2025-03-09T02:30:00", ("2025-03-09T08:30:00Z", "nonexistent_local_time")),
        ("America/Chicago", "2025-03-09T03:00:00", ("2025-03-09T08:00:00Z", None)),
        ("America/Chicago", "2025-11-02T01:30:00", ("2025-11-02T06:30:00Z", "ambiguous_local_time")),
        ("America/Chicago", "2025-11-02T02:00:00", ("2025-11-02T08:00:00Z", None)),
        ("America/Chicago", "2025-07-01T23:30:15", ("2025-07-02T04:30:15Z", None)),
        ("Asia/Kolkata", "2025-07-01T09:00:00", ("2025-07-01T03:30:00Z", None)),
        ("America/Phoenix", "2025-03-09T02:30:00", ("2025-03-09T09:30:00Z", None)),
        ("America/New_York", "1850-01-01T12:00:00", ("1850-01-01T16:56:02Z", None)),
    ],
)
def test_a_local_time_has_its_utc_and_says_when_it_occurs_twice_or_never(zone, local, expected):
    assert times.Clock(zone).utc(local) == expected


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2025-03-04T09:00:00", 60, "2025-03-04T10:00:00"),
        ("2025-03-04T23:30:00", 60, "2025-03-05T00:30:00"),
        ("2025-12-31T23:59:30", 5, "2026-01-01T00:04:30"),
        (None, 60, None),
        ("2025-03-04T09:00:00", None, None),
    ],
)
def test_minutes_are_added_on_the_wall_clock_and_counted_back(start, minutes, end):
    assert times.after_minutes(start, minutes) == end
    if end is not None:
        assert times.minutes_between(start, end) == minutes
