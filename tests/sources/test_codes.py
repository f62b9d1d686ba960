"""Code tables: what is known is mapped, what is not becomes the default and is counted, nothing is guessed."""

from __future__ import annotations

import pytest

from agent.model.reading import Unreadable
from agent.sources import codes
from agent.sources.codes import CodeTable, Decoder, UnknownCode, UnknownCodes, code_text
from agent.sources.doubt import Doubt

TABLE = CodeTable("pms.status", {1: "booked", 2: "completed", "C": "cancelled"})


@pytest.mark.parametrize(
    ("raw", "text"),
    [(None, None), ("", None), ("  ", None), (" Ab\0 ", "ab"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (True, "1")],
)
def test_a_code_is_compared_as_trimmed_text_without_case(raw: object, text: str | None):
    assert code_text(raw) == text


@pytest.mark.parametrize("raw", [1, 1.0, "1", " 1 ", True])
def test_a_code_is_known_however_the_driver_hands_it_over(raw: object):
    assert Decoder(TABLE, {})(raw) == "booked"


def test_case_makes_no_difference_and_blank_is_the_default_without_an_issue():
    decode = Decoder(TABLE, {})
    assert (decode("c"), decode("C "), decode(None), decode("")) == ("cancelled", "cancelled", "unknown", "unknown")


def test_an_unknown_code_becomes_the_default_and_says_which_it_was():
    with pytest.raises(UnknownCode) as doubt:
        Decoder(TABLE, {})(9)
    assert (doubt.value.value, doubt.value.table, doubt.value.raw) == ("unknown", "pms.status", 9)


def test_what_could_not_be_read_is_the_default_with_its_reason():
    with pytest.raises(Doubt) as doubt:
        Decoder(TABLE, {})(Unreadable("undecodable"))
    assert (doubt.value.value, doubt.value.code) == ("unknown", "undecodable")


def test_a_practice_may_say_otherwise_and_add_its_own():
    decode = Decoder(TABLE, {"pms.status": {"2": "cancelled", "x": "booked"}, "pms.other": {"1": "completed"}})
    assert (decode(1), decode(2), decode("X")) == ("booked", "cancelled", "booked")


def test_unknown_codes_are_counted_by_table_and_only_so_many_of_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codes, "MOST_COUNTED", 3)
    seen = UnknownCodes()
    for raw in (9, "9", 8, " zz ", "one too many", 9):
        seen.add("pms.status", raw)
    assert seen.counts() == {"pms.status": {"9": 3, "8": 1, "zz": 1}}
    seen.add("pms.status", "x" * 500)
    assert all(len(raw) <= 60 for raw in seen.counts()["pms.status"])
