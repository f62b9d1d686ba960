"""What the pages refer to exists: files, headings, tests and commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import references


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of a project that has nothing else."""
    monkeypatch.setattr(references, "ROOT", tmp_path)
    (tmp_path / "Makefile").write_text("demo: setup\n")
    return tmp_path / "PAGE.md"


def test_every_link_leads_somewhere():
    assert references.broken_links() == []


def test_every_test_that_a_page_names_exists():
    assert references.missing_tests() == []


def test_the_promises_name_their_tests():
    named = references.tests_named(references.ROOT / "PROMISES.md")
    assert len(named) > 20


def test_every_command_that_people_are_told_to_type_exists():
    assert references.unknown_commands() == []


def test_a_link_to_nothing_is_told(page: Path):
    page.write_text("# One two\n\n[a](gone.md) [b](#one-two) [c](#three) `[d](x.md)` [e](https://example.com/x)\n")
    assert references.broken_links() == ["PAGE.md: gone.md", "PAGE.md: #three"]


def test_a_test_that_is_gone_is_told(page: Path):
    folder = page.parent / "tests"
    folder.mkdir()
    (folder / "test_a.py").write_text("def test_one():\n    pass\n")
    page.write_text("`tests/test_a.py::test_one`, `tests/test_a.py::test_two`, `tests/test_b.py`\n")
    assert references.missing_tests() == ["PAGE.md: tests/test_a.py::test_two", "PAGE.md: tests/test_b.py"]


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ("practice-agent --home DIR status --json", True),
        ("practice-agent holds accept 3", True),
        ("practice-agent reconcile patient --repair", True),
        ("practice-agent demo --whatever 3", True),
        ("practice-agent enrol CODE", False),
        ("practice-agent sync --now", False),
        ('practice-cloud invite --practice "Elm Street"', True),
        ("practice-cloud invite --for Elm", False),
        ("make demo KEEP=1", True),
        ("make coffee", False),
    ],
)
def test_a_command_is_checked_by_its_verbs_and_options(page: Path, line: str, fine: bool):
    page.write_text(f"Type this:\n\n    {line}   # a remark\n")
    assert (references.unknown_commands() == []) is fine
