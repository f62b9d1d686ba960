"""The page about writing into Eaglesoft names every kind, and every assumption that a capability names."""

from __future__ import annotations

from agent.sources.eaglesoft.writing import kinds
from agent.wire.payloads import WRITE_KINDS
from scripts import eaglesoft_writes_page


def test_every_kind_and_every_assumption_is_on_the_page():
    page = eaglesoft_writes_page.page()
    for kind in WRITE_KINDS:
        assert f"| `{kind}` |" in page
    for assumed in (*kinds.SHARED_ASSUMPTIONS, *kinds.ASSUMPTIONS.values()):
        assert f"{assumed}." in page


def test_a_capability_says_what_it_assumes():
    offered = {one.kind: one for one in kinds.capabilities()}
    assert set(offered) == set(WRITE_KINDS)
    for kind, assumed in kinds.ASSUMPTIONS.items():
        assert assumed in offered[kind].note
