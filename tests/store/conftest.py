"""A store on a real file, and what tests of it need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import zstandard

from agent.model.reading import Range
from agent.model.state import Commit, Entry, NewFence
from agent.store.sealing import Seal
from agent.store.store import Store

MASTER = bytes(range(32))


def frame(commit: Commit) -> Callable[[Sequence[bytes]], bytes]:
    """Chunk maker for a commit: its lines, compressed."""
    return lambda lines: zstandard.compress(b"\n".join(lines))


def loaded(store: Store, key: int = 1, name: str = "patient") -> Commit:
    """A commit that loads one record into one fence and sends one line."""
    entry = Entry(bytes(16), bytes([key]) * 16)
    fence = NewFence(Range(None, (key,)), b"d" * 16, b"s", {(key,): entry})
    return Commit(store.outbox.place.epoch, lines=[b'{"op":"upsert"}'], fences=[(None, name, [fence])])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A fresh store with an epoch begun."""
    made = Store(path, Seal(MASTER), lambda: 1000.0)
    made.begin_epoch(1, {})
    yield made
    made.close()
