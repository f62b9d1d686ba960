"""Costs a row are measured, at a size at which they say nothing."""

from __future__ import annotations

import pytest

from benchmarks import practices, rows
from benchmarks.sizes import TOY


@pytest.mark.servers
def test_rows_are_measured_beside_the_floor():
    with practices.eaglesoft_on_sqlite(TOY.second) as practice:
        figures, shares = rows.measure(practice, TOY)
    assert {figure.name for figure in figures} == {
        *(
            f"{kind}: {name}"
            for kind in ("first load", "nothing new")
            for name in ("patient", "appointment", "ledger_entry")
        ),
        "nothing new: all tables",
    }
    assert shares.busy(30_000, 400_000, 2_000_000) > 0
