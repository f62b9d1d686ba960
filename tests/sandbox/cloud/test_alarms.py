"""When an alarm opens, is told again, and closes: nothing flaps."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.alarms import KINDS, REMIND_AFTER, Alarm, Finding, advance, alarm_id

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Course:
    """Alarms of one practice over time."""

    def __init__(self) -> None:
        self.now = NOW
        self.standing: list[Alarm] = []
        self.events: list[str] = []

    def look(self, *found: Finding, minutes: float = 1, unjudged: tuple[str, ...] = ()) -> list[str]:
        self.now += timedelta(minutes=minutes)
        steps = advance(self.standing, found, unjudged, self.now)
        self.standing = [step.alarm for step in steps if not step.over]
        events: list[str] = [step.event for step in steps if step.event]
        self.events += events
        return events


BEHIND = Finding("agent_behind")


def test_an_alarm_opens_when_it_has_been_found_for_long_enough_and_once() -> None:
    course = Course()
    assert [course.look(BEHIND) for _ in range(10)] == [[]] * 10
    assert course.look(BEHIND) == ["opened"]
    assert [course.look(BEHIND) for _ in range(100)] == [[]] * 100


def test_what_was_found_shortly_is_never_told() -> None:
    course = Course()
    for _ in range(50):
        course.look(BEHIND, minutes=4)
        course.look(minutes=4)
    assert course.events == []
    assert course.standing == []


def test_an_alarm_closes_when_it_has_not_been_found_for_a_while_and_a_gap_does_not_close_it() -> None:
    course = Course()
    for _ in range(12):
        course.look(BEHIND)
    for _ in range(20):
        course.look(minutes=2)
        course.look(BEHIND, minutes=2)
    assert course.events == ["opened"]
    assert [course.look(minutes=3) for _ in range(3)] == [[], [], ["closed"]]
    assert course.standing == []


def test_it_is_told_again_at_growing_pauses() -> None:
    course, told = Course(), []
    for _ in range(20 * 24 * 2):
        if course.look(Finding("agent_silent"), minutes=30):
            told.append(course.now)
    pauses = [after - before for before, after in itertools.pairwise(told)]
    assert tuple(pauses[: len(REMIND_AFTER)]) == REMIND_AFTER
    assert set(pauses[len(REMIND_AFTER) :]) == {REMIND_AFTER[-1]}


def test_it_is_told_sooner_when_it_has_become_worse_but_not_at_once() -> None:
    course = Course()
    course.look(Finding("write_needs_person", level=1))
    assert course.look(Finding("write_needs_person", level=1), minutes=6) == ["opened"]
    assert course.look(Finding("write_needs_person", level=2), minutes=30) == []
    assert course.look(Finding("write_needs_person", level=2), minutes=31) == ["reminder"]
    assert course.look(Finding("write_needs_person", level=1), minutes=90) == []


def test_what_cannot_be_judged_stays_as_it_is() -> None:
    course = Course()
    course.look(BEHIND)
    course.look(minutes=60, unjudged=("agent_behind",))
    assert [one.opened_at for one in course.standing] == [None]
    assert course.look(BEHIND) == ["opened"]
    course.look(minutes=60, unjudged=("agent_behind",))
    assert course.standing[0].gone_at is None


def test_subjects_are_alarms_of_their_own_and_names_are_stable() -> None:
    course = Course()
    assert course.look(Finding("drift_lasts", "patient"), Finding("drift_lasts", "claim")) == ["opened", "opened"]
    assert course.look(Finding("drift_lasts", "patient"), minutes=6) == []
    assert course.look(Finding("drift_lasts", "patient"), minutes=6) == ["closed"]
    assert alarm_id("p1", "drift_lasts", "claim") == "p1.drift_lasts.claim"
    assert alarm_id("p1", "agent_silent", "") == "p1.agent_silent"


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 300)), max_size=60))
def test_whatever_happens_every_opening_is_followed_by_one_closing_at_most(course_of: list) -> None:
    course = Course()
    for is_found, judged, minutes in course_of:
        found = (BEHIND,) if is_found else ()
        course.look(*found, minutes=minutes, unjudged=() if judged else ("agent_behind",))
    state = "closed"
    for event in course.events:
        if event == "reminder":
            assert state == "opened"
            continue
        assert event != state
        state = event
    assert len(course.standing) <= 1


def test_every_kind_says_what_to_do() -> None:
    for code, kind in KINDS.items():
        assert kind.code == code
        assert kind.advice.endswith(".")
        assert not kind.title.endswith(".")
