"""The outbox numbers, chains and lets go only of what is acknowledged: held against a model by a state machine."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.model.state import Commit
from agent.store.outbox import CHUNK_BYTES, portions
from agent.store.sealing import Seal
from agent.store.store import Store
from agent.wire.cloud import CHAIN_START, chain
from tests.store.conftest import MASTER

LARGE = bytes(CHUNK_BYTES * 3 // 4)


class OutboxMachine(RuleBasedStateMachine):
    """Commits, acknowledgements, restarts and new epochs, beside a plain list."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = self.opened()
        self.epoch = 1
        self.store.begin_epoch(1, {})
        self.chunks: list[tuple[int, int, bytes]] = []
        self.acked = 0
        self.next_seq = 1
        self.made = 0

    def opened(self) -> Store:
        return Store(self.folder / "s.db", Seal(MASTER), lambda: 5.0)

    @rule(count=st.integers(1, 4))
    def commit(self, count: int) -> None:
        self.made += 1
        frame = b"%d" % self.made * 3
        self.store.commit(Commit(self.epoch, lines=[b"x"] * count), lambda _: frame)
        self.chunks.append((self.next_seq, count, frame))
        self.next_seq += count

    @rule(count=st.integers(2, 3))
    def commit_of_large_records(self, count: int) -> None:
        frames = []

        def make(lines: Sequence[bytes]) -> bytes:
            self.made += 1
            frames.append((len(lines), b"%d" % self.made * 3))
            return frames[-1][1]

        self.store.commit(Commit(self.epoch, lines=[LARGE, b"x"] * count), make)
        assert [lines for lines, _ in frames] == [2] * count
        for lines, frame in frames:
            self.chunks.append((self.next_seq, lines, frame))
            self.next_seq += lines

    @rule()
    def commit_without_lines(self) -> None:
        self.store.commit(Commit(self.epoch, cursors={"c": self.made}), lambda _: b"never")

    @precondition(lambda self: self.chunks)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        taken = data.draw(st.integers(1, len(self.chunks)))
        link = self.store.outbox.place.acked_chain
        for _, _, frame in self.chunks[:taken]:
            link = chain(link, frame)
        seq = self.chunks[taken - 1][0] + self.chunks[taken - 1][1] - 1
        assert self.store.outbox.knows(seq, link)
        assert not self.store.outbox.knows(seq, bytes(32))
        self.store.outbox.acknowledge(seq, link)
        self.acked = seq
        del self.chunks[:taken]

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.opened()

    @rule()
    def new_epoch(self) -> None:
        self.epoch += 1
        self.store.begin_epoch(self.epoch, {})
        self.chunks, self.acked, self.next_seq = [], 0, 1
        assert self.store.outbox.place.acked_chain == CHAIN_START

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        place = self.store.outbox.place
        assert (place.epoch, place.next_seq, place.acked_seq) == (self.epoch, self.next_seq, self.acked)
        found = [(c.first_seq, c.count, c.frame) for c in self.store.outbox.pending(1 << 20)]
        assert found == self.chunks
        assert self.store.outbox.size == sum(len(frame) for _, _, frame in self.chunks)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)


@given(st.lists(st.integers(0, 3 * CHUNK_BYTES // 2), max_size=12))
def test_no_chunk_is_longer_than_a_batch_can_carry_unless_it_is_one_line(lengths: list[int]):
    whole = memoryview(bytes(2 * CHUNK_BYTES))
    lines = [bytes(whole[:length]) for length in lengths]
    cut = [list(part) for part in portions(lines)]
    assert [line for part in cut for line in part] == lines
    assert all(part and (len(part) == 1 or sum(map(len, part)) <= CHUNK_BYTES) for part in cut)
