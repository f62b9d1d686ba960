"""The parent's side: deadlines, cancelling, killing, starting again, and ending, with real children."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from agent.model.errors import NeedsPerson, Retry
from agent.sources.bridge.child import PAUSES
from agent.sources.bridge.client import ProcessBridge
from agent.sources.bridge.limit import ConnectionLimit
from agent.wire.bridge import Info, InfoReply, Open, Query, QueryReply, Select
from tests import servers

SLEEPS = {"mariadb": "SLEEP(30)", "postgresql": "pg_sleep(30)"}
DEAF = (sys.executable, str(Path(__file__).with_name("deaf.py")))


class Clock:
    """A clock that stands still until it is told to go."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def one(expression: str) -> Query:
    return Query(Select("", "SELECT ", (expression,), ""), 1)


@contextmanager
def bridge_to(
    connection: str,
    *,
    command: Sequence[str] | None = None,
    clock: Clock | None = None,
    limit: ConnectionLimit | None = None,
    grace: float = 5.0,
) -> Iterator[ProcessBridge]:
    bridge = ProcessBridge(lambda: Open(connection), limit, command=command, clock=clock or Clock(), grace=grace)
    try:
        yield bridge
    finally:
        bridge.close()


def value(bridge: ProcessBridge, expression: str, deadline: float = 10) -> object:
    reply = bridge.call(one(expression), deadline)
    assert isinstance(reply, QueryReply)
    assert isinstance(reply.rows, list)
    return reply.rows[0][0]


@pytest.fixture
def sqlite_file(tmp_path: Path) -> str:
    return f"DRIVER={{SQLite3}};DATABASE={tmp_path / 'x.db'};"


@pytest.mark.servers
@pytest.mark.parametrize("engine", ["mariadb", "postgresql"])
def test_a_statement_past_its_deadline_is_cancelled_and_the_child_lives_on(
    engine: str, request: pytest.FixtureRequest
) -> None:
    database: servers.Database = request.getfixturevalue(engine)
    with bridge_to(database.connection) as bridge:
        assert value(bridge, "1") == 1
        child = bridge.pid
        with pytest.raises(Retry) as caught:
            bridge.call(one(SLEEPS[engine]), 0.3)
        assert caught.value.code == "statement_timeout"
        assert value(bridge, "2") == 2
        assert bridge.pid == child


@pytest.mark.servers
@pytest.mark.parametrize("engine", ["mariadb", "postgresql"])
def test_a_child_that_ignores_cancelling_is_killed_and_started_again_after_a_pause(
    engine: str, request: pytest.FixtureRequest
) -> None:
    database: servers.Database = request.getfixturevalue(engine)
    clock = Clock()
    with bridge_to(database.connection, command=DEAF, clock=clock, grace=0.2) as bridge:
        assert value(bridge, "1") == 1
        child = bridge.pid
        assert child is not None
        with pytest.raises(Retry) as caught:
            bridge.call(one(SLEEPS[engine]), 0.3)
        assert caught.value.code == "bridge_hung"
        assert not psutil.pid_exists(child)
        with pytest.raises(Retry) as caught:
            bridge.call(one("2"), 10)
        assert (caught.value.code, caught.value.retry_after) == ("bridge_resting", PAUSES[0])
        clock.now += PAUSES[0]
        assert value(bridge, "2") == 2
        assert bridge.pid != child


def refused(bridge: ProcessBridge) -> Retry:
    with pytest.raises(Retry) as caught:
        bridge.call(Info(), 10)
    return caught.value


def test_pauses_rise_with_every_failure_and_fall_after_a_success(sqlite_file: str) -> None:
    clock = Clock()
    limit = ConnectionLimit(clock, most=100)
    with bridge_to(sqlite_file, clock=clock, limit=limit) as bridge:
        whole, broken = bridge._keeper.command, (sys.executable, "-c", "")
        bridge._keeper.command = broken
        pauses = []
        for _ in range(len(PAUSES) + 1):
            assert refused(bridge).code == "bridge_died"
            resting = refused(bridge)
            assert resting.code == "bridge_resting"
            pauses.append(resting.retry_after)
            clock.now += 60
        assert pauses == [*PAUSES, PAUSES[-1]]
        bridge._keeper.command = whole
        assert value(bridge, "1") == 1
        psutil.Process(bridge.pid).kill()
        assert refused(bridge).code == "bridge_died"
        assert refused(bridge).retry_after == PAUSES[0]


