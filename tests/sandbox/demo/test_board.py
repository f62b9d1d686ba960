"""What the board shows, on a terminal and in a pipe."""

from __future__ import annotations

import io
import re
from datetime import datetime

from rich.console import Console

from sandbox.demo.arrivals import Arrival
from sandbox.demo.board import board, grouped
from sandbox.demo.screen import Screen
from sandbox.demo.watch import ROTATION

AT = datetime(2025, 3, 3, 9, 30, 15)


def shown(terminal: bool, width: int = 120) -> str:
    out = io.StringIO()
    screen = Screen(lambda: 0.0, Console(file=out, force_terminal=terminal, width=width, highlight=False))
    with board(screen) as where:
        where.operation(AT, "post_payment")
        where.arrivals(AT, [Arrival("ledger_entry", "upsert", 1.25, ROTATION)])
        where.foot("1 operation")
    return out.getvalue()


def test_in_a_pipe_everything_is_a_plain_line():
    lines = shown(terminal=False).splitlines()
    assert [line.split() for line in lines] == [
        ["09:30:15", "desk", "post", "payment"],
        ["09:30:15", "feed", "ledger_entry", "upsert", "1.2", "s", "rotation"],
        ["1", "operation"],
    ]


def test_on_a_terminal_operations_and_arrivals_stand_side_by_side():
    drawn = shown(terminal=True)
    assert "front desk" in drawn
    assert "post payment" in drawn
    assert "rotation" in drawn


def test_on_a_narrow_terminal_no_line_is_broken():
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown(terminal=True, width=80))
    assert max(len(line.rstrip()) for line in drawn.splitlines()) <= 80
    assert "ledger_entry" in drawn
    assert "rotation" in drawn


def test_arrivals_of_a_kind_are_counted_and_the_slowest_is_shown():
    found = grouped([Arrival("patient", "upsert", seconds, ROTATION) for seconds in (1.0, 3.0, 2.0)])
    assert found == [(3, Arrival("patient", "upsert", 3.0, ROTATION))]
