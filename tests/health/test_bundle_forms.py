"""Forms let through what they name and nothing else, and say what they left out without repeating it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.health.bundle_forms import (
    DIGEST,
    FLAG,
    MOMENT,
    NUMBER,
    VERSION,
    Each,
    Keyed,
    Only,
    Table,
    check,
    one_of,
    words_of,
)

WORD = words_of("words of the program", {"patient", "birth_date", "column_missing", "errno"})
FORM = Table(
    {
        "count": NUMBER,
        "on": FLAG,
        "at": MOMENT,
        "word": WORD,
        "all": Each(Table({"code": WORD}), 3),
        "by": Keyed(WORD, NUMBER, 2),
        "color": one_of("a colour", {"red"}),
    }
)


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        (NUMBER, [0, -1.5, 10**9], [True, float("nan"), 10**16, "1", None.__class__]),
        (FLAG, [True, False], [0, "yes"]),
        (MOMENT, ["2026-11-22T05:00:00Z"], ["1931-07-23T00:00:00Z", "2026-11-22", "2026-11-22T05:00:00"]),
        (DIGEST, ["0f" * 16], ["Quizzenberg", "0F" * 16]),
        (VERSION, ["21.3.1", "3.12.0rc1", "2025.2"], ["19310723", "917-555-0187", "Quizzenberg", "1 Main St"]),
        (
            WORD,
            ["patient", "column_missing: patient.birth_date", "errno 13"],
            ["Quizzenberg", "patient Quizzenberg", "917-555-0187", "patient 917 555 0187", "13", "Ångström", "x" * 300],
        ),
    ],
)
def test_values_pass_by_their_shape(form: Only, good: list[Any], bad: list[Any]):
    assert [one for one in good if not form.test(one)] == []
    assert [one for one in bad if form.test(one)] == []


def test_what_is_not_named_is_left_out_and_counted():
    checked = check(
        FORM,
        {
            "count": 3,
            "on": None,
            "Quizzenberg": 1,
            "word": "Quizzenberg",
            "all": [{"code": "patient"}, "Quizzenberg", {"code": "x"}, {"codes": 1}],
            "by": {"patient": 1, "Quizzenberg": 2, "errno": 3, "birth_date": 4},
            "color": "blue",
        },
    )
    assert checked.content == {
        "count": 3,
        "on": None,
        "all": [{}, {}],
        "by": {"patient": 1, "errno": 3},
    }
    assert checked.left_out == {
        ("", "not on the list"): 1,
        ("word", "not words of the program"): 1,
        ("all", "too many"): 1,
        ("all", "not a table"): 1,
        ("all.code", "not words of the program"): 1,
        ("all", "not on the list"): 1,
        ("by", "a name that is not words of the program"): 1,
        ("by", "too many"): 1,
        ("color", "not a colour"): 1,
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["count", "word", "all", "by"]), inner),
)


@given(ANYTHING)
def test_whatever_is_given_nothing_raises_and_no_foreign_text_passes(value: Any):
    checked = check(FORM, value)

    def texts(one: Any) -> list[str]:
        if isinstance(one, dict):
            return [*one, *(text for inner in one.values() for text in texts(inner))]
        if isinstance(one, list):
            return [text for inner in one for text in texts(inner)]
        return [one] if isinstance(one, str) else []

    assert [
        one for one in texts(checked.content) if one and not WORD.test(one) and one not in FORM.fields and one != "code"
    ] == []
