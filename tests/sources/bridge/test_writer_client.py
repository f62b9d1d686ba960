"""The writer's child and its parent: what is certain, what is unknown, secrets, deadlines, with real children."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from agent.sources.bridge.child import PAUSES
from agent.sources.bridge.limit import ConnectionLimit
from agent.sources.bridge.writer_client import ProcessWriter
from agent.wire.bridge import SessionStatement
from agent.wire.writer import Apply, Authenticate, Committed, Made, NotWritten, OneOf, Open, Step, Trial, Unknown
from tests import servers
from tests.sources.bridge.test_client import Clock

INSERT = Step("row", "INSERT INTO t (id, name) VALUES (?, ?)", (1, "a"))
WAIT = (SessionStatement("PRAGMA busy_timeout = 300"),)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "x.db"
    with closing(sqlite3.connect(found)) as link:
        link.execute("PRAGMA journal_mode=WAL")
        link.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
    return found


def names(path: Path) -> list[tuple]:
    with closing(sqlite3.connect(path)) as link:
        return link.execute("SELECT id, name FROM t ORDER BY id").fetchall()


def opening(path: Path) -> Open:
    return Open(f"DRIVER={{SQLite3}};DATABASE={path};Timeout=300;", WAIT)


@pytest.fixture
def writer(path: Path) -> Iterator[ProcessWriter]:
    made = ProcessWriter(lambda: opening(path))
    yield made
    made.close()


def test_steps_are_one_transaction_and_a_made_key_is_used_by_later_ones(writer: ProcessWriter, path: Path) -> None:
    outcome = writer.apply(
        Apply(
            (
                Step("new", "INSERT INTO t (name) VALUES (?)", ("a",), made=True, fetch="SELECT last_insert_rowid()"),
                Step("look", "SELECT id FROM t WHERE name = ?", ("none",), rows=0),
                Step("next", "INSERT INTO t (id, name) VALUES (? + 10, ?)", (Made(0), "b")),
                Step("change", "UPDATE t SET name = ? WHERE name = ?", ("c", "a")),
            )
        ),
        10,
    )
    assert outcome == Committed((1, None, None, None))
    assert names(path) == [(1, "c"), (11, "b")]


@pytest.mark.parametrize(
    ("step", "expected", "found"),
    [
        (Step("k", "UPDATE t SET name = 'x' WHERE id = ?", (9,)), 1, 0),
        (Step("k", "SELECT id FROM t", rows=0), 0, 1),
        (Step("k", "DELETE FROM t", rows=3), 3, 1),
    ],
)
def test_another_number_of_rows_than_expected_rolls_everything_back(
    writer: ProcessWriter, path: Path, step: Step, expected: int, found: int
) -> None:
    assert writer.apply(Apply((INSERT, step)), 10) == NotWritten("k", expected, found)
    assert names(path) == []


def test_an_error_before_the_commit_is_certain_and_says_at_which_step(writer: ProcessWriter, path: Path) -> None:
    outcome = writer.apply(Apply((INSERT, Step("again", INSERT.sql, INSERT.params))), 10)
    assert isinstance(outcome, NotWritten)
    assert (outcome.step, outcome.fault.code) == ("again", "key_taken")
    wrong = writer.apply(Apply((INSERT, Step("wrong", "UPDATE nothing SET a = 1"))), 10)
    assert isinstance(wrong, NotWritten)
    assert wrong.step == "wrong"
    assert names(path) == []
    assert writer.apply(Apply((INSERT,)), 10) == Committed((None,))


def test_a_key_that_is_taken_is_tried_with_the_next_one(writer: ProcessWriter, path: Path) -> None:
    writer.apply(Apply((INSERT,)), 10)
    chosen = Step("row", INSERT.sql, (OneOf((1, 2)), "b"))
    assert writer.apply(Apply((chosen,), attempts=2), 10) == Committed((None,), attempt=1)
    outcome = writer.apply(Apply((chosen,), attempts=2), 10)
    assert isinstance(outcome, NotWritten)
    assert outcome.fault.code == "key_taken"
    assert names(path) == [(1, "a"), (2, "b")]


def test_a_look_at_the_state_writes_nothing(writer: ProcessWriter, path: Path) -> None:
    assert isinstance(writer.trial(Trial((INSERT,)), 10), Committed)
    assert names(path) == []


def test_authentication_runs_at_every_connect_and_is_never_shown(path: Path) -> None:
    asked: list[int] = []

    def authenticating() -> Authenticate:
        asked.append(1)
        return Authenticate(("INSERT INTO t (name) VALUES ('signature')",))

    writer = ProcessWriter(lambda: opening(path), authenticating)
    for _ in range(2):
        writer.trial(Trial(()), 10)
        writer.trial(Trial(()), 10)
        writer.close()
    assert len(asked) == len(names(path)) == 2
    secret = Authenticate(("secret",)), Open("secret"), Apply((Step("x", "", ("secret",)),))
    assert "secret" not in repr(secret)


def test_a_lock_that_is_held_too_long_is_given_up_and_nothing_is_written(writer: ProcessWriter, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcome = writer.apply(Apply((INSERT,)), 10)
        assert isinstance(outcome, NotWritten)
        assert outcome.fault.code == "locked"
        other.execute("ROLLBACK")
    assert writer.apply(Apply((INSERT,)), 10) == Committed((None,))


@pytest.mark.servers
def test_a_statement_past_its_deadline_is_cancelled_and_rolled_back(postgresql: servers.Database) -> None:
    postgresql.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
    writer = ProcessWriter(lambda: Open(postgresql.connection))
    outcome = writer.apply(Apply((INSERT, Step("slow", "SELECT pg_sleep(30)"))), 0.5)
    assert isinstance(outcome, NotWritten)
    assert outcome.fault.code == "statement_timeout"
    assert writer.apply(Apply((INSERT,)), 10) == Committed((None,))
    writer.close()


@pytest.mark.servers
def test_a_connection_that_the_server_ends_within_a_transaction_has_written_nothing(
    postgresql: servers.Database,
) -> None:
    postgresql.run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
    writer = ProcessWriter(lambda: Open(postgresql.connection))
    kill = Step("kill", "SELECT pg_terminate_backend(pg_backend_pid())")
    outcome = writer.apply(Apply((INSERT, kill)), 10)
    assert isinstance(outcome, NotWritten)
    assert outcome.fault.code in ("database_lost", "database_unreachable")
    assert writer.apply(Apply((INSERT,)), 10) == Committed((None,))
    writer.close()


@pytest.mark.servers
def test_a_commit_that_the_server_refuses_or_does_not_answer_is_unknown(postgresql: servers.Database) -> None:
    """A deferred check that ends the connection in the moment of the commit."""
    postgresql.run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE FUNCTION stop() RETURNS trigger AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); "
        "RETURN NULL; END $$ LANGUAGE plpgsql",
        "CREATE CONSTRAINT TRIGGER stop AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "EXECUTE FUNCTION stop()",
    )
    writer = ProcessWriter(lambda: Open(postgresql.connection))
    assert isinstance(writer.apply(Apply((INSERT,)), 10), Unknown)
    postgresql.run("DROP TRIGGER stop ON t")
    assert writer.apply(Apply((INSERT,)), 10) == Committed((None,))
    writer.close()


def test_a_killed_child_is_started_again_after_a_pause_and_counted_by_the_limit(path: Path) -> None:
    clock = Clock()
    limit = ConnectionLimit(clock, most=1, linger=30)
    writer = ProcessWriter(lambda: opening(path), limit=limit, clock=clock)
    assert isinstance(writer.trial(Trial(()), 10), Committed)
    psutil.Process(writer.pid).kill()
    died = writer.apply(Apply((INSERT,)), 10)
    assert isinstance(died, NotWritten)
    assert (died.fault.code, died.retry_after) == ("bridge_died", PAUSES[0])
    resting = writer.apply(Apply((INSERT,)), 10)
    assert isinstance(resting, NotWritten)
    assert resting.fault.code == "bridge_resting"
    clock.now += PAUSES[0]
    full = writer.apply(Apply((INSERT,)), 10)
    assert isinstance(full, NotWritten)
    assert full.fault.code == "connections_exhausted"
    clock.now += 30
    assert writer.apply(Apply((INSERT,)), 10) == Committed((None,))
    writer.close()
    assert limit.used == 0


def test_a_program_that_is_not_there_or_is_no_writer_is_named_as_such(path: Path) -> None:
    for command, code in (
        (["/no/such/program"], "bridge_missing"),
        ([sys.executable, "-m", "agent.sources.bridge"], "bridge_version"),
        ([sys.executable, "-c", ""], "bridge_died"),
    ):
        writer = ProcessWriter(lambda: opening(path), command=command)
        outcome = writer.apply(Apply((INSERT,)), 10)
        assert isinstance(outcome, NotWritten)
        assert outcome.fault.code == code
        writer.close()


SCRIPT = """
import sys
before = set(sys.modules)
import agent.sources.bridge.writer_process
print("\\n".join(set(sys.modules) - before))
"""


def test_the_child_imports_pyodbc_orjson_the_protocol_and_the_standard_library_only() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("agent.") and name.count(".") > 1} == {
        "agent.sources.bridge",
        "agent.sources.bridge.faults",
        "agent.sources.bridge.serving",
        "agent.sources.bridge.writer_core",
        "agent.sources.bridge.writer_faults",
        "agent.sources.bridge.writer_process",
        "agent.wire.bridge",
        "agent.wire.envelope",
        "agent.wire.frames",
        "agent.wire.writer",
    }
    others = {name.split(".")[0] for name in loaded} - {"agent"} - set(sys.stdlib_module_names)
    assert others == {"pyodbc", "orjson"}