def test_at_most_two_connections_are_held_killed_ones_counted_for_a_while(sqlite_file: str) -> None:
    clock = Clock()
    limit = ConnectionLimit(clock, linger=30)
    with (
        bridge_to(sqlite_file, clock=clock, limit=limit) as one_bridge,
        bridge_to(sqlite_file, clock=clock, limit=limit) as other,
        bridge_to(sqlite_file, clock=clock, limit=limit) as third,
    ):
        assert value(one_bridge, "1") == value(other, "1") == 1
        assert limit.used == 2
        with pytest.raises(Retry) as caught:
            third.call(Info(), 10)
        assert caught.value.code == "connections_exhausted"
        psutil.Process(other.pid).kill()
        with pytest.raises(Retry):
            other.call(Info(), 10)
        assert limit.used == 2
        with pytest.raises(Retry) as caught:
            third.call(Info(), 10)
        assert caught.value.retry_after == 30
        clock.now += 30
        assert value(third, "1") == 1
    assert limit.used == 0


def test_a_child_ends_when_its_stdin_closes_even_in_the_middle_of_a_statement(sqlite_file: str) -> None:
    command = [sys.executable, "-m", "agent.sources.bridge"]
    child = psutil.Popen(command, stdin=-1, stdout=-1, stderr=-3)
    endless = (
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT COUNT(*) FROM n)"
    )
    from agent.wire.envelope import request_frame
    from agent.wire.frames import read_frame, write_frame

    assert read_frame(child.stdout) is not None
    write_frame(child.stdin, request_frame(1, Open(sqlite_file)))
    assert read_frame(child.stdout) is not None
    write_frame(child.stdin, request_frame(2, one(endless)))
    child.stdin.close()
    assert child.wait(10) == 0
    child.stdout.close()


def test_a_closed_bridge_leaves_no_process_and_can_be_used_again(sqlite_file: str) -> None:
    with bridge_to(sqlite_file) as bridge:
        assert value(bridge, "1") == 1
        child = bridge.pid
        assert child is not None
        bridge.close()
        assert not psutil.pid_exists(child)
        assert bridge.pid is None
        assert value(bridge, "1") == 1


def test_a_program_that_is_not_there_or_is_no_bridge_is_named_as_such(sqlite_file: str) -> None:
    with bridge_to(sqlite_file, command=["/no/such/program"]) as bridge:
        with pytest.raises(NeedsPerson) as missing:
            bridge.call(Info(), 10)
        assert missing.value.code == "bridge_missing"
    old = "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\x19' + b'{\"protocol\":0,\"bits\":32}\\n'); input()"
    with bridge_to(sqlite_file, command=[sys.executable, "-c", old]) as bridge:
        with pytest.raises(NeedsPerson) as other:
            bridge.call(Info(), 10)
        assert other.value.code == "bridge_version"


def test_the_login_is_asked_for_at_every_connect(tmp_path: Path) -> None:
    files = iter(["a.db", "b.db"])
    bridge = ProcessBridge(lambda: Open(f"DRIVER={{SQLite3}};DATABASE={tmp_path / next(files)};"))
    try:
        names = []
        for _ in range(2):
            names.append(value(bridge, "(SELECT file FROM pragma_database_list)"))
            bridge.close()
        assert [Path(str(name)).name for name in names] == ["a.db", "b.db"]
    finally:
        bridge.close()


def test_the_connection_cannot_write(tmp_path: Path) -> None:
    from agent.sources import dialect

    path = tmp_path / "x.db"
    spoken = dialect.sqlite()
    bridge = ProcessBridge(lambda: Open(f"DRIVER={{SQLite3}};DATABASE={path};", spoken.session))
    try:
        with pytest.raises(Exception, match="database"):
            bridge.call(Query(Select("t", "CREATE TABLE t (", ("a",), " INTEGER)"), 1), 10)
    finally:
        bridge.close()


def test_a_driver_that_was_installed_meanwhile_is_found_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (driver,) = Path("/usr/lib").glob("*/odbc/libsqlite3odbc.so")
    names = tmp_path / "odbcinst.ini"
    names.write_text("")
    monkeypatch.setenv("ODBCSYSINI", str(tmp_path))
    with closing(ProcessBridge(lambda: Open(f"Driver=Fresh;Database={tmp_path / 'x.db'}"))) as bridge:
        with pytest.raises(NeedsPerson) as caught:
            bridge.call(Info(), 20.0)
        assert caught.value.code == "driver_missing"
        names.write_text(f"[Fresh]\nDriver={driver}\n")
        assert isinstance(bridge.call(Info(), 20.0), InfoReply)
