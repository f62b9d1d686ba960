"""The builder fails closed: a part that fails, or looks like patient data, is left out, and the manifest says so."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest

from agent.health.bundle import Bundle, build, incident_id
from agent.health.bundle_forms import NUMBER, Each, Only, Table
from agent.health.bundle_parts import INCIDENT, Part
from agent.health.bundle_scan import Scanner
from agent.model.errors import Retry

ANY = Only("anything", lambda _: True)
PARTS = (
    Part("good.json", "What is good", Table({"a": NUMBER})),
    Part("lines.jsonl", "Lines", Each(Table({"a": NUMBER})), lines=True),
    Part("loose.json", "Its form lets everything through", ANY),
    Part("absent.json", "Nobody makes it", ANY),
)


def failing() -> Any:
    raise ValueError("Quizzenberg")


def away() -> Any:
    raise Retry("store_busy", "Quizzenberg", "Wait.")


def made(loose: Any = None) -> Bundle:
    producers = {
        "good.json": lambda: {"a": 1, "name": "Quizzenberg"},
        "lines.jsonl": lambda: [{"a": 1}, {"a": 2}],
        "loose.json": loose if callable(loose) else lambda: loose,
    }
    return build("PA-0000-0001", "2026-11-22T05:00:00Z", {}, PARTS, producers, Scanner((), {"quizzenberg"}))


def why(bundle: Bundle) -> str:
    return next(one.why for one in bundle.missing if one.name == "loose.json")


@pytest.mark.parametrize(
    ("loose", "reason"),
    [
        (failing, "could not be made: ValueError"),
        (away, "could not be made: store_busy"),
        (None, "there is none"),
        ({"n": "Quizzenberg"}, "looks like patient data: word of the practice"),
        ({"n": "917-555-0187", "b": "1931-07-23"}, "looks like patient data: date of birth, telephone number"),
    ],
)
def test_a_part_that_fails_or_is_suspect_costs_itself_alone(loose: Any, reason: str):
    bundle = made(loose)
    assert why(bundle) == reason
    assert [one.name for one in bundle.held] == ["good.json", "lines.jsonl"]
    assert all(b"uizzenberg" not in content and b"1931" not in content for content in bundle.parts.values())


def test_the_manifest_tells_sizes_hashes_and_what_was_left_out():
    bundle = made({"n": 1})
    with zipfile.ZipFile(io.BytesIO(bundle.zipped())) as file:
        assert file.namelist() == ["README.txt", "manifest.json", "good.json", "lines.jsonl", "loose.json"]
        manifest = json.loads(file.read("manifest.json"))
        for part in manifest["parts"]:
            content = file.read(part["name"])
            assert (part["size"], part["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert file.read("lines.jsonl") == b'{"a":1}\n{"a":2}\n'
        assert json.loads(file.read("good.json")) == {"a": 1}
        readme = file.read("README.txt").decode()
    assert manifest["incident"] == "PA-0000-0001"
    assert manifest["parts"][0]["left_out"] == [["", "not on the list", 1]]
    assert manifest["missing"] == [{"name": "absent.json", "title": "Nobody makes it", "why": "not to be had here"}]
    assert "PA-0000-0001" in readme and "at the top: not on the list (1x)" in readme and "absent.json" in readme


def test_the_same_parts_give_the_same_file():
    assert made({"n": 1}).zipped() == made({"n": 1}).zipped()


def test_incident_ids_can_be_read_out():
    assert incident_id(bytes(5)) == "PA-0000-0000"
    assert incident_id(b"\xff" * 5) == "PA-ZZZZ-ZZZZ"
    assert all(re.fullmatch(INCIDENT, incident_id(hashlib.sha256(bytes([n])).digest())) for n in range(200))
