"""The house keeps its own rules: docstrings, sizes, names, what may be in the tree, what the bridge may load.

Who may import whom is checked by import-linter (``make lint``).
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("agent", "gui", "sandbox", "benchmarks", "scripts", "tests", "installer")
LONGEST = 400
"""Lines of a module; at this length one looks for the second idea in it."""

FREE_TESTS = {"causes", "contract", "sim", "crash", "wire", "security", "gui", "windows"}
"""Folders of tests that belong to no single module."""

SHAPELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "stuff", "base"}

HEAVY = set(
    "asyncio cryptography httpx joserfc keyring msgpack phonenumbers pydantic rich sqlalchemy sqlite3 starlette "
    "truststore typer zstandard agent.cloud agent.store agent.capture agent.host".split()
)
"""What the bridge, also built for 32 bit and started beside the practice's server, must not load."""


def modules(*rooms: str) -> list[Path]:
    return sorted(file for room in rooms for file in (ROOT / room).rglob("*.py"))


def tracked() -> list[Path]:
    """Every file of the project: what git knows or would take, else everything but what is made."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    files = [ROOT / name for name in names] or [ROOT / "README.md", *modules(*ROOMS), *(ROOT / "docs").rglob("*")]
    return [file for file in files if file.is_file()]


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_every_module_says_what_it_is_for():
    silent = [
        shown(file) for file in modules(*ROOMS) if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_is_too_long():
    long = {shown(file): lines for file in modules(*ROOMS) if (lines := len(file.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_no_module_has_a_shapeless_name():
    assert [shown(file) for file in modules(*ROOMS) if file.stem in SHAPELESS] == []


def test_no_file_names_a_machine_or_a_registry():
    # In pieces, so that this file does not name them either.
    machine = [
        r"(?<![\w.])/wo" + r"rk/",
        r"(?<![\w.])/tm" + "p/",
        r"(?<![\w.])/ro" + "ot/",
        r"/op" + "t/wheels",
        r"/op" + "t/pypi",
    ]
    registry = [
        "py" + r"pi\.org",
        r"python" + r"hosted",
        r"registry\.npm" + r"js",
        r"deb\.deb" + r"ian\.org",
        r"index-" + r"url\b",
    ]
    banned = re.compile("|".join([*machine, *registry]))
    found = []
    for file in tracked():
        if file.name in ("LICENSE", "Makefile"):
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{shown(file)}:{number}" for number, line in enumerate(text.splitlines(), 1) if banned.search(line)]
    assert found == []


def test_every_test_mirrors_what_it_tests():
    stray = []
    for file in modules("tests"):
        inside = file.relative_to(ROOT / "tests")
        if not file.name.startswith("test_") or len(inside.parts) == 1 or inside.parts[0] in FREE_TESTS:
            continue
        room = ROOT / inside.parent if inside.parts[0] in ROOMS else ROOT / "agent" / inside.parent
        tested = inside.stem.removeprefix("test_")
        programs = [*room.glob("*.py"), *room.glob("*.sh")]
        names = {program.stem for program in programs} | {folder.name for folder in room.iterdir() if folder.is_dir()}
        if not any(tested == name or tested.startswith(f"{name}_") for name in names):
            stray.append(shown(file))
    assert stray == []


def bridge_modules() -> list[str]:
    """The modules of the child process: those that load the ODBC library, and what it is started by."""
    files = [
        f
        for f in modules("agent/sources/bridge")
        if f.name == "__main__.py" or re.search(r"^import pyodbc", f.read_text(), re.M)
    ]
    return [shown(file).removesuffix(".py").replace("/", ".") for file in files]


@pytest.mark.parametrize("module", bridge_modules())
def test_the_bridge_loads_nothing_heavy(module: str):
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert sorted(HEAVY.intersection(loaded)) == []


def test_rules_say_why_where_they_are_broken():
    """A silenced type or lint rule names the rule."""
    bare = re.compile(r"#\s*(noqa(?!: ?[A-Z])|type:\s*ignore(?!\[))")
    assert [
        f"{shown(file)}:{number}"
        for file in modules(*ROOMS)
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ] == []
