"""Tasks of the local API: begun at once and told to their end, one of a kind at a time; real ones in a real office."""

from __future__ import annotations

import base64
import io
import threading
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from agent.api.client import LocalAgent
from agent.host.local_tasks import Tasks
from agent.model.errors import NeedsPerson, Retry, Terminal
from agent.wire.local import Task, TaskKind, TaskRequest
from tests.api.stations import over, serving, until, until_state
from tests.cli.conftest import agent, office, practice_file, tls
from tests.cli.office import Office

__all__ = ["agent", "office", "practice_file", "tls"]


class Bench:
    """Tasks over work that waits until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.rung = 0
        self.bugs: list[str] = []
        self.end: Exception | None = None
        self.tasks = Tasks(
            dict.fromkeys(("doctor", "test_database", "enrol", "diagnostics"), self._work),
            self._refuse,
            self._refuse,
            lambda kind, _error: self.bugs.append(kind),
            self._ring,
        )

    def _ring(self) -> None:
        self.rung += 1

    def _refuse(self, *_: Any) -> Any:
        raise NeedsPerson("not_set_up", "Not yet", "Set it up.")

    def _work(self, arguments: Mapping[str, Any], tell) -> dict[str, Any]:
        tell({"so_far": 1})
        assert self.go.wait(10)
        if self.end is not None:
            raise self.end
        return {"given": sorted(arguments)}

    def begin(self, kind: TaskKind, **arguments: Any) -> Task:
        return self.tasks.begin(TaskRequest(kind=kind, arguments=arguments))

    def finish(self, task: Task) -> Task:
        self.go.set()
        until(lambda: self.tasks.get(task.id).state in ("done", "failed"), "the end")
        return self.tasks.get(task.id)


def test_progress_is_told_and_then_the_answer():
    bench = Bench()
    task = bench.begin("doctor")
    until(lambda: bench.tasks.get(task.id).answer == {"so_far": 1}, "progress")
    assert bench.finish(task).answer == {"given": []}
    assert bench.rung >= 2


def test_the_same_asked_twice_is_one_task_and_another_of_its_kind_waits_its_turn():
    bench = Bench()
    task = bench.begin("test_database", connection="A")
    assert bench.begin("test_database", connection="A").id == task.id
    with pytest.raises(NeedsPerson) as caught:
        bench.begin("test_database", connection="B")
    assert caught.value.code == "task_busy"
    other = bench.begin("doctor")
    bench.finish(other)
    bench.finish(task)
    assert bench.begin("test_database", connection="B").id != task.id


@pytest.mark.parametrize(
    ("error", "code"),
    [(Retry("offline", "It is away", "Wait."), "offline"), (ValueError("Zebra"), "internal_error")],
)
def test_a_failure_is_told_in_words_and_a_bug_without_its_text(error: Exception, code: str):
    bench = Bench()
    bench.end = error
    task = bench.finish(bench.begin("doctor"))
    assert (task.state, task.answer["code"]) == ("failed", code)
    assert "Zebra" not in str(task.answer)
    assert bench.bugs == (["doctor"] if code == "internal_error" else [])


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("doctor", {"zebra": "x"}),
        ("reconcile", {"resources": "patient"}),
        ("reconcile", {"resources": [5]}),
        ("reconcile", {"repair": "yes"}),
        ("enrol", {"code": 5}),
        ("test_database", {"connection": ["Zebra"]}),
    ],
)
def test_arguments_that_are_not_as_documented_are_refused(kind: TaskKind, arguments: dict[str, Any]):
    with pytest.raises(NeedsPerson) as caught:
        Bench().begin(kind, **arguments)
    assert caught.value.code == "task_arguments_invalid"
    assert "Zebra" not in str(caught.value)


def test_old_tasks_are_forgotten():
    bench = Bench()
    first = bench.finish(bench.begin("doctor"))
    for _ in range(100):
        bench.finish(bench.begin("doctor"))
    with pytest.raises(Terminal):
        bench.tasks.get(first.id)


def test_only_the_last_bundle_is_kept_in_memory():
    bench = Bench()
    first = bench.finish(bench.begin("diagnostics"))
    bench.finish(bench.begin("diagnostics"))
    with pytest.raises(Terminal):
        bench.tasks.get(first.id)


def test_what_cannot_be_asked_of_the_agent_begins_no_task():
    with pytest.raises(NeedsPerson) as caught:
        Bench().begin("sync")
    assert caught.value.code == "not_set_up"


def test_in_a_real_office_every_task_does_what_it_says(agent: Office):
    with serving(agent.home), LocalAgent(agent.home, "change") as client:
        until_state(client, "working")
        assert over(client, client.begin("sync")).answer["records"] > 0
        snapshot = over(client, client.begin("snapshot"))
        assert (snapshot.state, snapshot.answer["epoch"]) == ("done", 2)
        reconcile = over(client, client.begin("reconcile", resources=["patient"], repair=False))
        assert [one["resource"] for one in reconcile.answer["outcomes"]] == ["patient"], reconcile
        doctor = over(client, client.begin("doctor"))
        assert doctor.answer["counts"]["ok"] > 5, doctor
        bundle = over(client, client.begin("diagnostics", send=True))
        assert bundle.state == "done" and bundle.answer["sent"], bundle.answer.get("title")
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(bundle.answer["zip"]))) as archive:
            assert set(bundle.answer["contents"]) <= set(archive.namelist())
        there = over(client, client.begin("test_database"))
        assert there.state == "done" and there.answer["readable"] == there.answer["shapes"], there
        wrong = over(client, client.begin("test_database", connection="Driver=SQLite3;Database=/nowhere/x.db"))
        assert wrong.state == "failed" and wrong.answer["advice"], wrong
        refused = over(client, client.begin("test_database", pms="zebra"))
        assert refused.answer["code"] == "task_arguments_invalid"
        lost = over(client, client.begin("test_cloud", url="https://127.0.0.1:1"))
        assert lost.state == "failed" and lost.answer["title"], lost
        assert client.status().overall.state == "working"
