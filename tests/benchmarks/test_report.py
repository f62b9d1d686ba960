"""Tables of figures."""

from __future__ import annotations

import pytest

from benchmarks import report


def test_a_table_shows_goals_met_and_missed():
    figures = [
        report.Figure("one", 10.0, "us", 12.0, "Engine 1"),
        report.Figure("two", 24.0, "us", 12.0, "Engine 1", "twice"),
        report.Figure("three", 0.5, "s", None, "Engine 1"),
    ]
    assert [figure.verdict for figure in figures] == ["met", "MISSED x2.00", "-"]
    assert report.plain(figures).splitlines()[2].split("  ")[0] == "two"
    assert "| two | 24 us | 12 us | MISSED x2.00 | Engine 1 | twice |" in report.markdown(figures, ["a fact"])


def test_a_run_is_pasted_between_the_marks(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text("before\n<!-- benchmarks: begin -->\nold\n<!-- benchmarks: end -->\nafter\n")
    report.paste(document, "new")
    report.paste(document, "newer")
    assert document.read_text() == "before\n<!-- benchmarks: begin -->\nnewer\n<!-- benchmarks: end -->\nafter\n"
    document.write_text("no marks")
    with pytest.raises(ValueError, match="no place"):
        report.paste(document, "new")


def test_runs_of_another_kind_have_marks_of_their_own(tmp_path):
    document = tmp_path / "performance.md"
    document.write_text("<!-- a: begin --><!-- a: end -->\n<!-- b: begin --><!-- b: end -->\n")
    report.paste(document, "new", "b")
    assert document.read_text() == "<!-- a: begin --><!-- a: end -->\n<!-- b: begin -->\nnew\n<!-- b: end -->\n"
