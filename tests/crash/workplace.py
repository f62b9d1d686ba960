"""What the crash tests play in: a front desk that works on a real file, and agents that are started and killed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import orjson
import psutil

from agent.model.resources import RESOURCES
from sandbox.cloud.batches import read_batch
from sandbox.cloud.tls import ServerTls
from sandbox.practice.build import Size, build
from sandbox.practice.desk import WEIGHTS, Desk
from sandbox.practice.oddities import OVER_ODBC
from sandbox.practice.oracle import compare, expected
from tests.cli import office as offices

QUIET_DAY = frozenset(name for name in WEIGHTS if not name.startswith("bulk_"))
_PATIENCE = 150.0
"""Seconds; far more than anything takes, on a machine that has much else to do."""
SEED = int(os.environ.get("CRASH_SEED", "1"))
"""Draws when and what is killed."""
FEW = 12
KILLS = int(os.environ.get("CRASH_KILLS", str(FEW)))
"""How many processes are killed; more than a few take their time."""


def until(done: Callable[[], object], what: str) -> None:
    """Look every fiftieth of a second until something is so."""
    for _ in range(int(_PATIENCE * 50)):
        if done():
            return
        Event().wait(0.02)
    raise AssertionError(f"never came: {what}")


@dataclass
class Practice:
    """A practice's model, its database, and who works on both."""

    desk: Desk
    connection: Any

    def work(self, count: int = 1) -> None:
        """The front desk does something."""
        self.desk.work(count, QUIET_DAY)


def practice_in(file: Path, seed: int = 5) -> Practice:
    """A practice in a new file."""
    connection = sqlite3.connect(file, timeout=30)
    practice = build("eaglesoft", connection, seed, Size(150, 500, 700, 2), odd=OVER_ODBC)
    return Practice(Desk(practice, connection, Random(seed)), connection)


@dataclass
class Workplace:
    """The office, and the practice in it."""

    office: offices.Office
    practice: Practice
    taken: list[tuple[int, int, int]] = field(default_factory=list)
    """Epoch, first and last number of every batch that the cloud took."""

    @property
    def home(self) -> Path:
        """The agent's folder."""
        return self.office.home

    def events(self, code: str) -> list[dict[str, Any]]:
        """What the agent's log says under a code."""
        file = self.home / "events.jsonl"
        lines = file.read_bytes().splitlines() if file.exists() else []
        return [event for event in map(orjson.loads, lines) if event["code"] == code]

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """``practice-agent run``, at work; told to stop at the end."""
        process = self.start()
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=_PATIENCE)
            assert said == ""

    def start(self) -> subprocess.Popen[str]:
        """``practice-agent run``, at work."""
        before = len(self.events("agent_started"))
        process = self.office.start("run", "--quiet")
        until(lambda: len(self.events("agent_started")) > before or process.poll() is not None, "the agent")
        assert process.poll() is None, process.communicate()
        return process

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Kill an agent as a power cut would; the process that it had started ends by itself."""
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.communicate(timeout=_PATIENCE)
        until(lambda: not any(one.is_running() and one.status() != "zombie" for one in children), "the reader's end")

    def say(self, *words: str) -> tuple[int, Any]:
        """A verb with ``--json`` in this process: exit code and answer."""
        result = self.office.say(*words, "--json")
        return result.exit_code, json.loads(result.stdout) if result.stdout else result.stderr

    def sync(self) -> None:
        """Everything that the practice has is delivered."""
        code, told = self.say("sync", "--once")
        assert code == 0, (told, self.say("holds"))

    def settled(self) -> None:
        """The cloud holds exactly what the front desk knows; reconcile says so too; nobody is needed."""
        self.sync()
        cloud, whose = self.office.cloud.cloud, self.office.practice_id
        got = {r: {i: one.data for i, one in cloud.held(whose, r).items()} for r in RESOURCES}
        assert compare(expected(self.practice.desk.practice), got, incarnations=False) == []
        code, told = self.say("reconcile")
        assert (code, told["all_matched"]) == (0, True), told
        code, holds = self.say("holds")
        assert holds == []

    def check_feed(self) -> set[int]:
        """Per record strictly in order, numbers without gaps, each once; returns the epochs that there were."""
        entries = self.feed()
        for epoch in {entry["epoch"] for entry in entries}:
            # Deletes that follow from a completed load all bear its number.
            numbers = [entry["seq"] for entry in entries if entry["epoch"] == epoch and entry["seq"] is not None]
            own = [entry["seq"] for entry in entries if entry["epoch"] == epoch and entry["op"] == "upsert"]
            assert numbers == sorted(numbers) and own == sorted(set(own))
            reached = 0
            for _, first, last in sorted(one for one in self.taken if one[0] == epoch):
                assert first <= reached + 1
                reached = max(reached, last)
            assert not numbers or reached >= numbers[-1]
        of_record: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for entry in entries:
            of_record.setdefault((entry["resource"], entry["id"]), []).append(entry)
        for course in of_record.values():
            for before, after in pairwise(course):
                assert before["observed_at"] <= after["observed_at"]
                assert (before["op"], before.get("version")) != (after["op"], after.get("version"))
        return {entry["epoch"] for entry in entries}

    def feed(self) -> list[dict[str, Any]]:
        """The whole feed."""
        found: list[dict[str, Any]] = []
        after, more = 0, True
        while more:
            page, after, more = self.office.cloud.cloud.changes(self.office.practice_id, after)
            found += map(orjson.loads, page)
        return found


def _note_batches(workplace: Workplace) -> None:
    cloud = workplace.office.cloud.cloud
    accept = cloud.accept_batch

    def accept_batch(agent_id: str, body: bytes) -> Any:
        answer = accept(agent_id, body)
        if hasattr(answer, "acked_seq"):
            header, _ = read_batch(body)
            last = header.chunks[-1]
            workplace.taken.append((header.epoch, header.chunks[0].first_seq, last.first_seq + last.count - 1))
        return answer

    cloud.accept_batch = accept_batch


@contextmanager
def opened(folder: Path, tls: ServerTls, duty: float) -> Iterator[Workplace]:
    """A workplace until the end of the block; ``duty``: share of time that the agent may read."""
    file = folder / "practice.db"
    practice = practice_in(file)
    with closing(practice.connection), offices.opened(folder, file, tls) as office:
        yield set_up(Workplace(office, practice), office.settings, duty)


def set_up(made: Workplace, settings: Sequence[str], duty: float, password: str | None = None) -> Workplace:
    """An agent with settings and enrolment that looks often."""
    office = made.office
    _note_batches(made)
    result = office.say("init", *settings, typed=password)
    assert result.exit_code == 0, result.output
    office.well("enroll", office.code())
    shares = dict.fromkeys(("duty_office", "duty_off", "duty_load"), duty)
    office.settings_of("pace", poll_seconds=0.5, compare_seconds=1, lookup_minutes=0.02, **shares)
    return made
