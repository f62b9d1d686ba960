"""A bundle of a real home: made beside a running agent or without one, kept for its owner alone, the newest few."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import cast

import pytest

from agent.health.bundle import Bundle
from agent.health.bundle_forms import check
from agent.health.bundle_parts import parts_of
from agent.host import bundling
from agent.host.bundle_words import words
from agent.host.home import Home
from agent.host.log import FIELDS
from agent.model.errors import Retry
from agent.store.store import Store

NOW = 1_790_000_000.0


class Still:
    """A clock that stands."""

    def time(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0


def bundle_of(home: Home, problem: str = "nothing_stored") -> Bundle:
    return bundling.make(home, Still(), bundling.Stored(None, problem))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open(tmp_path / "home")


def test_an_empty_home_gives_a_bundle_that_says_what_is_not_there(home: Home):
    bundle = bundle_of(home)
    missing = {one.name: one.why for one in bundle.missing}
    assert missing["status.json"] == "there is none"
    assert missing["settings.json"] == "could not be made: not_initialised"
    assert missing["timings.json"] == "not to be had here"
    assert {"versions.json", "environment.json", "files.json", "problems.json"} <= set(bundle.parts)
    assert json.loads(bundle.parts["problems.json"])["store"] == "nothing_stored"


def test_what_the_machine_tells_passes_whole(home: Home):
    bundle = bundle_of(home)
    assert [one for one in bundle.held if one.left_out] == []
    assert json.loads(bundle.parts["environment.json"])["bits"] in (32, 64)
    assert "agent/host/bundling.py" in json.loads(bundle.parts["files.json"])


def test_files_are_for_their_owner_alone_and_the_newest_five_stay(home: Home):
    files = [bundling.keep(home, bundle_of(home), Still()) for _ in range(7)]
    kept = sorted((home.path / bundling.FOLDER).iterdir())
    assert kept == sorted(files[-5:])
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in kept)
    told = [json.loads(line) for line in home.log.read_text().splitlines()]
    assert [one["code"] for one in told] == ["bundle_made"] * 7
    assert {f"{one['incident']}.zip" for one in told} == {one.name for one in files}


def test_a_command_has_one_bundle_however_often_it_is_tried(home: Home):
    sent: list[tuple[str, bytes]] = []

    def fail(incident: str, content: bytes) -> None:
        sent.append((incident, content))
        if len(sent) < 3:
            raise Retry("offline", "The cloud cannot be reached", "Wait.")

    log = bundling.log_beside(home, Still())
    asked = bundling.Diagnostics(home, cast("Store", None), fail, dict, Still(), log)
    for _ in range(2):
        with pytest.raises(Retry):
            asked.carry_out("p1.c1")
    assert asked.carry_out("p1.c1") == sent[0][0] == bundling.new_incident("p1.c1")
    assert len({content for _, content in sent}) == 1
    assert "bundle_sent" in home.log.read_text()
    with zipfile.ZipFile(io.BytesIO(sent[0][1])) as file:
        assert file.testzip() is None
        assert json.loads(file.read("manifest.json"))["incident"] == sent[0][0]


def test_a_log_with_foreign_words_gives_none_of_them(home: Home):
    lines = (
        {"at": "2026-11-22T05:00:00.000Z", "level": "info", "code": "delivered", "changes": 3, "seq": 9},
        {"at": "2026-11-22T05:00:00.000Z", "level": "info", "code": "captured", "shape": "Quizzenberg"},
        {"at": "2026-11-22T05:00:00.000Z", "level": "info", "code": "captured", "note": "Quizzenberg", "rows": 2},
        {"at": "1931-07-23", "level": "Quizzenberg", "code": "quizzenberg"},
    )
    home.log.write_text("".join(json.dumps(line) + "\n" for line in lines) + "Quizzenberg\n\xff{")
    bundle = bundle_of(home)
    assert [json.loads(line) for line in bundle.parts["events.jsonl"].splitlines()] == [
        lines[0],
        {"at": lines[1]["at"], "level": "info", "code": "captured"},
        {"at": lines[1]["at"], "level": "info", "code": "captured", "rows": 2},
        {},
    ]
    assert all(b"uizzenberg" not in content for content in bundle.parts.values())
    left = next(one.left_out for one in bundle.held if one.name == "events.jsonl")
    assert ("", "not on the list", 1) in left and ("shape", "not words or a number", 1) in left


def test_every_code_that_can_be_logged_is_a_word_of_a_bundle():
    source = Path(bundling.__file__).resolve().parents[1]
    named = set()
    for file in source.rglob("*.py"):
        for piece in (
            file.read_text().replace("self.log(", "report(").replace("Event.of(", "report(").split("report(")[1:]
        ):
            if piece.startswith('"'):
                named.add(piece[1:].split('"')[0])
    assert sorted(named - words()) == []


def test_no_form_takes_a_word_that_is_not_the_programs():
    for part in parts_of(words(), FIELDS):
        for value in ("Quizzenberg", ["Quizzenberg"], {"Quizzenberg": 1}, {"code": "Quizzenberg"}):
            assert "uizzenberg" not in json.dumps(check(part.form, value).content)


def test_what_a_hold_compares_is_in_the_bundle():
    status = next(part.form for part in parts_of(words(), FIELDS) if part.name == "status.json")
    held = {"id": 1, "shape": None, "since": "2026-11-22T09:00:00Z"}
    details = {
        "database_changed": {"known": "0123456789abcdef" * 2, "found": "fedcba9876543210" * 2},
        "database_restored": {"mark": "appointment", "known": 400_000, "found": 399_000},
        "mass_delete": {"deletes": 900, "limit": 100},
    }
    holds = [{**held, "kind": kind, "detail": detail} for kind, detail in details.items()]
    assert check(status, {"holds": holds}).content == {"holds": holds}
