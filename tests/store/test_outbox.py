"""The outbox numbers, chains and lets go only of what is acknowledged: held against a model by a state machine."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agent.model.state import Commit
from agent.store.sealing import Seal
from agent.store.store import Store
from agent.wire.cloud import CHAIN_START, chain
from tests.store.conftest import MASTER


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
TestOutbox.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
