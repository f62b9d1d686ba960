"""The suite against the reference cloud over TLS: it keeps every rule, and planted faults are found."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.wire.cloud import Problem
from agent.wire.commands import CommandsPage
from sandbox.cloud import cli
from sandbox.cloud.database import Database
from sandbox.cloud.faults import Fault
from sandbox.cloud.server import Running, running
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import Signer, SignerLimits, SigningKeys
from sandbox.cloud.tls import ServerTls, development_tls
from sandbox.conformance.caller import Caller
from sandbox.conformance.stage import Clock, Stage
from sandbox.conformance.suite import RULES, Finding, check
from tests import servers
from tests.sandbox.conformance.plants import PLANTED, Plant


class Jumping:
    """The real time, with jumps in the place of long waits."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251  the suite and the cloud must agree on the time

    def wait(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


class Trial:
    """A running cloud with a practice for the suite."""

    def __init__(self, server: Running, clock: Jumping) -> None:
        self.server, self.clock = server, clock
        self.practice_id = server.cloud.add_practice("Conformance")
        self.write_key, self.read_key = (self.key(may_write=may) for may in (True, False))

    def key(self, *, may_write: bool) -> str:
        return str(self.server.cloud.add_reader_key(self.practice_id, "suite", may_write=may_write))

    def code(self) -> str:
        invitation = self.server.cloud.invite(self.practice_id)
        assert not isinstance(invitation, Problem)
        return invitation.code

    def findings(self, *only: str) -> list[Finding]:
        clock = Clock(self.clock, self.clock.wait)
        caller = Caller(self.server.url, self.server.ca)
        stage = Stage(caller, clock, [self.code(), self.code()], self.write_key, self.read_key)
        try:
            return list(check(stage, only))
        finally:
            stage.close()

    def broken(self, *only: str) -> set[str]:
        return {one.rule for one in self.findings(*only) if not one.ok}


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerTls:
    return development_tls(tmp_path_factory.mktemp("tls"))


def serving(url: str, tls: ServerTls) -> Iterator[Trial]:
    clock, dice = Jumping(), random.Random()
    signer = Signer(SigningKeys.make(dice.randbytes), clock, limits=SignerLimits(per_minute=9999, per_hour=9999))
    cloud = Cloud(Database(url), clock, entropy=dice.randbytes, signer=signer)
    with running(cloud, tls) as server:
        yield Trial(server, clock)
    cloud.close()


@pytest.fixture
def trial(tls: ServerTls) -> Iterator[Trial]:
    yield from serving("sqlite://", tls)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.servers, pytest.mark.heavy])])
def durable(request: pytest.FixtureRequest, tls: ServerTls, tmp_path: Path) -> Iterator[Trial]:
    url = f"sqlite:///{tmp_path / 'cloud.db'}"
    if request.param == "postgresql":
        server: servers.Server = request.getfixturevalue("postgresql_server")
        database: servers.Database = request.getfixturevalue("postgresql")
        url = f"postgresql://practice@127.0.0.1:{server.port}/{database.name}"
    yield from serving(url, tls)


def test_the_reference_cloud_keeps_every_rule(durable: Trial) -> None:
    findings = durable.findings()
    assert [one for one in findings if not one.ok] == []
    assert [one.rule for one in findings] == [rule.name for rule in RULES]
    assert durable.broken("enrolment", "command", "delivery.order") == set(), "also a second time, on what is left"


def test_every_rule_has_a_name_of_its_own_and_a_sentence() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(rule.title and not rule.title.endswith(".") for rule in RULES)


@pytest.mark.parametrize(("plant", "rule"), [one[1:] for one in PLANTED], ids=[one[0] for one in PLANTED])
def test_a_planted_fault_is_found(trial: Trial, monkeypatch: pytest.MonkeyPatch, plant: Plant, rule: str) -> None:
    plant(monkeypatch)
    assert trial.broken(rule), "the suite must notice"


def test_a_cloud_that_answers_nonsense_breaks_rules_and_not_the_suite(trial: Trial) -> None:
    for kind in ("garbage", "cut", "error", "half"):
        trial.server.faults.plan(Fault.model_validate({"kind": kind, "path": "/v1/practices", "times": -1}))
        found = [one for one in trial.findings("feed.order", "command.queued") if not one.ok]
        assert len(found) == 2, kind
        assert all(one.expected for one in found)
        trial.server.faults.forget()


def test_a_page_without_its_fields_breaks_the_rule(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cloud, "changes", lambda *_: ([b"{}"], 1, False))
    assert trial.broken("feed.order") == {"feed.order"}
    monkeypatch.setattr(CommandsPage, "model_dump_json", lambda _: "{}")
    assert trial.broken("delivery.order") == {"delivery.order"}


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["practice-cloud", "conformance", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0), capsys.readouterr().out


def test_the_verb_prints_a_line_for_each_rule_and_ends_with_1_when_one_is_broken(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def words() -> list[str]:
        codes = ["--code", trial.code(), "--code", trial.code()]
        return [trial.server.url, "--ca", str(trial.server.ca), *codes, "--key", trial.write_key, "--only", "batch.gap"]

    ended, told = run(monkeypatch, capsys, *words())
    assert (ended, told.splitlines()[-1]) == (0, "1 of 1 rules are kept")
    assert told.startswith("ok      batch.gap ")
    trial.server.faults.plan(Fault(kind="garbage", path="/batches", times=-1))
    ended, told = run(monkeypatch, capsys, *words())
    assert ended == 1
    assert told.startswith("FAILED  batch.gap ") and "expected:" in told
    ended, told = run(monkeypatch, capsys, *words(), "--json")
    assert (ended, [one["ok"] for one in json.loads(told)]) == (1, [False])
    assert run(monkeypatch, capsys, "http://x", "--code", "a", "--code", "b", "--key", "k")[0] == 2
    assert run(monkeypatch, capsys, "https://x", "--code", "a", "--code", "a", "--key", "k")[0] == 2
