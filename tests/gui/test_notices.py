"""When there is a notification: something begins to need a person, or is over. Never on success, never twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from gui.models.light import Seen
from gui.models.notices import GRACE, START_GRACE, Notice, Notices
from tests.gui.conftest import Show
from tests.gui.scripted import NOW, status


def seen(state: str) -> Seen:
    """What is known of an agent in a state."""
    return Seen(status(state), connected=True, asked=True)


def told(states: Sequence[str]) -> list[Notice | None]:
    """What is told of one state after the other."""
    notices = Notices()
    return [notices.next(seen(state), NOW) for state in states]


@pytest.mark.parametrize("state", ["attention", "decide", "read_only", "partly", "broken", "offline", "not_set_up"])
def test_it_is_told_when_something_begins_to_need_a_person_and_when_it_is_over(state: str):
    fine, begun, still, over, after = told(["working", state, state, "working", "working"])
    assert fine is None and still is None and after is None
    assert begun is not None and begun.title
    assert over is not None and over.title == "All is well again" and not over.serious


def test_nothing_is_told_of_what_goes_well():
    assert told(["working", "syncing", "working", "paused", "working", "syncing"]) == [None] * 6


def test_what_is_told_names_the_cause():
    _, notice = told(["working", "proxy"])
    assert notice is not None
    assert (notice.title, notice.body) == (
        "Changes are not reaching the cloud",
        "The proxy wants a name and a password",
    )
    assert notice.serious


def test_a_second_cause_is_told_and_one_of_two_that_ends_is_not():
    notices, both = Notices(), seen("broken")
    document = dict(both.document)
    document["warnings"] = [*document["warnings"], *seen("disk_full").warnings]
    both = replace(both, answer=both.answer.model_copy(update={"status": document}))
    assert notices.next(seen("broken"), NOW) is not None
    second = notices.next(both, NOW)
    assert second is not None and second.body == "The disk is full"
    assert notices.next(seen("broken"), NOW) is None


def test_a_snooze_is_quiet_and_tells_afterwards_what_has_lasted():
    notices = Notices()
    notices.snooze(NOW + 3600)
    assert notices.snoozed(NOW)
    assert notices.next(seen("broken"), NOW) is None
    assert notices.next(seen("broken"), NOW + 3599) is None
    late = notices.next(seen("broken"), NOW + 3600)
    assert late is not None and late.serious


def test_what_passed_during_a_snooze_is_never_told():
    notices = Notices()
    notices.snooze(NOW + 3600)
    assert notices.next(seen("broken"), NOW) is None
    assert notices.next(seen("working"), NOW + 3600) is None


def test_an_agent_that_is_away_is_told_after_a_while_since_it_restarts_by_itself():
    notices = Notices()
    gone = replace(seen("working"), connected=False, lost_at=NOW)
    assert notices.next(gone, NOW + GRACE - 1) is None
    notice = notices.next(gone, NOW + GRACE)
    assert notice is not None and notice.title == "The agent is not running" and notice.serious
    assert notices.next(gone, NOW + 9000) is None
    back = notices.next(seen("working"), NOW + 9001)
    assert back is not None and back.title == "All is well again"


def test_an_agent_that_never_came_up_is_told_too_but_may_start_after_the_icon():
    notices = Notices()
    assert notices.next(Seen(), NOW) is None
    never = Seen(asked=True, lost_at=NOW)
    assert notices.next(never, NOW + START_GRACE - 1) is None
    assert notices.next(never, NOW + START_GRACE) is not None


def test_the_tray_shows_them(show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    shown: list[str] = []
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _icon, title, *_more: shown.append(title))
    screen, agent = show("working")
    agent.become("broken")
    qtbot.waitUntil(lambda: shown == ["Changes are not reaching the cloud"])
    agent.become("working")
    qtbot.waitUntil(lambda: shown[1:] == ["All is well again"])
    screen.tray.snooze.trigger()
    assert screen.tray.snooze.isChecked()
    agent.become("offline")
    qtbot.waitUntil(lambda: screen.link.seen.light == "broken")
    assert len(shown) == 2
    screen.tray.snooze.trigger()
    assert not screen.tray.snooze.isChecked()
    qtbot.waitUntil(lambda: len(shown) == 3)
