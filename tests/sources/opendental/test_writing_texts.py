"""Texts as the PMS keeps them."""

from __future__ import annotations

import pytest

from agent.model.writing import WriteRefused
from agent.sources.opendental.writing import texts

TAG = "PA-ABCDEFGH23"


def test_a_note_keeps_its_lines_and_ends_with_the_reference():
    assert texts.note(" One\nTwo\n", "note", TAG) == f"One\r\nTwo Ref {TAG}"
    assert texts.note("", "note", TAG) == f"Ref {TAG}"
    assert texts.without_mark(f"One\r\nTwo Ref {TAG}") == "One Two"
    assert texts.has_mark(f"One Ref {TAG}") and not texts.has_mark("Ref PA-1")


@pytest.mark.parametrize(
    ("text", "code"),
    [("a\0b", "text_not_storable"), ("\U0001f9b7", "text_not_storable"), ("é" * 33_000, "text_too_long")],
)
def test_what_a_note_cannot_hold(text: str, code: str):
    with pytest.raises(WriteRefused) as caught:
        texts.note(text, "note", TAG)
    assert caught.value.code == code


def test_a_line_is_one_line():
    assert texts.line(" Elm St ", 10, "x") == "Elm St"
    assert texts.line(None, 10, "x") == ""
    for text, code in (("a\nb", "text_not_storable"), ("x" * 11, "text_too_long")):
        with pytest.raises(WriteRefused) as caught:
            texts.line(text, 10, "x")
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("+1 212 555 0134", "(212)555-0134"),
        ("212.555.0134", "(212)555-0134"),
        ("212-555-0134 x12", "212-555-0134 x12"),
        ("+49 30 901820", "+49 30 901820"),
        ("555-0134", "555-0134"),
        (None, ""),
    ],
)
def test_a_number_as_the_office_writes_it(given: str | None, kept: str):
    assert texts.phone(given, "phones") == kept
    assert texts.same_number(kept, given or "")
