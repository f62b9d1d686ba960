"""Bundles at the cloud: kept as they came, once, for agents that are enrolled; listed and written out."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from agent.wire.cloud import BundleAccepted, Enrolled, Problem
from sandbox.cloud import bundles, cli
from sandbox.cloud.service import Cloud
from tests.sandbox.cloud.sender import Moment, enrolled, memory_cloud


def bundle_of(name: str, content: bytes = b"x", **more: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        manifest = {"incident": name, "made_at": "2026-11-22T05:00:00Z", "agent_version": "1.2.3", **more}
        file.writestr(zipfile.ZipInfo("manifest.json"), orjson.dumps(manifest))
        file.writestr(zipfile.ZipInfo("status.json"), content)
    return out.getvalue()


@pytest.fixture
def place() -> tuple[Cloud, Moment, Enrolled]:
    cloud, clock = memory_cloud()
    return cloud, clock, enrolled(cloud)


Place = tuple[Cloud, Moment, Enrolled]


def code_of(answer: BundleAccepted | Problem) -> str:
    assert isinstance(answer, Problem), answer
    return answer.code


def test_a_bundle_is_held_as_it_came_and_answered_again_as_the_first_time(place: Place) -> None:
    cloud, clock, agent = place
    content = bundle_of("PA-0000-0001")
    first = cloud.take_bundle(agent.agent_id, "PA-0000-0001", content)
    assert isinstance(first, BundleAccepted)
    assert (first.size, first.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    clock.now += timedelta(hours=1)
    assert cloud.take_bundle(agent.agent_id, "PA-0000-0001", content) == first
    assert (
        code_of(cloud.take_bundle(agent.agent_id, "PA-0000-0001", bundle_of("PA-0000-0001", b"y"))) == "bundle_exists"
    )
    assert cloud.bundle("PA-0000-0001") == content
    (line,) = cloud.bundles()
    assert (line.bundle, line.agent_version, line.practice_id) == ("PA-0000-0001", "1.2.3", agent.practice_id)
    assert isinstance(cloud.bundle("PA-0000-0002"), Problem)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("PA-0000-0001", b""),
        ("PA-0000-0001", b"PK nonsense"),
        ("PA-0000-0001", bundle_of("PA-0000-0002")),
        ("../../etc/passwd", bundle_of("../../etc/passwd")),
        ("PA-0000-0001", bundle_of("PA-0000-0001")[:-30]),
    ],
)
def test_what_is_no_bundle_is_refused_and_leaves_nothing(place: Place, name: str, content: bytes) -> None:
    cloud, _, agent = place
    assert code_of(cloud.take_bundle(agent.agent_id, name, content)) == "bad_bundle"
    assert cloud.bundles() == []


def test_one_that_unpacks_to_more_than_a_bundle_holds_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud, _, agent = place
    monkeypatch.setattr(bundles, "_UNPACKED", 50)
    assert (
        code_of(cloud.take_bundle(agent.agent_id, "PA-0000-0001", bundle_of("PA-0000-0001", bytes(60)))) == "bad_bundle"
    )


def test_the_newest_twenty_of_a_practice_stay(place: Place) -> None:
    cloud, clock, agent = place
    names = [f"PA-0000-{number:04}" for number in range(23)]
    for name in names:
        clock.now += timedelta(minutes=1)
        assert isinstance(cloud.take_bundle(agent.agent_id, name, bundle_of(name)), BundleAccepted)
    assert [line.bundle for line in cloud.bundles(agent.practice_id)] == names[:2:-1]
    assert cloud.bundles("p000000000") == []


def test_an_agent_that_was_replaced_hands_over_nothing(place: Place) -> None:
    cloud, _, agent = place
    assert cloud.unenrol(agent.agent_id) is None
    assert isinstance(cloud.take_bundle(agent.agent_id, "PA-0000-0001", bundle_of("PA-0000-0001")), Problem)


def test_bundles_are_listed_and_written_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'cloud.db'}"
    cloud, _ = memory_cloud(url)
    agent = enrolled(cloud)
    content = bundle_of("PA-7K2M-X9QD")
    assert isinstance(cloud.take_bundle(agent.agent_id, "PA-7K2M-X9QD", content), BundleAccepted)
    cloud.close()

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["practice-cloud", "bundles", *words, "--db", url])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().out

    assert "PA-7K2M-X9QD" in run("list")[1]
    assert orjson.loads(run("list", "--json")[1])[0]["size"] == len(content)
    ended, told = run("get", "pa-7k2m-x9qd", "--out", str(tmp_path / "it.zip"))
    assert (ended, told.strip()) == (0, str(tmp_path / "it.zip"))
    assert (tmp_path / "it.zip").read_bytes() == content
    assert run("get", "PA-0000-0000")[0] == 1
