"""What the written pages refer to and must exist: files, headings, tests, and the commands that people are to type.

Only looks: each function gives what is wrong, as ``page: what``, and nothing when all is well.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from agent.cli.main import app as agent
from sandbox.cloud.cli import app as cloud

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TEST = re.compile(r"tests/[\w/]+\.py(?:::(\w+))?")
_CODE = re.compile(r"`[^`]*`")
_COMMAND = re.compile(r"(?:^ {4,}|`)(?:\.venv/bin/)?((practice-agent|practice-cloud|make) [^`\n]*)", re.MULTILINE)
_PROGRAMS = {"practice-agent": agent, "practice-cloud": cloud}
_EVERYWHERE = frozenset({"--help", "-h"})


def pages() -> list[Path]:
    """Every written page."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def broken_links() -> list[str]:
    """Links between the pages that lead nowhere."""
    return [wrong for page in pages() for wrong in _broken(page)]


def _broken(page: Path) -> Iterator[str]:
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    for link in _LINK.findall(text):
        file, _, heading = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (heading and heading not in headings(target)):
            yield f"{_shown(page)}: {link}"


def headings(page: Path) -> set[str]:
    """What links to a page's headings are called."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def missing_tests() -> list[str]:
    """Tests that a page names and that do not exist."""
    return [f"{_shown(page)}: {name}" for page in pages() for name in tests_named(page) if not exists(name)]


def tests_named(page: Path) -> list[str]:
    """Every test that a page names, ``tests/x/test_y.py`` or ``tests/x/test_y.py::test_z``, in order."""
    return [found.group(0) for found in _TEST.finditer(page.read_text(encoding="utf-8"))]


def exists(name: str) -> bool:
    """Whether a test exists, ``tests/x/test_y.py`` or ``tests/x/test_y.py::test_z``."""
    file, _, function = name.partition("::")
    path = ROOT / file
    if not path.is_file():
        return False
    return not function or re.search(rf"^def {function}\(", path.read_text(encoding="utf-8"), re.MULTILINE) is not None


def unknown_commands() -> list[str]:
    """Commands that people are told to type and that do not exist in this form."""
    return [
        f"{_shown(page)}: {line}"
        for page in pages()
        for line, _ in _COMMAND.findall(page.read_text(encoding="utf-8"))
        if not _understood(line)
    ]


def _understood(line: str) -> bool:
    try:
        words = shlex.split(line.partition("  #")[0].rstrip(" ."), comments=True)
    except ValueError:  # a quotation that goes on in the next line
        return True
    program, *rest = [word for word in words if word not in ("|", "<", ">")]
    if program == "make":
        return all(_is_target(word) for word in rest if word.islower() and word.isidentifier())
    return _takes(typer.main.get_command(_PROGRAMS[program]), rest)


def _is_target(word: str) -> bool:
    return re.search(rf"^{word}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE) is not None


def _takes(command: Any, words: list[str]) -> bool:
    """Whether a command has the verbs and options of a line."""
    options = _EVERYWHERE | _options(command)
    for word in words:
        verbs = getattr(command, "commands", {})
        if word in verbs:
            command = verbs[word]
            options |= _options(command)
        elif word.startswith("-") and word != "-":
            if word.partition("=")[0] not in options and not command.context_settings.get("ignore_unknown_options"):
                return False
        elif verbs and word.isalpha() and word.islower():
            return False
    return True


def _options(command: Any) -> set[str]:
    return {name for one in command.params for name in one.opts}


def _shown(page: Path) -> str:
    return str(page.relative_to(ROOT))
