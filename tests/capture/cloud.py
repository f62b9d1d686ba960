"""A cloud made of a dictionary, for reconcile: it takes what waits in an outbox and compares as the contract says."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import zstandard

from agent.capture.reconcile import Outcome, Reconcile
from agent.model.canonical import SEGMENT_MODULUS, member_digest, segment_of
from agent.model.state import Place
from agent.wire.cloud import ReconcileRequest, ReconcileResponse, chain
from tests.capture.plain import Half


class PlainCloud:
    """Holds versions by resource and id."""

    def __init__(self, half: Half) -> None:
        self.half = half
        self.held: dict[str, dict[str, str]] = {}
        self.asked: list[ReconcileRequest] = []
        self.before_answer: Callable[[int], None] = lambda number: None
        """Called with the number of the question (1, 2, ...) before it is answered."""

    def take(self) -> None:
        """Take and acknowledge everything that waits."""
        outbox = self.half.store.outbox
        link = outbox.place.acked_chain
        for one in outbox.pending(1 << 30):
            link = chain(link, one.frame)
            for line in map(orjson.loads, zstandard.decompress(one.frame).split(b"\n")[1:]):
                of = self.held.setdefault(line["resource"], {})
                if line["op"] == "upsert":
                    of[line["id"]] = line["version"]
                elif line["op"] == "delete":
                    of.pop(line["id"], None)
            outbox.acknowledge(one.first_seq + one.count - 1, link)
        self.half.taken()

    def reconcile(self, request: ReconcileRequest) -> ReconcileResponse:
        """Which segments differ, or their members."""
        self.asked.append(request)
        self.before_answer(len(self.asked))
        place: Place = self.half.store.outbox.place
        assert (request.epoch, request.seq) == (place.epoch, place.acked_seq)
        of = self.held.get(request.resource, {})
        number = len(request.segments)
        members: list[dict[str, str]] = [{} for _ in range(number)]
        for record_id, version in of.items():
            members[segment_of(record_id, number)][record_id] = version
        if request.list_segments:
            return ReconcileResponse(
                differing=[], members={i: v for at in request.list_segments for i, v in members[at].items()}
            )
        digests = [sum(member_digest(i, v) for i, v in of.items()) % SEGMENT_MODULUS for of in members]
        mine = [(len(of), d.to_bytes(16, "big").hex()) for of, d in zip(members, digests, strict=True)]
        return ReconcileResponse(differing=[at for at in range(number) if mine[at] != tuple(request.segments[at])])


def reconciled(half: Half, cloud: PlainCloud, *resources: str, repair: bool = False) -> dict[str, Outcome]:
    """A whole run, capture and delivery going on in between; the outcomes by resource."""
    run = Reconcile(half.capture, cloud, resources)
    for steps, pause in enumerate(run.run(repair=repair)):
        half.clock.now += max(pause, 0.001)
        half.capture.step()
        cloud.take()
        assert steps < 5000, "reconcile does not end"
    return {one.resource: one for one in run.outcomes}
