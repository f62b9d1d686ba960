"""The Windows side offers what the portable side offers, module by module, with the same calls."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLATFORM = Path(__file__).resolve().parents[2] / "agent" / "platform"
MODULES = sorted(file.name for file in (PLATFORM / "portable").glob("[a-z]*.py"))


def offered(file: Path) -> dict[str, list[str]]:
    """Public functions with the arguments that a caller must give, and public exceptions."""
    found: dict[str, list[str]] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            required = node.args.args[: len(node.args.args) - len(node.args.defaults)]
            found[node.name] = [argument.arg for argument in required]
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).endswith("Error") for base in node.bases):
            found[node.name] = []
    return found


def test_both_sides_have_the_same_modules():
    assert sorted(file.name for file in (PLATFORM / "windows").glob("[a-z]*.py")) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_both_sides_offer_the_same(module: str):
    assert offered(PLATFORM / "windows" / module) == offered(PLATFORM / "portable" / module)
