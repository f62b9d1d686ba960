"""The one line that says whether it works."""

from __future__ import annotations

from typing import Any

from agent.health.verdict import judge, keeps_back

AT = "2025-03-03T14:00:00.000Z"


def document(**changed: Any) -> dict[str, Any]:
    return {
        "at": AT,
        "epoch": 1,
        "warnings": [],
        "waiting": {"changes": 0, "bytes": 0, "oldest_seconds": None},
        "last_delivery": AT,
        "resources": [{"resource": "patient", "loaded": True}, {"resource": "appointment", "loaded": True}],
        **changed,
    }


def warning(code: str, severity: str = "error", since: str = AT) -> dict[str, Any]:
    return {"code": code, "title": f"About {code}", "advice": "", "severity": severity, "since": since}


def test_it_works_when_it_runs_and_nothing_is_wrong():
    assert judge("running", document()).state == "working"
    assert judge("running", document(warnings=[warning("codes_unknown", "notice")])).state == "working"


def test_it_does_not_run_since_it_last_said_something():
    found = judge("stopped", document())
    assert (found.state, found.since) == ("not_running", AT)
    assert judge("stopped", None).reason == "No agent has worked here yet"


def test_it_does_not_work_since_the_first_of_its_errors():
    early = "2025-03-03T13:00:00.000Z"
    found = judge("running", document(warnings=[warning("offline"), warning("disk_full", since=early)]))
    assert (found.state, found.since, found.reason) == ("not_working", early, "About offline")


def test_a_stopped_resource_leaves_it_partly_working():
    assert judge("running", document(warnings=[warning("column_missing")])).state == "partly_working"


def test_a_write_back_that_waits_for_a_person_keeps_no_change_from_the_cloud():
    verdict = judge("running", document(warnings=[warning("write_needs_person")]))
    assert verdict.state == "partly_working"


def test_a_process_that_says_nothing_does_not_work():
    assert judge("silent", document()).state == "not_working"
    assert judge("starting", document()).state == "not_working"
    assert judge("running", None).state == "not_working"


def test_changes_that_wait_for_long_say_that_nothing_gets_through():
    waiting = {"changes": 3, "bytes": 9, "oldest_seconds": 1000.0}
    assert judge("running", document(waiting=waiting)).state == "not_working"


def test_a_first_load_is_told():
    found = judge("running", document(resources=[{"resource": "patient", "loaded": False}]))
    assert (found.state, found.reason) == ("working", "First load: 0 of 1 resources are complete")
    assert judge("running", document(epoch=0)).reason == "It has not begun to send yet"


def test_a_write_that_waits_for_a_person_keeps_no_change_back():
    assert not keeps_back(document())
    assert not keeps_back(document(warnings=[warning("write_needs_person")]))
    assert keeps_back(document(warnings=[warning("write_needs_person"), warning("column_missing")]))
    assert keeps_back(document(warnings=[warning("offline")]))
    assert keeps_back(document(waiting={"changes": 1, "bytes": 9, "oldest_seconds": 1000.0}))
