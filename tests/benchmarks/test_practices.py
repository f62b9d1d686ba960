"""Practices are kept by what made them."""

from __future__ import annotations

from benchmarks import practices


def test_a_kept_practice_is_copied(tmp_path):
    shelf = practices.Shelf(tmp_path)
    assert shelf.place("a", 1) == shelf.place("a", 1)
    assert shelf.place("a", 1) != shelf.place("a", 1, extra=b"another schema")
    assert practices.Shelf(None).place("a") is None
