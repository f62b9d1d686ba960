"""Everything that window and tray show of a running agent, written to stdout: ``python -m tests.security.screen HOME``.

Draws into memory. Visits every page, chooses every row, presses what asks the agent for something, opens the assistant
and the tray's menu, and tells every text of every widget: what is read, hovered over, or spoken by a screen reader.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox

from gui.app import Screen
from gui.binding import connector
from gui.widgets.table import Table

_TEXTS = (
    "text",
    "title",
    "windowTitle",
    "toolTip",
    "statusTip",
    "whatsThis",
    "accessibleName",
    "accessibleDescription",
    "placeholderText",
    "toPlainText",
    "currentText",
    "format",
    "objectName",
)
_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.EditRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.StatusTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)
_MOST_ROWS = 500


def wait(milliseconds: int) -> None:
    """Let Qt work for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(done: Callable[[], object], seconds: float = 60.0) -> bool:
    """Let Qt work until something is so."""
    for _ in range(int(seconds * 10)):
        if done():
            return True
        wait(100)
    return False


def texts(app: QApplication) -> Iterator[str]:
    """Every text that there is now, shown or not."""
    for widget in app.allWidgets():
        yield from of_one(widget)
        for action in widget.actions():
            yield from of_one(action)
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(number) for number in range(widget.count()))
        if isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
            yield from of_model(model)


def of_one(thing: QObject) -> Iterator[str]:
    """The texts of a widget or an action."""
    for name in _TEXTS:
        told = getattr(thing, name, None)
        if callable(told):
            found = told()
            if isinstance(found, str) and found:
                yield found


def of_model(model: QAbstractItemModel) -> Iterator[str]:
    """The texts of a list or table."""
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    for row in range(min(model.rowCount(), _MOST_ROWS)):
        for column in range(columns):
            for role in _ROLES:
                yield str(model.data(model.index(row, column), role) or "")
    for column in range(columns):
        yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")


def visit(app: QApplication, screen: Screen, note: Callable[[], None]) -> None:
    """Go everywhere and press what asks."""
    for name, page in screen.window.pages.items():
        screen.window.open_at(name)
        wait(400)
        note()
        for table in page.findChildren(Table):
            for row in range(min(table.rows.rowCount(), 8)):
                table.setCurrentIndex(table.rows.index(row, 0))
                wait(100)
                note()
    support, connection = screen.window.pages["support"], screen.window.pages["connection"]
    for page, names in ((connection, ("test_database", "test_cloud")), (support, ("run", "make"))):
        for name in names:
            getattr(page, name).click()
            wait(300)
            note()
    until(lambda: not (support.property("doctor") or support.property("bundle")), 120.0)
    wait(1000)
    note()
    assistant = screen.assist()
    wait(1500)
    note()
    for step in range(assistant.steps.count()):
        assistant.steps.setCurrentIndex(step)
        wait(100)
        note()
    assistant.close()


def main(home: Path) -> int:
    """Look at everything, and tell it as JSON lines; 1 when the agent was not found."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("practice-agent")
    screen = Screen(app, connector(home), home)
    said: set[str] = set()
    notices: list[str] = []
    screen.tray.icon.showMessage = lambda *given: notices.extend(str(one) for one in given)

    def note() -> None:
        screen.tray.refresh()
        said.update(texts(app))
        said.add(screen.tray.icon.toolTip())
        for action in screen.tray.menu.actions():
            assert isinstance(action, QAction)
            said.update(of_one(action))

    screen.start()
    screen.open()
    found = until(lambda: screen.link.seen.connected, 30.0)
    visit(app, screen, note)
    screen.stop()
    for text in sorted(said | set(notices)):
        print(json.dumps(text, ensure_ascii=False))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
