"""The table of causes is complete, and says what is so."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from agent.health.catalogue import CATALOGUE
from tests.causes.table import CAUSES, Cause

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent

PROMISED = """a stopped database server; a refused login; a missing driver; a driver of the wrong bitness;
a changed schema; a replaced database; a PMS upgrade under way; a read-only connection; offline;
a name that does not resolve; a proxy; a proxy that wants a login; TLS inspection; an expired certificate;
a certificate that is about to expire; a refused token; a wrong clock; a second agent with the same identity;
fenced by a newer agent; a full disk; a damaged store; a lost key; antivirus holds or removed a file;
a growing outbox; sync behind; nothing seen; a server that sleeps"""
"""What the product promises to tell apart."""


def functions(file: str) -> dict[str, str]:
    """Tests of a file -> their text."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return {
        one.name: ast.get_source_segment(text, one) or ""
        for one in ast.parse(text).body
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    }


def test_every_cause_that_is_promised_has_a_test():
    promised = {" ".join(words.split()) for words in PROMISED.split(";")}
    assert {one.words for one in CAUSES} == promised


@pytest.mark.parametrize("cause", CAUSES, ids=lambda one: f"{one.words}: {one.code}")
def test_what_the_table_says_is_so(cause: Cause):
    file, _, name = cause.test.partition("::")
    assert cause.code in CATALOGUE
    assert name in functions(file), cause.test
    if not cause.instead:
        text = functions(file)[name]
        assert cause.code in text and "forgets" in text
        assert (ROOT / file).parent == HERE


def test_every_test_of_a_cause_is_in_the_table():
    listed = {one.test for one in CAUSES} | {"tests/causes/test_the_way.py::test_the_doctor_names_the_same_causes"}
    there = {
        f"tests/causes/{file.name}::{name}"
        for file in HERE.glob("test_*.py")
        if file.name != Path(__file__).name
        for name in functions(f"tests/causes/{file.name}")
    }
    assert there == {test for test in listed if test.startswith("tests/causes/")}
