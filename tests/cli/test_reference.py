"""The page of commands (that it is not stale is tested with the other pages)."""

from __future__ import annotations

from agent.cli import reference


def test_it_names_every_option_and_exit_code():
    page = reference.page()
    for word in ("--takeover", "--local-only", "--repair", "--unmask", "holds accept ID", "| 70 |", "--home DIR"):
        assert word in page
