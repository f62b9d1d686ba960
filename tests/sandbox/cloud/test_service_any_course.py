"""Any course of events: whatever is lost, doubled, restored or superseded, the cloud's state is what the model says.

The model knows nothing of chunks or chains: it is a dictionary of what the sending store would have the cloud hold.
"""

from __future__ import annotations

import copy

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.wire.cloud import BatchAccepted, Message, Problem, Session, SessionRequest
from sandbox.cloud.completing import DeleteLimit
from sandbox.cloud.database import Database
from sandbox.cloud.service import Cloud
from tests.sandbox.cloud.sender import Moment, Sender, complete, delete, enrolled, upsert

IDS = st.sampled_from(["A", "B", "C", "D", "E"])
NAMES = st.sampled_from(["x", "y", "z"])


class AnyCourse(RuleBasedStateMachine):
    """An agent whose answers get lost, whose requests arrive twice, whose store is restored or rebuilt."""

    @initialize()
    def enrol(self) -> None:
        self.cloud = Cloud(Database(), Moment(), delete_limit=DeleteLimit(share=1.0))
        self.agent = enrolled(self.cloud)
        self.runs = 0
        self.sender = Sender(session="run-0")
        self.practice: dict[str, str] = {}
        """The truth that the store follows."""
        self.sent: list[dict[str, str]] = [{}]
        """What the store would have the cloud hold after so many chunks of this epoch."""
        self.known = 0
        """Chunks that the store knows to be acknowledged."""
        self.base: dict[str, str] = {}
        """What the cloud held when the epoch began."""
        self.expected: dict[str, str] = {}
        """What the cloud holds, by the model."""
        self.held = 0
        """Chunks of the epoch that the cloud holds, by the model."""
        self.copy: tuple[Sender, list[dict[str, str]], int, int] | None = None
        self.delayed: list[bytes] = []
        self.begin(resume=False)

    def begin(self, *, resume: bool) -> None:
        """A start, as the contract wants it: ask to resume, check the answer, else ask for a new epoch."""
        self.runs += 1
        self.sender.session = f"run-{self.runs}"
        claim = self.sender.position(self.known) if resume else None
        answer = self.ask(claim is not None)
        if answer.resumed:
            links = {self.sender.end(n): link.hex() for n, link in enumerate(self.sender.links)}
            if links.get(answer.acked_seq) == answer.chain:
                self.known = next(n for n in range(len(links)) if self.sender.end(n) == answer.acked_seq)
                return
            answer = self.ask(resume=False)
        self.take_epoch(answer)

    def take_epoch(self, answer: Session) -> None:
        """Everything is sent again."""
        assert not answer.resumed
        self.sender = Sender(session=self.sender.session, epoch=answer.epoch)
        self.sent, self.known, self.held = [{}], 0, 0
        self.base = dict(self.expected)
        self.load()

    def ask(self, resume: bool) -> Session:
        claim = self.sender.position(self.known) if resume else None
        request = SessionRequest(session=self.sender.session, host="host-1", resume=claim)
        answer = self.cloud.begin_session(self.agent.agent_id, request)
        assert isinstance(answer, Session), answer
        return answer

    def load(self) -> None:
        """A new epoch sends everything again, and says when that is complete."""
        for record_id, name in sorted(self.practice.items()):
            self.put(upsert(record_id, name), {**self.sent[-1], record_id: name})
        self.put(complete(count=len(self.practice)), {**self.sent[-1], "complete": ""})

    def put(self, line: Message, after: dict[str, str]) -> None:
        self.sender.add(line)
        self.sent.append(after)

    @rule(record_id=IDS, name=NAMES)
    def change(self, record_id: str, name: str) -> None:
        self.practice[record_id] = name
        self.put(upsert(record_id, name), {**self.sent[-1], record_id: name})

    @rule(record_id=IDS)
    def remove(self, record_id: str) -> None:
        self.practice.pop(record_id, None)
        self.put(delete(record_id), {**self.sent[-1], record_id: "-"})

    @precondition(lambda self: len(self.sender.frames) > self.known)
    @rule(data=st.data(), lost=st.booleans(), delayed=st.booleans())
    def send(self, data: st.DataObject, lost: bool, delayed: bool) -> None:
        first = data.draw(st.integers(max(0, self.known - 2), self.known))
        last = data.draw(st.integers(self.known, len(self.sender.frames) - 1))
        body = self.sender.batch(first, last)
        if delayed:
            self.delayed.append(body)
        answer = self.cloud.accept_batch(self.agent.agent_id, body)
        assert isinstance(answer, BatchAccepted), answer
        self.came_to(max(self.held, last + 1))
        assert answer.chain == self.sender.links[self.held].hex()
        if not lost:
            self.known = self.held

    @rule(data=st.data())
    @precondition(lambda self: self.delayed)
    def a_request_arrives_a_second_time(self, data: st.DataObject) -> None:
        body = self.delayed.pop(data.draw(st.integers(0, len(self.delayed) - 1)))
        answer = self.cloud.accept_batch(self.agent.agent_id, body)
        if isinstance(answer, Problem):
            assert answer.code in {"superseded", "epoch_required"}
        else:
            assert answer.chain == self.sender.links[self.held].hex()

    @precondition(lambda self: self.held > 0)
    @rule()
    def begin_anew_in_the_same_run(self) -> None:
        """While a request of the epoch before is still on its way."""
        late = self.sender.batch(0, 0)
        self.take_epoch(self.ask(resume=False))
        answer = self.cloud.accept_batch(self.agent.agent_id, late)
        assert isinstance(answer, Problem)
        assert answer.code == "epoch_required"

    @rule()
    def restart(self) -> None:
        self.begin(resume=True)

    @rule(gone=st.lists(IDS, max_size=3))
    def rebuild_the_store(self, gone: list[str]) -> None:
        """And nobody saw what was deleted meanwhile."""
        for record_id in gone:
            self.practice.pop(record_id, None)
        self.begin(resume=False)

    @rule()
    def copy_the_store(self) -> None:
        self.copy = (copy.deepcopy(self.sender), list(self.sent), self.known, self.sender.epoch)

    @precondition(lambda self: self.copy is not None)
    @rule(changed=st.booleans())
    def restore_the_copy(self, changed: bool) -> None:
        """The store is older than the cloud; perhaps it goes on before it asks."""
        assert self.copy is not None
        sender, sent, known, _ = self.copy
        self.sender, self.sent, self.known = copy.deepcopy(sender), list(sent), known
        if changed:
            self.put(upsert("A", "x"), {**self.sent[-1], "A": "x"})
            self.practice["A"] = "x"
        held = self.held
        self.begin(resume=True)
        if self.sender.epoch == sender.epoch:
            assert self.held == held
            # The practice's truth may be ahead of what a resumed old store has sent: it looks again.
            for record_id in sorted({*"ABCDE"} - self.practice.keys()):
                self.remove(record_id)
            for record_id, name in sorted(self.practice.items()):
                self.change(record_id, name)

    def came_to(self, chunks: int) -> None:
        """What the cloud must hold after so many chunks of this epoch."""
        for n in range(self.held + 1, chunks + 1):
            before, after = self.sent[n - 1], self.sent[n]
            if "complete" in after and "complete" not in before:
                seen = {one for one in before if one != "complete"}
                self.expected = {one: name for one, name in self.expected.items() if one in seen}
                continue
            changed = {one: name for one, name in after.items() if one != "complete"}
            for record_id, name in changed.items():
                if name == "-":
                    self.expected.pop(record_id, None)
                else:
                    self.expected[record_id] = name
        self.held = max(self.held, chunks)

    @invariant()
    def the_state_is_the_models(self) -> None:
        if not hasattr(self, "cloud"):
            return
        held = self.cloud.held(self.agent.practice_id, "location")
        assert {one: record.data["name"] for one, record in held.items()} == self.expected

    def teardown(self) -> None:
        """In the end everything is sent: the cloud holds exactly what the practice holds."""
        if not hasattr(self, "cloud"):
            return
        self.begin(resume=True)
        if len(self.sender.frames) > self.known:
            answer = self.cloud.accept_batch(
                self.agent.agent_id, self.sender.batch(self.known, len(self.sender.frames) - 1)
            )
            assert isinstance(answer, BatchAccepted), answer
        held = self.cloud.held(self.agent.practice_id, "location")
        assert {one: record.data["name"] for one, record in held.items()} == self.practice
        self.cloud.close()


TestAnyCourse = AnyCourse.TestCase
TestAnyCourse.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.reuse, Phase.generate],  # shrinking such a course takes minutes
)
