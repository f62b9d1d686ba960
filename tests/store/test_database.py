"""The file: durable, whole transactions, SQLite's errors as ours, a full disk that costs nothing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.model.errors import AgentError, Retry, StoreDamaged, Terminal
from agent.store.database import Database, _converted, set_aside
from agent.store.store import Store
from agent.wire.cloud import CHAIN_START, chain
from tests.store.conftest import frame, loaded


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    made = Database(path)
    yield made
    made.close()


def test_what_was_committed_is_synced_to_the_disk_before_it_counts(database: Database):
    with database.reading() as run:
        facts = {
            name: run.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    assert facts == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 2}  # FULL, FAST


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(database: Database):
    def fail(error: BaseException) -> None:
        with database.transaction() as run:
            run.execute("INSERT INTO meta VALUES ('a', 1)")
            raise error

    for error in (ValueError("ours"), sqlite3.IntegrityError("theirs"), KeyboardInterrupt()):
        with pytest.raises((ValueError, AgentError, KeyboardInterrupt)):
            fail(error)
        with database.reading() as run:
            assert run.execute("SELECT count(*) FROM meta").fetchone() == (0,)
    with database.transaction() as run:
        run.execute("INSERT INTO meta VALUES ('a', 1)")
    with database.reading() as run:
        assert run.execute("SELECT count(*) FROM meta").fetchone() == (1,)


def limit_pages(store: Store, more: int) -> None:
    """The disk has room for so many more pages."""
    with store._db.reading() as run:
        used = run.execute("PRAGMA page_count").fetchone()[0]
        run.execute(f"PRAGMA max_page_count = {used + more}")


def test_on_a_full_disk_a_step_is_not_written_nothing_is_lost_and_it_goes_on_when_there_is_room(store: Store):
    first = loaded(store, 1)
    store.commit(first, frame(first))
    before = (store.outbox.place, store.outbox.size, store.fences(), store.states())
    limit_pages(store, 3)
    large = loaded(store, 2, "appointment")
    large.lines = [b"%d" % n * 40_000 for n in range(9)]
    for _ in range(3):
        with pytest.raises(Retry) as full:
            store.commit(large, b"".join)
        assert full.value.code == "disk_full"
        assert (store.outbox.place, store.outbox.size, store.fences(), store.states()) == before
        assert len(store.outbox.pending(1 << 20)) == 1
    limit_pages(store, 10_000)
    store.commit(large, b"".join)
    assert store.outbox.place.next_seq == 11
    assert set(store.fences()) == {"patient", "appointment"}


def test_on_a_full_disk_what_the_cloud_acknowledged_may_still_go(store: Store):
    first = loaded(store, 1)
    store.commit(first, frame(first))
    limit_pages(store, 0)
    (chunk,) = store.outbox.pending(1 << 20)
    store.outbox.acknowledge(1, chain(CHAIN_START, chunk.frame))
    assert store.outbox.place.acked_seq == 1 and store.outbox.pending(1 << 20) == []


def test_a_file_that_another_program_holds_is_tried_again(path: Path, database: Database):
    with database.reading() as run:
        run.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Retry) as busy, database.transaction():
            pass
        assert busy.value.code == "store_busy"
        other.execute("ROLLBACK")
    with database.transaction():
        pass


def test_threads_take_turns(database: Database):
    def work() -> None:
        for _ in range(50):
            with database.transaction() as run:
                (count,) = run.execute("SELECT coalesce(max(value), 0) FROM meta").fetchone()
                run.execute("INSERT OR REPLACE INTO meta VALUES ('n', ?)", (count + 1,))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as run:
        assert run.execute("SELECT value FROM meta").fetchone() == (200,)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("SQLITE_FULL", Retry, "disk_full"),
        ("SQLITE_BUSY_SNAPSHOT", Retry, "store_busy"),
        ("SQLITE_LOCKED", Retry, "store_busy"),
        ("SQLITE_IOERR_WRITE", Retry, "store_unwritable"),
        ("SQLITE_CANTOPEN", Retry, "store_unwritable"),
        ("SQLITE_READONLY", Retry, "store_unwritable"),
        ("SQLITE_CORRUPT_INDEX", StoreDamaged, "store_damaged"),
        ("SQLITE_NOTADB", StoreDamaged, "store_damaged"),
        ("SQLITE_MISUSE", Terminal, "store_failed"),
    ],
)
def test_what_sqlite_says_becomes_an_error_of_ours_without_its_words(name: str, kind: type[AgentError], code: str):
    error = sqlite3.OperationalError("something about Ada Lovelace")
    error.sqlite_errorname = name
    made = _converted(error)
    assert type(made) is kind and made.code == code
    assert "Ada" not in str(made) and "Ada" not in repr(made.fields)


def test_a_missing_table_or_text_that_is_none_means_damage():
    for words in ("no such table: fence", "no such column: bounds", "Could not decode to UTF-8 column 'shape'"):
        assert isinstance(_converted(sqlite3.OperationalError(words)), StoreDamaged)


def test_a_store_is_set_aside_with_its_journal_and_none_is_left(path: Path):
    database = Database(path)
    with database.transaction() as run:
        run.execute("INSERT INTO meta VALUES ('a', 1)")
    names = {file.name for file in path.parent.iterdir()}
    assert names == {"store.db", "store.db-wal", "store.db-shm"}
    aside = set_aside(path, "20250303")
    database.close()
    assert aside.name == "store.db.set-aside-20250303"
    assert not {file.name for file in path.parent.iterdir()} & names


def test_a_reader_beside_the_agent_makes_nothing(path: Path):
    with pytest.raises(Retry) as missing:
        Database(path, read_only=True)
    assert missing.value.code == "store_unwritable"
    assert not path.exists()
    Database(path).close()
    reader = Database(path, read_only=True)
    with pytest.raises(AgentError), reader.transaction() as run:
        run.execute("INSERT INTO meta VALUES ('a', 1)")
    reader.close()
