"""The agent is measured at work, at a size at which the figures say nothing."""

from __future__ import annotations

import pytest

from benchmarks import at_work, practices, rows
from benchmarks.sizes import TOY


@pytest.mark.servers
def test_the_agent_is_measured_at_work():
    shares = rows.Shares({"patient": 1e-6, "appointment": 1e-6, "ledger": 1e-6}, 0.01)
    with practices.opendental(TOY.work, practices.Shelf(None), None) as practice:
        figures = {figure.name: figure for figure in at_work.measure(practice, TOY, shares)}
    assert "rotation, for real" in figures
    assert "not seen" not in figures["change to acknowledged: median"].how
    assert figures["memory: the most seen"].value > 10
