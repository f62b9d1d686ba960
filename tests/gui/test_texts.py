"""All words of the screen are in one table, and can be had in another language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from agent.health.catalogue import CATALOGUE
from gui.english import ENGLISH
from gui.texts import say
from tests.gui.conftest import Show

ROOM = Path(__file__).parents[2] / "gui"
_SHOWS = set(
    "label button card setText setTitle setWindowTitle setPlaceholderText setToolTip setAccessibleName addItem Tick "
    "setSuffix setAccessibleDescription setInformativeText show_words show_findings addAction addTab addRow drawText "
    "Page QLabel QPushButton QCheckBox QAction Notice Figure showMessage".split()
)
"""Calls that put a text before people's eyes or ears."""
_NAMES = {"Eaglesoft", "Open Dental"}
"""Names of products are the same in every language."""


def modules() -> Iterator[tuple[Path, str]]:
    for file in sorted(ROOM.rglob("*.py")):
        if not file.name.startswith("english"):
            yield file, file.read_text(encoding="utf-8")


def test_every_text_is_in_the_table_and_every_entry_is_used():
    source = "\n".join(text for _, text in modules())
    asked = set(re.findall(r"""say\(\s*["']([^"']+)["']""", source))
    assert sorted(asked - set(ENGLISH)) == []
    stems = {found.split("{")[0] for found in re.findall(r'f"([a-z_]+\.[^"]*\{[^"]+)"', source)}
    words = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', source))
    unused = [key for key in ENGLISH if key not in asked | words and not any(key.startswith(stem) for stem in stems)]
    assert unused == []


def test_no_page_has_words_of_its_own():
    found = []
    for file, text in modules():
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in _SHOWS:
                continue
            given = [*node.args, *(word.value for word in node.keywords)]
            found += [
                f"{file.name}:{node.lineno} {part.value!r}"
                for one in given
                for part in ([one] if isinstance(one, ast.Constant) else getattr(one, "values", []))
                if isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and re.search(r"[A-Za-z]{2,}", part.value)
                and part.value not in _NAMES | _WORDS_OF_LAYOUT
            ]
    assert found == []


_WORDS_OF_LAYOUT = set("title heading number strong body quiet small good warn bad calm".split())


def test_advice_of_the_window_belongs_to_a_warning_that_there_is():
    codes = {key.removeprefix("advice.") for key in ENGLISH if key.startswith("advice.")}
    assert codes <= set(CATALOGUE)


def test_no_jargon():
    words = re.compile(r"\b(ODBC|SQL|API|JSON|TLS|HTTP|daemon|stack|exception|null|epoch|outbox|quarantine)\b", re.I)
    assert [f"{key}: {text}" for key, text in ENGLISH.items() if words.search(text)] == []


def test_a_translation_reaches_every_page(show: Show, qtbot: QtBot):
    """Each text is replaced by one in brackets; what is then without brackets did not come from the table."""
    say.use({key: f"⟦{text}⟧" for key, text in ENGLISH.items() if not key.startswith(("time.", "span.", "month."))})
    screen, _ = show("working")
    plain: set[str] = set()
    for name in screen.window.pages:
        screen.window.turn_to(name)
        qtbot.wait(60)
        for kind in (QLabel, QAbstractButton):
            parts: list[Any] = screen.window.page.findChildren(kind)
            found = {one.text() for one in parts if one.isVisible()}
            plain |= {one for one in found if re.search(r"[a-z]{3,}", one) and "⟦" not in one}
    # Times have tests of their own; a write-back's fields are called as the contract calls them.
    facts = re.compile(
        r"ago|just now|home|Eaglesoft|SQL Anywhere|cloud\.example|card|Patient id|Amount|Method|Note|[0-9]"
    )
    assert sorted(one for one in plain if not facts.search(one)) == []
