"""Rules about sessions, epochs and batches: who may send, from where, in what order."""

from __future__ import annotations

from agent.wire.cloud import MAX_BATCH_BYTES, Session
from sandbox.conformance.agent import upsert
from sandbox.conformance.rules import Book, expect
from sandbox.conformance.stage import Stage

SESSIONS = Book("session")
BATCHES = Book("batch")


def _three_chunks(stage: Stage) -> None:
    """A fresh epoch with three chunks that are sent."""
    stage.agent.fresh()
    for name in ("a", "b", "c"):
        stage.agent.send(upsert(stage.id(name), name))


@SESSIONS.rule("epochs_rise", "A session that resumes nothing gets a new epoch, higher than any before")
def _epochs_rise(stage: Stage) -> None:
    first, second = stage.agent.fresh().epoch, stage.agent.fresh().epoch
    expect(0 < first < second, "epochs that rise")


@SESSIONS.rule("resume", "A session that names a place in the history goes on, at the cloud's own position")
def _resume(stage: Stage) -> None:
    _three_chunks(stage)
    agent = stage.agent
    for chunks in (3, 1, 0):
        answer = agent.begin(agent.place(chunks)).message(Session)
        expect(answer.resumed and answer.epoch == agent.epoch, f"resumed at a place {3 - chunks} chunks back")
        here = (answer.acked_seq, answer.chain)
        expect(here == (agent.place(3).acked_seq, agent.place(3).chain), "the cloud's own position in the answer")


@SESSIONS.rule("other_course", "A session that names a place that is not in the history gets a new epoch")
def _other_course(stage: Stage) -> None:
    for change in ({"chain": "0" * 64}, {"acked_seq": 4}, {"acked_seq": 2, "chain": "f" * 64}, {"epoch": 10**9}):
        _three_chunks(stage)
        agent = stage.agent
        answer = agent.begin(agent.place(3).model_copy(update=change)).message(Session)
        expect(not answer.resumed and answer.epoch > agent.epoch, "a new epoch for a place on another course")


@SESSIONS.rule("newest_sends", "Only the newest session may send; an older one is refused and cannot come back")
def _newest_sends(stage: Stage) -> None:
    _three_chunks(stage)
    agent, old = stage.agent, stage.agent.session
    number = agent.add(upsert(stage.id("d"), "d"))
    late = agent.batch(number, number)
    expect(agent.begin(agent.place(3)).message(Session).resumed, "a session that resumes")
    agent.post(late).problem(409, "superseded")
    newest = agent.session
    agent.begin(agent.place(3), session=old).problem(409, "superseded")
    agent.session = newest
    expect(agent.post(agent.batch(number, number)).status == 200, "the newest session may send on")


@SESSIONS.rule("other_host", "The same identity from another machine is refused and disturbs nothing")
def _other_host(stage: Stage) -> None:
    _three_chunks(stage)
    agent, mine = stage.agent, stage.agent.session
    agent.begin(agent.place(3), host="another-host").problem(409, "other_host")
    agent.session = mine
    agent.send(upsert(stage.id("d"), "d"))


@BATCHES.rule("acknowledged", "A batch that follows is acknowledged with its last number and the chain value there")
def _acknowledged(stage: Stage) -> None:
    _three_chunks(stage)


@BATCHES.rule("gap", "A batch that begins too late is refused with the number expected, and nothing of it is taken")
def _gap(stage: Stage) -> None:
    _three_chunks(stage)
    agent, end = stage.agent, stage.feed_end()
    agent.add(upsert(stage.id("d"), "d"))
    last = agent.add(upsert(stage.id("e"), "e"))
    refusal = agent.post(agent.batch(last, last)).problem(409, "gap")
    expect(refusal.expected_seq == 4, "expected_seq 4")
    expect(not stage.feed(end), "nothing of a refused batch in the feed")


@BATCHES.rule("resend", "A batch that is held already is answered with the cloud's position and applied once")
def _resend(stage: Stage) -> None:
    end = stage.feed_end()
    _three_chunks(stage)
    agent, entries = stage.agent, len(stage.feed(end))
    for first, last in ((0, 2), (1, 1), (2, 2)):
        told = agent.post(agent.batch(first, last)).json()
        expect(told["acked_seq"] == 3 and told["chain"] == agent.place(3).chain, "the cloud's position")
    expect(len(stage.feed(end)) == entries, "a feed that does not grow by what is sent again")


@BATCHES.rule("overlap", "Of a batch that is held in part, the rest is applied")
def _overlap(stage: Stage) -> None:
    _three_chunks(stage)
    agent, end = stage.agent, stage.feed_end()
    last = agent.add(upsert(stage.id("d"), f"d{end}"))
    told = agent.post(agent.batch(1, last)).json()
    expect(told["acked_seq"] == 4 and told["chain"] == agent.place(4).chain, "the position after the whole batch")
    expect(stage.ops(end) == [("upsert", "d")], "exactly the new change in the feed")


@BATCHES.rule(
    "chain", "A batch whose chain does not arrive at the cloud's position is refused: the store took another course"
)
def _chain(stage: Stage) -> None:
    _three_chunks(stage)
    agent, end = stage.agent, stage.feed_end()
    number = agent.add(upsert(stage.id("d"), f"d{end}"))
    agent.post(agent.batch(number, number, previous="0" * 64)).problem(409, "epoch_required")
    agent.post(agent.batch(1, number, previous="f" * 64)).problem(409, "epoch_required")
    expect(not stage.feed(end), "nothing of a refused batch in the feed")
    expect(agent.post(agent.batch(number, number)).status == 200, "the right batch is taken after it")


@BATCHES.rule("epoch", "A batch of another epoch than the current one is refused")
def _epoch(stage: Stage) -> None:
    _three_chunks(stage)
    agent = stage.agent
    number = agent.add(upsert(stage.id("d"), "d"))
    for epoch in (agent.epoch - 1 or 10**9, agent.epoch + 1):
        agent.post(agent.batch(number, number, epoch=epoch)).problem(409, "epoch_required")


@BATCHES.rule("whole", "A batch with a version that is not that of its data is refused whole")
def _whole(stage: Stage) -> None:
    stage.agent.fresh()
    agent, end = stage.agent, stage.feed_end()
    good, bad = upsert(stage.id("d"), f"d{end}"), upsert(stage.id("e"), f"e{end}")
    agent.add(good)
    agent.add(bad.model_copy(update={"version": "0" * 32}))
    agent.post(agent.batch(0, 1)).problem(422, "bad_batch")
    expect(not stage.feed(end), "nothing of a refused batch in the feed")
    expect(agent.post(agent.batch(0, 0)).status == 200, "its good part is taken when it comes alone")


@BATCHES.rule("damaged", "A batch that is damaged is refused")
def _damaged(stage: Stage) -> None:
    stage.agent.fresh()
    agent = stage.agent
    agent.add(upsert(stage.id("d"), "d"))
    body = agent.batch(0, 0)
    for damaged in (body[:-1], body + b"x", body[:-20] + bytes(20), b"{}\n", b"nonsense"):
        agent.post(damaged).problem(422, "bad_batch")


@BATCHES.rule("size", "A batch longer than the contract allows is refused")
def _size(stage: Stage) -> None:
    stage.agent.fresh()
    stage.agent.post(bytes(MAX_BATCH_BYTES + 1)).problem(413, "too_large")
