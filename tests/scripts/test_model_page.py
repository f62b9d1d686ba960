"""The page about the canonical model says everything that the model, the declarations and the contract have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from agent.model.resources import RESOURCES
from scripts import crosswalk, model_page
from scripts.model_page import ISSUES, SYSTEMS, code_tables, supply

ROOT = Path(__file__).resolve().parents[2]
RAISED = re.compile(r"(?:Doubt|doubt_of|Issue)\((?:[^()]|\([^()]*\))*?\"([a-z_]+)\"\s*(?:,[^()]*)?\)")


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_field_has_its_place_in_the_crosswalk(resource: str):
    assert list(crosswalk.FIELDS[resource]) == list(RESOURCES[resource].__annotations__)


def test_every_status_has_its_place_in_the_crosswalk():
    fields = get_type_hints(RESOURCES["appointment"])
    for name, table in (("status", crosswalk.APPOINTMENT_STATUS), ("confirmation", crosswalk.CONFIRMATION)):
        assert list(get_args(fields[name])) == list(table)


def test_every_field_and_code_table_is_on_the_page():
    page = model_page.page()
    for resource, kind in RESOURCES.items():
        assert f"\n## {resource}\n" in page
        for field in kind.__annotations__:
            assert f"\n| `{field}` | " in page
    for pms in SYSTEMS:
        for table in code_tables(pms):
            assert f"\n### {table}\n" in page


def test_issues_that_are_noted_are_explained():
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "agent" / "sources").rglob("*.py")]
    assert {code for text in sources for code in RAISED.findall(text)} <= set(ISSUES)
    times = (ROOT / "agent" / "sources" / "times.py").read_text(encoding="utf-8")
    assert set(re.findall(r"\w+_local_time", times)) <= set(ISSUES)


def test_what_a_system_supplies_is_told_by_its_declarations():
    eaglesoft, opendental = SYSTEMS
    assert supply(eaglesoft, "patient", "merged_into") == "–"
    assert supply(opendental, "patient", "merged_into") == "yes"
    assert supply(opendental, "ledger_entry", "splits") == "some"
    assert supply(eaglesoft, "ledger_entry", "payer") == "some"


def test_no_cell_breaks_its_table():
    for line in model_page.page().splitlines():
        if line.startswith("| "):
            assert line.endswith(" |")
            assert "``" not in line
