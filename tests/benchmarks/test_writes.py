"""A command's way is measured, at a size at which the figures say nothing."""

from __future__ import annotations

from benchmarks import practices, writes
from benchmarks.sizes import TOY


def test_a_commands_way_is_measured():
    with practices.eaglesoft_on_sqlite(TOY.second) as practice:
        figures = {figure.name: figure for figure in writes.measure(practice, TOY)}
    median, most = figures["command to verified: median"], figures["command to verified: p99"]
    assert (median.goal, most.goal) == (0.7, 2.0)
    assert 0 < median.value <= most.value
    assert median.how.startswith("3 `appointment.note`")
