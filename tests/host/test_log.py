"""The event log: numbers and words of the program's own, nothing else; never in the way of the work."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from agent.host.log import FIELDS, MASK, Event, EventLog, NotLoggable, told
from agent.model.errors import NeedsPerson, Retry

NOW = "2026-03-08T12:00:00Z"


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_an_event_is_one_json_line(tmp_path: Path):
    log = EventLog(tmp_path / "events.jsonl", lambda: NOW, strict=True)
    log("batch_acked", acked_seq=12, seconds=0.25)
    assert lines(tmp_path / "events.jsonl") == [
        {"at": NOW, "level": "info", "code": "batch_acked", "acked_seq": 12, "seconds": 0.25}
    ]


@pytest.mark.parametrize(
    "event",
    [
        Event.of("read", table="Maria Canary"),
        Event.of("read", table="x" * 81),
        Event.of("read", patient_name="Canary"),
        Event.of("read", table=["Canary"]),
        Event.of("Canary said hello", count=1),
    ],
)
def test_what_could_be_a_patients_is_refused_in_tests_and_masked_in_production(tmp_path: Path, event: Event):
    with pytest.raises(NotLoggable) as caught:
        EventLog(None, lambda: NOW, strict=True).write(event)
    assert "Maria" not in str(caught.value)
    file = tmp_path / "events.jsonl"
    shown: list[str] = []
    EventLog(file, lambda: NOW, listener=lambda at, event: shown.append(told(at, event))).write(event)
    assert "Canary" not in file.read_text() + "".join(shown)
    assert MASK in file.read_text() or "limit" in file.read_text()


def test_an_error_gives_its_code_and_fields_and_not_its_words():
    event = Event.of_error(
        Retry("database_down", "Title", "Advice", sqlstate="08001", table="appointment"), worker="capture"
    )
    assert event == Event(
        "database_down", "warning", {"sqlstate": "08001", "table": "appointment", "worker": "capture"}
    )
    assert not event.faults()


def test_a_certificates_issuer_becomes_a_word():
    event = Event.of_error(NeedsPerson("tls_untrusted", "Title", "Advice", issuer="CN=Firewall Root CA, O=Acme"))
    assert event.fields == {"issuer": "CN_Firewall_Root_CA_O_Acme"}
    assert not event.faults()


def error_fields() -> set[tuple[str, str]]:
    """(file, field) of everything that errors in the program carry."""
    return {
        (file.name, str(keyword.arg))
        for file in (Path(__file__).parents[2] / "agent").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Retry", "Terminal", "NeedsPerson")
        for keyword in node.keywords
        if keyword.arg not in (None, "code", "title", "advice", "retry_after")
    }


def test_every_field_that_an_error_carries_may_be_logged():
    assert {(file, name) for file, name in error_fields() if name not in FIELDS} == set()


def test_old_files_are_kept_up_to_a_number(tmp_path: Path):
    log = EventLog(tmp_path / "events.jsonl", lambda: NOW, max_bytes=200, keep=2)
    for number in range(20):
        log("step", count=number)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["events.jsonl", "events.jsonl.1", "events.jsonl.2"]
    kept = [
        line["count"]
        for name in ("events.jsonl.2", "events.jsonl.1", "events.jsonl")
        for line in lines(tmp_path / name)
    ]
    assert kept == list(range(20 - len(kept), 20))
    assert all(file.stat().st_size <= 200 for file in tmp_path.iterdir())


def test_a_log_that_cannot_be_written_does_not_stop_the_work_and_says_how_much_was_lost(tmp_path: Path):
    file = tmp_path / "missing" / "events.jsonl"
    log = EventLog(file, lambda: NOW)
    log("step", count=1)
    log("step", count=2)
    file.parent.mkdir()
    log("step", count=3)
    assert [(line["code"], line["count"]) for line in lines(file)] == [("log_lost", 2), ("step", 3)]


def test_a_console_line_reads_well():
    assert told(NOW, Event.of("batch_acked", acked_seq=12, seconds=0.123456, reason=None)) == (
        f"{NOW}  info     batch_acked  acked_seq=12 seconds=0.123"
    )
