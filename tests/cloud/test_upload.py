"""Upload as conversations: what the agent says to the cloud, what the cloud answers, what follows from it.

The cloud is a script: it expects calls in order and answers each with a message or an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import randbytes
from typing import Any

import pytest
import zstandard

from agent.cloud.errors import from_problem
from agent.cloud.upload import Upload
from agent.model.errors import AgentError, NeedsPerson, Retry
from agent.model.state import Commit
from agent.store.sealing import Seal
from agent.store.store import Store
from agent.wire.cloud import (
    CHAIN_START,
    MAX_BATCH_BYTES,
    MAX_HEADER_BYTES,
    BatchAccepted,
    BatchHeader,
    Problem,
    Session,
    SessionRequest,
    chain,
)
from sandbox.cloud.batches import read_batch
from tests.cloud.conftest import Ticking

Answer = Session | BatchAccepted | AgentError | Callable[[], Session | BatchAccepted]


def refusal(code: str) -> AgentError:
    """What the client makes of a refusal by the cloud."""
    return from_problem(Problem(code=code, title=code, status=409))


def away() -> AgentError:
    """The cloud cannot be reached."""
    return Retry("offline", "away", "")


def named(epoch: int, seq: int) -> bytes:
    """The chunk that begins with this number."""
    return zstandard.compress(f"{epoch}:{seq}".encode())


class Script:
    """The cloud's lines, and the agent's own half around the upload worker."""

    def __init__(self, folder: Path, clock: Ticking) -> None:
        self.store = Store(folder / "store.db", Seal(bytes(32)), lambda: 7.0)
        self.said: list[str] = []
        self.events: list[str] = []
        self.answers: list[Answer] = []
        self.requests: list[SessionRequest] = []
        self.headers: list[BatchHeader] = []
        self.frames: list[list[bytes]] = []
        self.upload = self.worker(clock)
        self._clock = clock

    def worker(self, clock: Ticking, session: str = "s1") -> Upload:
        """A worker, as a start of the agent makes one."""
        return Upload(
            self.store.outbox,
            self.store.begin_epoch,
            self,
            clock,
            session=session,
            host="h",
            report=lambda code, **_: self.events.append(code),
        )

    def restart(self, session: str) -> None:
        """The agent starts again."""
        self.upload = self.worker(self._clock, session)

    def begin_session(self, request: SessionRequest) -> Session:
        """Expected next."""
        self.requests.append(request)
        at = request.resume
        self.said.append(f"begin {request.session}" + (f" from {at.epoch}/{at.acked_seq}" if at else " anew"))
        return self._next()

    def send_batch(self, header: BatchHeader, frames: Sequence[bytes]) -> BatchAccepted:
        """Expected next."""
        self.headers.append(header)
        self.frames.append(list(frames))
        last = header.chunks[-1]
        seqs = f"{header.chunks[0].first_seq}-{last.first_seq + last.count - 1}"
        self.said.append(f"send {header.epoch}/{seqs} as {header.session}")
        return self._next()

    def _next(self) -> Any:
        assert self.answers, f"nobody expected: {self.said[-1]}"
        answer = self.answers.pop(0)
        if isinstance(answer, AgentError):
            raise answer
        return answer() if callable(answer) else answer

    def capture(self, *counts: int) -> None:
        """So many changes are captured, one chunk each."""
        for count in counts:
            epoch = self.store.outbox.place.epoch
            frame = named(epoch, self.store.outbox.place.next_seq)
            self.store.commit(Commit(epoch, lines=[b"{}"] * count), lambda _, f=frame: f)  # type: ignore[misc]

    def link(self, *frames: bytes, start: bytes = CHAIN_START) -> str:
        """The chain value behind these frames."""
        for one in frames:
            start = chain(start, one)
        return start.hex()

    def accept(self) -> BatchAccepted:
        """Everything that was just sent is held."""
        outbox = self.store.outbox
        sent = outbox.pending(MAX_BATCH_BYTES)[: len(self.frames[-1])]
        return BatchAccepted(
            acked_seq=sent[-1].first_seq + sent[-1].count - 1,
            chain=self.link(*(one.frame for one in sent), start=outbox.place.acked_chain),
        )

    def converse(self, *answers: Answer) -> list[str]:
        """Step until the answers are used up and nothing more is said; what the agent said."""
        self.answers = list(answers)
        before = len(self.said)
        for _ in range(50):
            pause = self.upload.step()
            if pause and not self.answers:
                return self.said[before:]
        raise AssertionError(f"the cloud still expects {len(self.answers)} calls after {self.said[before:]}")


def fresh(epoch: int = 1, **more: Any) -> Session:
    return Session(epoch=epoch, resumed=False, acked_seq=0, chain=CHAIN_START.hex(), **more)


def resumed(epoch: int, seq: int, link: str) -> Session:
    return Session(epoch=epoch, resumed=True, acked_seq=seq, chain=link)


@pytest.fixture
def script(tmp_path: Path, clock: Ticking) -> Iterator[Script]:
    """A worker that has said nothing yet."""
    made = Script(tmp_path, clock)
    yield made
    made.store.close()


@pytest.fixture
def begun(script: Script) -> Script:
    """A worker in epoch 1."""
    script.converse(fresh())
    return script


def test_a_first_start_asks_for_an_epoch_and_sends_what_is_captured_in_it(script: Script):
    assert script.converse(fresh()) == ["begin s1 anew"]
    assert script.upload.connected
    script.capture(2, 3)
    assert script.converse(script.accept) == ["send 1/1-5 as s1"]
    assert script.frames == [[named(1, 1), named(1, 3)]]
    assert script.store.outbox.place.acked_seq == 5
    assert script.events == ["epoch_begun", "delivered"]


def test_without_news_nothing_is_said(begun: Script):
    assert begun.converse() == []


def test_what_was_not_answered_is_sent_again_as_it_was(begun: Script):
    begun.capture(2)
    for _ in range(2):
        begun.answers = [away()]
        with pytest.raises(Retry):
            begun.upload.step()
    begun.capture(1)
    assert begun.converse(begun.accept) == ["send 1/1-3 as s1"]
    assert [frames[0] for frames in begun.frames] == [named(1, 1)] * 3


def test_a_restart_goes_on_where_both_stand(begun: Script):
    begun.capture(2)
    begun.converse(begun.accept)
    begun.capture(1)
    begun.restart("s2")
    link = begun.store.outbox.place.acked_chain.hex()
    assert begun.converse(resumed(1, 2, link), begun.accept) == ["begin s2 from 1/2", "send 1/3-3 as s2"]


def test_a_cloud_that_is_ahead_took_what_it_could_not_acknowledge_and_that_is_let_go(begun: Script):
    begun.capture(2, 1)
    begun.restart("s2")
    assert begun.converse(resumed(1, 2, begun.link(named(1, 1))), begun.accept) == [
        "begin s2 from 1/0",
        "send 1/3-3 as s2",
    ]
    assert begun.store.outbox.place.acked_seq == 3


def test_a_cloud_that_is_ahead_on_another_way_shows_that_the_store_was_restored(begun: Script):
    begun.capture(2)
    begun.restart("s2")
    said = begun.converse(resumed(1, 9, begun.link(b"of another course")), fresh(2))
    assert said == ["begin s2 from 1/0", "begin s2 anew"]
    assert "store_restored" in begun.events
    place = begun.store.outbox.place
    assert (place.epoch, place.next_seq) == (2, 1) and begun.store.outbox.pending(1000) == []


def test_the_cloud_may_end_the_epoch_at_a_start(begun: Script):
    begun.capture(2)
    begun.restart("s2")
    assert begun.converse(fresh(5)) == ["begin s2 from 1/0"]
    assert begun.store.outbox.place.epoch == 5


def test_a_gap_is_closed_by_a_new_session_in_the_same_epoch(begun: Script):
    begun.capture(2)
    said = begun.converse(refusal("gap"), resumed(1, 0, CHAIN_START.hex()), begun.accept)
    assert said == ["send 1/1-2 as s1", "begin s1 from 1/0", "send 1/1-2 as s1"]


def test_when_the_cloud_requires_it_a_new_epoch_is_begun(begun: Script):
    begun.capture(2)
    assert begun.converse(refusal("epoch_required"), fresh(2)) == ["send 1/1-2 as s1", "begin s1 anew"]
    assert begun.store.outbox.place.epoch == 2


def test_a_superseded_run_claims_its_place_once_and_then_gives_way(begun: Script):
    begun.capture(1)
    begun.answers = [refusal("superseded"), resumed(1, 0, CHAIN_START.hex()), refusal("superseded")]
    begun.upload.step()
    begun.upload.step()
    with pytest.raises(NeedsPerson) as refused:
        begun.upload.step()
    assert refused.value.code == "superseded"
    assert begun.said[-2:] == ["begin s1-again from 1/0", "send 1/1-1 as s1-again"]
    assert not begun.upload.connected
    begun.answers = [refusal("superseded")]
    with pytest.raises(NeedsPerson):
        begun.upload.step()
    assert begun.said[-1] == "begin s1-again from 1/0"  # the same name: the other run is not pushed aside
    assert begun.store.outbox.place.acked_seq == 0


@pytest.mark.parametrize("code", ["other_host", "agent_replaced", "agent_unknown"])
def test_a_start_that_is_refused_leaves_the_store_as_it_was(begun: Script, code: str):
    begun.capture(2)
    begun.restart("s2")
    begun.answers = [refusal(code)]
    with pytest.raises(NeedsPerson):
        begun.upload.step()
    assert begun.store.outbox.place.epoch == 1
    assert [one.frame for one in begun.store.outbox.pending(1000)] == [named(1, 1)]


@pytest.mark.parametrize("lie", ["too far", "wrong chain", "amid a chunk"])
def test_an_acknowledgement_of_what_was_not_sent_lets_nothing_go(begun: Script, lie: str):
    begun.capture(2)
    good = begun.link(named(1, 1))
    begun.answers = [
        {
            "too far": BatchAccepted(acked_seq=3, chain=good),
            "wrong chain": BatchAccepted(acked_seq=2, chain=CHAIN_START.hex()),
            "amid a chunk": BatchAccepted(acked_seq=1, chain=good),
        }[lie]
    ]
    with pytest.raises(Retry) as refused:
        begun.upload.step()
    assert refused.value.code == "bad_answer"
    assert begun.store.outbox.place.acked_seq == 0 and len(begun.store.outbox.pending(1000)) == 1
    said = begun.converse(resumed(1, 0, CHAIN_START.hex()), begun.accept)
    assert said == ["begin s1 from 1/0", "send 1/1-2 as s1"]


def test_an_acknowledgement_of_a_part_lets_that_part_go(begun: Script):
    begun.capture(2, 1)
    said = begun.converse(lambda: BatchAccepted(acked_seq=2, chain=begun.link(named(1, 1))), begun.accept)
    assert said == ["send 1/1-3 as s1", "send 1/3-3 as s1"]


def test_a_batch_is_no_longer_than_the_cloud_takes(begun: Script):
    for _ in range(6):
        big = zstandard.compress(randbytes(MAX_BATCH_BYTES // 9))
        begun.store.commit(Commit(1, lines=[b"{}"]), lambda _, f=big: f)  # type: ignore[misc]
    said = begun.converse(begun.accept, begun.accept, begun.accept)
    assert said == ["send 1/1-2 as s1", "send 1/3-4 as s1", "send 1/5-6 as s1"]


def test_after_a_long_time_offline_thousands_of_tiny_chunks_go_in_batches_that_the_cloud_takes(begun: Script):
    for _ in range(4500):
        begun.capture(1)  # one change at a time, as a quiet office makes them
    said = begun.converse(begun.accept, begun.accept, begun.accept)
    assert said == ["send 1/1-2048 as s1", "send 1/2049-4096 as s1", "send 1/4097-4500 as s1"]
    for header, frames in zip(begun.headers, begun.frames, strict=True):
        body = b"".join([header.model_dump_json().encode(), b"\n", *frames])
        assert body.index(b"\n") < MAX_HEADER_BYTES * 0.75
        read_batch(body)


def test_chunks_that_unpack_to_very_much_are_sent_few_at_a_time(begun: Script):
    for _ in range(20):
        long = zstandard.compress(bytes(4 * 1024 * 1024))
        begun.store.commit(Commit(1, lines=[b"{}"]), lambda _, f=long: f)  # type: ignore[misc]
    said = begun.converse(begun.accept, begun.accept, begun.accept)
    assert said == ["send 1/1-8 as s1", "send 1/9-16 as s1", "send 1/17-20 as s1"]


def test_a_snapshot_begins_a_new_epoch_though_the_old_one_could_go_on(begun: Script):
    begun.capture(1)
    begun.upload.afresh()
    assert begun.converse(fresh(2)) == ["begin s1 anew"]
    assert begun.converse() == []


def test_a_snapshot_asked_for_while_a_session_begins_is_not_forgotten(begun: Script):
    begun.restart("s2")

    def meanwhile() -> Session:
        begun.upload.afresh()
        return resumed(1, 0, CHAIN_START.hex())

    assert begun.converse(meanwhile, fresh(2)) == ["begin s2 from 1/0", "begin s2 anew"]
    assert begun.store.outbox.place.epoch == 2


def test_a_snapshot_that_met_a_cloud_away_is_asked_for_again(begun: Script):
    begun.upload.afresh()
    begun.answers = [away()]
    with pytest.raises(Retry):
        begun.upload.step()
    assert begun.converse(fresh(2)) == ["begin s1 anew"]


def test_the_last_incarnations_that_the_cloud_tells_are_counted_on_from(script: Script):
    script.converse(fresh(3, incarnations={"patient": ["0007~2", "a~b~5", "9"], "appointment": ["x~1"]}))
    found = {base: script.store.former("patient", base) for base in ("0007", "a~b", "9")}
    assert {base: one and one.incarnation for base, one in found.items()} == {"0007": 2, "a~b": 5, "9": None}
