"""Comparing segments: the agent's digests of the practice against what the cloud holds."""

from __future__ import annotations

from sqlalchemy import Connection

from agent.model.canonical import SEGMENT_MODULUS, member_digest, segment_of
from agent.wire.cloud import ReconcileRequest, ReconcileResponse
from sandbox.cloud.names import practice_of
from sandbox.cloud.reading import versions
from sandbox.cloud.refusal import refuse
from sandbox.cloud.sessions import position

MAX_SEGMENTS = 65_536
"""A request has at most so many segments."""


def reconcile(db: Connection, agent_id: str, request: ReconcileRequest) -> ReconcileResponse:
    """Which segments differ, or the members of the segments asked for."""
    practice_id, cut = practice_of(agent_id), len(request.segments)
    if not 0 < cut <= MAX_SEGMENTS or any(not 0 <= one < cut for one in request.list_segments):
        refuse(422, "bad_request", "The segments are not valid")
    reached = position(db, practice_id, request.epoch).acked_seq
    if reached < request.seq:
        refuse(409, "gap", "The cloud has not come so far yet", expected_seq=reached + 1)
    if request.list_segments:
        wanted = frozenset(request.list_segments)
        found = versions(db, practice_id, request.resource)
        return ReconcileResponse(
            differing=[], members={one: version for one, version in found if segment_of(one, cut) in wanted}
        )
    counts, sums = [0] * cut, [0] * cut
    for one, version in versions(db, practice_id, request.resource):
        segment = segment_of(one, cut)
        counts[segment] += 1
        sums[segment] += member_digest(one, version)
    held = [(count, digest_text(total)) for count, total in zip(counts, sums, strict=True)]
    return ReconcileResponse(
        differing=[
            at for at, (ours, theirs) in enumerate(zip(held, request.segments, strict=True)) if ours != tuple(theirs)
        ]
    )


def digest_text(total: int) -> str:
    """A segment's digest as the contract writes it: the sum of the members' shares, 32 hex digits."""
    return f"{total % SEGMENT_MODULUS:032x}"
