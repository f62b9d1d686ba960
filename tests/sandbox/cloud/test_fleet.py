"""How the practices fare: the worst first, in the agent's own words; and nothing of an agent's free text."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.wire.cloud import Heartbeat, HeartbeatAccepted, Problem
from sandbox.cloud.fleet_facts import Facts, verdict_of
from sandbox.cloud.fleet_memory import MAX_SEEN
from sandbox.cloud.fleet_schema import FLEET
from sandbox.cloud.fleet_verbs import _show_fleet
from sandbox.cloud.server import running
from sandbox.cloud.tls import development_tls
from tests.sandbox.cloud.fleet_office import OFFICE, Watched, document, warning
from tests.sandbox.cloud.sender import Moment, Sender, enrolled, upsert


@pytest.fixture
def place(cloud_url: str) -> Watched:
    return Watched(cloud_url)


def line(place: Watched) -> Any:
    return place.cloud.health(place.practice_id).summary


def test_a_practice_that_works_is_told_in_one_line(place: Watched) -> None:
    place.beat(writes={"enabled": True, "needs_person": 2})
    sender = Sender()
    sender.begin(place.cloud, place.agent.agent_id)
    sender.add(upsert("L1", "Elm"))
    place.cloud.accept_batch(place.agent.agent_id, sender.batch(0, 0))
    one = line(place)
    assert (one.name, one.state, one.lag_seconds, one.waiting, one.persons) == ("Elm", "working", 2.5, 0, 2)
    assert (one.agent_version, one.pms, one.pms_version) == ("1.4.0", "eaglesoft", "21.2")
    assert one.heard_at == one.changed_at == "2026-03-02T15:00:00.000000Z"


def test_the_words_for_what_is_wrong_are_the_catalogues(place: Watched) -> None:
    place.beat(warnings=[warning("offline"), warning("zebulon_quux")])
    found = place.cloud.health(place.practice_id)
    assert found.summary.state == "not_working"
    assert {one.code: one.title for one in found.warnings}["zebulon_quux"] == "The agent reports zebulon_quux"
    assert "Zebulon" not in found.model_dump_json()
    assert (found.summary.warnings, found.summary.errors) == (2, 2)


def test_silence_is_the_clouds_own_judgement_and_a_closed_office_is_told(place: Watched) -> None:
    place.beat()
    place.clock.go(minutes=20)
    assert line(place).state == "silent"
    place.clock.now = place.clock.now.replace(hour=21, minute=55)
    place.beat()
    place.clock.go(hours=6)
    assert (line(place).state, line(place).reason) == (
        "working",
        "Nothing is heard of the agent, and the office is closed",
    )


def test_a_paused_agent_is_told_apart(place: Watched) -> None:
    place.beat(paused_until="2026-03-02T16:00:00Z")
    assert (line(place).state, line(place).reason[-20:]) == ("paused", "2026-03-02T16:00:00Z")
    assert place.cloud.health(place.practice_id).history[0].state == "paused"
    place.beat(paused_until="2026-03-02T14:00:00Z")
    assert line(place).state == "working"


def test_the_worst_comes_first(place: Watched) -> None:
    states = {"Ash": [], "Birch": [warning("column_missing")], "Cedar": [warning("offline")]}
    for name, warnings in states.items():
        agent = enrolled(place.cloud, name)
        status = document(place.clock.now, warnings=warnings)
        told = Heartbeat(sent_at="2026-03-02T15:00:00Z", agent_version="1", status=status)
        assert isinstance(place.cloud.heartbeat(agent.agent_id, told), HeartbeatAccepted)
    enrolled(place.cloud, "Dogwood")
    place.cloud.add_practice("Alder")
    place.beat()
    place.clock.go(minutes=3)
    assert [(one.name, one.state) for one in place.cloud.fleet().practices] == [
        ("Cedar", "not_working"),
        ("Birch", "partly_working"),
        ("Ash", "working"),
        ("Elm", "working"),
        ("Dogwood", "never_heard"),
        ("Alder", "no_agent"),
    ]


def test_the_history_is_thin_and_what_is_new_in_it_is_there(place: Watched) -> None:
    for minute in range(120):
        place.clock.go(minutes=1)
        place.beat("1.4.0" if minute < 60 else "1.5.0", warnings=[warning("offline")] if 30 <= minute < 40 else [])
    history = place.cloud.health(place.practice_id).history
    assert len(history) <= 12
    assert [one.state for one in reversed(history)].count("not_working") == 1
    assert {one.agent_version for one in history} == {"1.4.0", "1.5.0"}
    (seen,) = place.cloud.health(place.practice_id).warnings
    assert (seen.code, seen.opened_at[11:16], (seen.closed_at or "")[11:16]) == ("offline", "15:31", "15:41")


def test_what_is_remembered_is_bounded_whatever_an_agent_sends() -> None:
    place = Watched()
    for at in range(100):
        place.clock.go(minutes=2)
        place.beat(str(at), warnings=[warning(f"w{at}_{number}") for number in range(60)])
    from sqlalchemy import func, select

    from sandbox.cloud.fleet_schema import marks, seen_warnings

    with place.cloud._database.read() as db:
        assert db.execute(select(func.count()).select_from(seen_warnings)).scalar_one() <= MAX_SEEN + 120
        assert db.execute(select(func.count()).select_from(marks)).scalar_one() == 100
    place.clock.go(days=31)
    place.beat()
    assert len(place.cloud.health(place.practice_id).history) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(Facts.model_fields)), JSON))
def test_whatever_an_agent_says_is_read_without_a_fault(status: dict[str, Any]) -> None:
    Facts.model_validate(status)
    assert verdict_of(status).state
    whole = document(Moment().now) | status
    assert verdict_of(whole).state


def test_an_agent_of_another_version_is_read_as_far_as_it_is_understood(place: Watched) -> None:
    odd = {"waiting": {"changes": -1, "oldest_seconds": "x"}, "warnings": [{"code": "Not A Code"}], "pms": "a\x1b[2J"}
    place.beat(**odd, office={**OFFICE, "time_zone": "Mars/Olympus"})
    one = line(place)
    assert (one.waiting, one.oldest_seconds, one.pms, one.warnings) == (None, None, None, 1)


def test_a_version_that_is_no_text_is_refused_and_one_that_looks_like_markup_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Watched()
    odd = Heartbeat(sent_at="x", agent_version="1\x1b[2J", status={})
    assert isinstance(place.cloud.heartbeat(place.agent.agent_id, odd), Problem)
    place.beat(pms_version="[/b]")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    _show_fleet(place.cloud.fleet())
    assert "eaglesoft [/b]" in capsys.readouterr().out


def test_the_fleet_is_for_a_key_of_the_fleet_and_a_practices_health_for_both(tmp_path: Any) -> None:
    place = Watched()
    place.beat()
    other = place.cloud.add_practice("Oak")
    keys = {who: place.cloud.add_reader_key(who, "test") for who in (FLEET, place.practice_id, other)}
    trust = ssl.create_default_context()
    with running(place.cloud, development_tls(tmp_path)) as served:
        trust.load_verify_locations(str(served.ca))
        with httpx.Client(base_url=served.url, verify=trust, trust_env=False) as http:

            def ask(path: str, who: str | None) -> int:
                headers = {"Authorization": f"Bearer {keys[who]}"} if who is not None else {}
                return http.get(path, headers=headers).status_code

            health = f"/v1/practices/{place.practice_id}/health"
            assert [ask("/v1/fleet", who) for who in (FLEET, place.practice_id, None)] == [200, 403, 401]
            assert [ask(health, who) for who in (FLEET, place.practice_id, other, None)] == [200, 200, 403, 401]
            for data in ("changes", "status", "totals?first_day=2026-01-01&last_day=2026-01-02", "patient"):
                assert ask(f"/v1/practices/{place.practice_id}/{data}", FLEET) == 403
            assert ask("/v1/practices/pnobody/health", FLEET) == 404
            told = http.get("/v1/fleet", headers={"Authorization": f"Bearer {keys[FLEET]}"}).json()
    assert [one["name"] for one in told["practices"]] == ["Elm", "Oak"]


def test_nobody_is_told_of_a_practice_that_is_not_there(place: Watched) -> None:
    assert isinstance(place.cloud.health("pnobody"), Problem)


def test_a_practice_in_full_has_its_alarms_with_figures(place: Watched) -> None:
    place.beat()
    place.go(30, beats=False)
    found = place.cloud.health(place.practice_id)
    (alarm,) = found.alarms
    assert (alarm.code, alarm.facts["silent_minutes"]) == ("agent_silent", 29)
    assert found.office == OFFICE
    assert found.summary.alarms == 1
    assert orjson.loads(found.model_dump_json())
