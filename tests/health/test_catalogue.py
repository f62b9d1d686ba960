"""The catalogue: every code that the program raises is in it, and every entry can be shown to a person."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.health.catalogue import CATALOGUE, SECTIONS, explain, shown

ROOT = Path(__file__).resolve().parents[2]
ERRORS = {"Retry", "Terminal", "NeedsPerson"}

NOT_YET_RAISED = frozenset(
    {
        "ack_stale",
        "capture_paused",
        "certificate_expiring",
        "clock_wrong",
        "codes_unknown",
        "database_clock_wrong",
        "drift_found",
        "duty_exceeded",
        "files_missing",
        "index_missing",
        "nothing_seen",
        "outbox_growing",
        "records_quarantined",
        "schema_changed",
        "server_sleeps",
        "sync_behind",
        "upgrade_in_progress",
        "version_unknown",
        "worker_failed",
    }
)
"""What DESIGN section 9 names and no part finds out yet."""


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted((ROOT / "agent").rglob("*.py")):
        if not (file.is_relative_to(ROOT / "agent" / "health") and file.stem.endswith(("_side", "catalogue"))):
            yield file, ast.parse(file.read_text(encoding="utf-8"))


def literal_codes(call: ast.Call) -> Iterator[str]:
    """Codes that stand in an error's call; none when the code is computed."""
    first = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "code"), None)
    options = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
    for option in options:
        if isinstance(option, ast.Constant) and isinstance(option.value, str):
            yield option.value


def tabled_codes(table: ast.Dict) -> Iterator[str]:
    """Codes of a table that errors are made from: ``"code": (Retry, title, advice)``."""
    for key, value in zip(table.keys, table.values, strict=True):
        kind = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else None
        if isinstance(key, ast.Constant) and isinstance(kind, ast.Name) and kind.id in ERRORS:
            yield str(key.value)


def raised() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for file, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                found.update(dict.fromkeys(tabled_codes(node), file))
            elif isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in ERRORS:
                    found.update(dict.fromkeys(literal_codes(node), file))
    return found


def words() -> set[str]:
    """Every string in the program: codes may also be in tables that errors are made from."""
    return {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_code_that_is_raised_is_in_the_catalogue():
    strange = {code: str(file.relative_to(ROOT)) for code, file in raised().items() if code not in CATALOGUE}
    assert strange == {}


def test_what_no_part_raises_is_said_here():
    assert set(CATALOGUE) - words() - NOT_YET_RAISED == set()


def test_no_code_is_there_twice():
    assert len(CATALOGUE) == sum(len(section) for _, section in SECTIONS)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_an_entry_can_be_shown_to_a_person(code: str):
    one = CATALOGUE[code]
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,39}", code)
    assert one.title[0].isupper()
    assert not one.title.endswith(".")
    assert len(one.title) <= 80
    assert one.advice.endswith(".")
    assert code not in one.depends_on
    assert set(one.depends_on) <= CATALOGUE.keys()


def test_a_cause_hides_its_effects_also_through_others():
    present = {"clock_wrong": 999.0, "tls_expired": 999.0, "outbox_growing": 9999.0}
    assert [one.code for one in shown(present)] == ["clock_wrong"]


def test_what_passes_by_itself_is_not_shown():
    assert shown({"offline": 5.0}) == []
    assert [one.code for one in shown({"offline": 500.0})] == ["offline"]


def test_the_worst_comes_first():
    present = {"codes_unknown": 1.0, "index_missing": 1.0, "login_refused": 1.0}
    assert [one.code for one in shown(present)] == ["login_refused", "index_missing", "codes_unknown"]


def test_a_code_from_nowhere_is_still_told():
    assert "zebra_found" in explain("zebra_found").title
