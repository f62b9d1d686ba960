"""The rules, each on its own: what is found wrong, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.cloud.alarms_rules import Drift, Known, Lasting, Limits, certificate, findings, version_key
from sandbox.cloud.fleet_facts import Facts
from tests.sandbox.cloud.fleet_office import OFFICE

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""10:00 in the office."""


def known(heard: datetime = MONDAY, **said: Any) -> Known:
    facts = Facts.model_validate({"office": OFFICE} | said)
    old = MONDAY - timedelta(days=90)
    return Known(old, old, heard, "1.4.0", facts)


def codes(of: Known, now: datetime = MONDAY, limits: Limits | None = None) -> list[str]:
    return [one.code for one in findings(of, limits or Limits(), now)]


def test_nothing_is_wrong_with_an_agent_that_was_just_heard() -> None:
    assert codes(known()) == []


@pytest.mark.parametrize(
    ("heard", "now", "silent"),
    [
        ("2026-03-02T15:00", "2026-03-02T15:14", False),
        ("2026-03-02T15:00", "2026-03-02T15:15", True),
        ("2026-03-06T22:30", "2026-03-09T11:59", False),  # Friday evening to Monday morning (daylight saving since)
        ("2026-03-06T22:30", "2026-03-09T12:44", False),  # the server is switched on late
        ("2026-03-06T22:30", "2026-03-09T12:45", True),
        ("2026-03-06T21:55", "2026-03-09T12:39", False),  # five minutes before the close, ten after the opening
        ("2026-03-06T21:55", "2026-03-09T12:40", True),
        ("2026-03-06T21:45", "2026-03-06T23:00", True),  # it was silent before the close, and that stays so
    ],
)
def test_silence_is_counted_in_office_time(heard: str, now: str, silent: bool) -> None:
    moments = [datetime.fromisoformat(f"{one}:00+00:00") for one in (heard, now)]
    assert ("agent_silent" in codes(known(moments[0]), moments[1])) is silent


def test_without_office_hours_two_hours_are_silence() -> None:
    without = known(office=None)
    assert codes(without, MONDAY + timedelta(minutes=119)) == []
    assert codes(without, MONDAY + timedelta(hours=2)) == ["agent_silent"]


def test_an_agent_that_enrolled_and_never_spoke_is_silent() -> None:
    never = Known(MONDAY, MONDAY - timedelta(days=1))
    assert codes(never, MONDAY + timedelta(minutes=30)) == []
    assert codes(never, MONDAY + timedelta(hours=3)) == ["agent_silent"]


def test_a_cloud_that_was_down_does_not_blame_the_agents() -> None:
    back = replace(known(MONDAY - timedelta(hours=1)), watched_since=MONDAY)
    assert codes(back, MONDAY + timedelta(minutes=10)) == []
    assert codes(back, MONDAY + timedelta(minutes=15)) == ["agent_silent"]


def test_an_error_that_lasts_is_told_with_its_own_words_and_a_lesser_warning_is_not() -> None:
    warnings = [
        Lasting("offline", "error", MONDAY - timedelta(minutes=31)),
        Lasting("disk_full", "error", MONDAY - timedelta(minutes=29)),
        Lasting("clock_wrong", "warning", MONDAY - timedelta(days=3)),
    ]
    (found,) = findings(replace(known(), warnings=warnings), Limits(), MONDAY)
    assert (found.code, found.subject) == ("warning_lasts", "offline")
    assert found.facts["warning_title"]


def test_what_a_silent_agent_said_is_not_believed() -> None:
    waits = known(waiting={"changes": 9, "oldest_seconds": 1000})
    assert codes(waits) == ["agent_behind"]
    assert codes(waits, MONDAY + timedelta(minutes=6)) == []


def test_changes_that_wait_or_are_read_late_are_behind() -> None:
    assert codes(known(waiting={"changes": 9, "oldest_seconds": 899})) == []
    late = [Lasting("sync_behind", "warning", MONDAY - timedelta(minutes=16))]
    assert codes(replace(known(), warnings=late)) == ["agent_behind"]


def test_an_agent_that_is_too_old_is_found_only_where_the_oldest_is_said() -> None:
    assert codes(known()) == []
    assert codes(known(), limits=Limits(oldest_agent="1.4.0")) == []
    assert codes(known(), limits=Limits(oldest_agent="1.10")) == ["agent_outdated"]
    assert version_key("1.10.2+build5") > version_key("1.9.9") > version_key("")


def test_writes_that_need_a_person_carry_how_many() -> None:
    (found,) = findings(replace(known(), persons=3, persons_since=MONDAY), Limits(), MONDAY)
    assert (found.code, found.level, found.facts) == ("write_needs_person", 3, {"writes": 3})


def test_a_difference_lasts_when_two_runs_found_it() -> None:
    once = Drift("claim", MONDAY, MONDAY, 2)
    twice = Drift("patient", MONDAY - timedelta(days=1), MONDAY, 1)
    found = findings(replace(known(), drifts=[once, twice]), Limits(), MONDAY)
    assert [(one.code, one.subject) for one in found] == [("drift_lasts", "patient")]


def compared(differing: int = 0, at: datetime = MONDAY) -> dict[str, Any]:
    return {"at": at.isoformat(), "different": differing, "missing": 0, "extra": 0}


def test_the_agents_own_word_says_whether_a_resource_differs() -> None:
    said = {"resources": {"patient": compared(3), "appointment": compared(), "no_such_resource": compared(1)}}
    on_its_way = Drift("appointment", MONDAY - timedelta(days=1), MONDAY, 2)
    (found,) = findings(replace(known(reconcile=said), drifts=[on_its_way]), Limits(), MONDAY)
    assert (found.code, found.subject, found.since, found.level) == ("drift_lasts", "patient", MONDAY, 3)
    assert found.facts["different"] == 3
    assert codes(known(reconcile={"resources": {"patient": {"different": "many"}}})) == []


def test_a_certificate_is_told_of_in_time_and_one_with_a_short_life_later() -> None:
    def found(days: float, life: float | None = None) -> list[str | None]:
        ends = MONDAY + timedelta(days=days)
        begins = ends - timedelta(days=life) if life is not None else None
        return [one.severity for one in certificate("of_this_cloud", ends, begins, Limits(), MONDAY)]

    assert [found(15), found(13), found(3), found(-1)] == [[], ["warning"], ["error"], ["error"]]
    assert [found(4, life=6), found(1.9, life=6), found(0.4, life=6)] == [[], ["warning"], ["error"]]


def test_a_certificate_that_the_agent_sees_expiring_is_told_of() -> None:
    assert codes(known(cloud={"certificate_ends_in_days": 2})) == ["certificate_expiring"]
    assert codes(known(cloud={"certificate_ends_in_days": 40})) == []
    seen = [Lasting("certificate_expiring", "notice", MONDAY)]
    assert codes(replace(known(), warnings=seen)) == ["certificate_expiring"]
