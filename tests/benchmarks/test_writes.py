"""A command's way is measured, at a size at which the figures say nothing."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from benchmarks import practices, writes
from benchmarks.practices import Practice, Shelf
from benchmarks.sizes import TOY


@pytest.mark.parametrize(
    "pms", ["eaglesoft", pytest.param("opendental", marks=[pytest.mark.servers, pytest.mark.heavy])]
)
def test_a_commands_way_is_measured(pms: str):
    place: AbstractContextManager[Practice] = (
        practices.eaglesoft_on_sqlite(TOY.second)
        if pms == "eaglesoft"
        else practices.opendental(TOY.second, Shelf(None), None)
    )
    with place as practice:
        figures = {figure.name: figure for figure in writes.measure(practice, TOY)}
    median, most = figures["command to verified: median"], figures["command to verified: p99"]
    assert (median.goal, most.goal) == (0.7, 2.0)
    assert 0 < median.value <= most.value
    assert median.how.startswith("3 `appointment.note`")
