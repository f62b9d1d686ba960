"""The page about what works where is made of the declarations, and names what is not sure."""

from __future__ import annotations

from agent.model.resources import RESOURCES
from scripts import compatibility_page
from scripts.compatibility_page import ASSUMED, NOTES, VERIFIED, sooner
from scripts.model_page import SYSTEMS
from scripts.references import ROOT, exists

NAMES = {pms.name for pms in SYSTEMS}


def test_every_system_and_resource_is_on_the_page():
    page = compatibility_page.page()
    for pms in SYSTEMS:
        assert f"\n## {pms.title}\n" in page
        for shape in pms.shapes:
            assert f"\n| `{shape.id}` | `{shape.root.name}`" in page
    for resource in RESOURCES:
        assert page.count(f"\n| `{resource}` | ") >= len(SYSTEMS)


def test_a_shapes_own_assumption_is_told():
    page = compatibility_page.page()
    told = [shape.assumed for pms in SYSTEMS for shape in pms.shapes if shape.assumed is not None]
    assert told
    assert [one for one in told if one not in page] == []


def test_whatever_is_said_is_said_of_a_system_that_exists():
    assert {one.pms for one in VERIFIED} == NAMES
    assert {one.pms for one in ASSUMED} == NAMES
    assert set(NOTES) == NAMES


def test_what_counts_as_verified_names_its_tests():
    assert [test for one in VERIFIED for test in one.tests if not exists(test)] == []
    assert [one.on for one in VERIFIED if bool(one.day) is (one.kind == "declared")] == []


def test_the_ways_in_which_changes_are_found_are_those_declared():
    eaglesoft, opendental = SYSTEMS
    assert "appt_log" in sooner(eaglesoft, eaglesoft.shape("appointment"))
    assert sooner(eaglesoft, eaglesoft.shape("patient")) == "nothing: by rotation"
    assert "only where" in sooner(opendental, opendental.shape("appointment"))
    assert sooner(opendental, opendental.shape("provider")) == "compared whole"


def test_the_page_says_that_no_live_practice_was_read():
    assert "live practice" in (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
