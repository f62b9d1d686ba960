"""Rules about what changes do: the feed, the current state, and reconcile."""

from __future__ import annotations

from agent.wire.cloud import Complete, Delete, ReconcileRequest, ReconcileResponse, Source, Stale
from sandbox.conformance.agent import segment_digests, segment_of, upsert, version_of
from sandbox.conformance.rules import Book, expect
from sandbox.conformance.stage import Stage

FEED = Book("feed")
RECONCILE = Book("reconcile")

_MANY = 25
_SEGMENTS = 8


def _delete(record_id: str) -> Delete:
    return Delete(resource="location", id=record_id, source=Source(table="conformance", key=[record_id]))


@FEED.rule("order", "Entries have rising numbers, in the order sent; pages miss none and repeat none")
def _order(stage: Stage) -> None:
    stage.agent.fresh()
    end = stage.feed_end()
    names = [f"o{n}" for n in range(7)]
    stage.agent.send(*(upsert(stage.id(name), f"{name}{end}") for name in names))
    whole, paged = stage.feed(end), stage.feed(end, limit=2)
    expect([one["id"] for one in whole] == [stage.id(name) for name in names], "one entry for each change, in order")
    numbers = [one["feed_seq"] for one in whole]
    expect(numbers == sorted(set(numbers)), "feed_seq that rises")
    expect([one["feed_seq"] for one in paged] == numbers, "the same entries page by page")
    data = whole[0]["data"]
    expect(data == {"name": f"o0{end}", "time_zone": "UTC"}, "the data as sent")
    expect(whole[0]["version"] == version_of(data), "the version as sent")


@FEED.rule("idempotent", "The same state sent again, in whatever epoch, makes no entry")
def _idempotent(stage: Stage) -> None:
    stage.agent.fresh()
    stage.agent.send(upsert(stage.id("i"), "i"))
    end = stage.feed_end()
    stage.agent.send(upsert(stage.id("i"), "i"))
    stage.agent.fresh()
    stage.agent.send(upsert(stage.id("i"), "i"))
    expect(not stage.feed(end), "no entry for what is known")
    stage.agent.send(upsert(stage.id("i"), "other"))
    expect(stage.ops(end) == [("upsert", "i")], "an entry for what is new")


@FEED.rule(
    "deletes", "A delete makes one entry and a tombstone; said again, or of nothing, none; the record may come back"
)
def _deletes(stage: Stage) -> None:
    stage.agent.fresh()
    gone = stage.id("gone")
    stage.agent.send(upsert(gone, "here"))
    end = stage.feed_end()
    stage.agent.send(_delete(gone), _delete(gone), _delete(stage.id("never")))
    expect(stage.ops(end) == [("delete", "gone")], "one entry for one delete")
    expect(gone not in stage.state("location"), "a deleted record is not in the current state")
    held = stage.state("location", include_deleted=True).get(gone)
    expect(held is not None and held["deleted"] is True, "a tombstone with include_deleted")
    stage.agent.send(upsert(gone, "here"))
    expect(stage.ops(end) == [("delete", "gone"), ("upsert", "gone")], "an entry for the record that is back")
    expect(gone in stage.state("location"), "the record is back in the current state")


@FEED.rule("stale", "A record that can no longer be read is marked until it is read again")
def _stale(stage: Stage) -> None:
    stage.agent.fresh()
    record_id = stage.id("stale")
    stage.agent.send(upsert(record_id, "a"), Stale(resource="location", id=record_id, reason="undecodable"))
    expect(stage.state("location")[record_id]["stale_since"], "stale_since on the record")
    stage.agent.send(upsert(record_id, "a"))
    expect(stage.state("location")[record_id]["stale_since"] is None, "no stale_since after the next upsert")


@FEED.rule(
    "state", "The current state is the last one sent, alone and in the list; a record that was never sent is refused"
)
def _state(stage: Stage) -> None:
    stage.agent.fresh()
    record_id = stage.id("s")
    stage.agent.send(upsert(record_id, "first"), upsert(record_id, "second"))
    expect(stage.state("location", limit=2)[record_id]["content"]["data"]["name"] == "second", "the last state, paged")
    one = stage.read(f"location/{record_id}").json()
    expect(one["id"] == record_id and one["content"]["data"]["name"] == "second", "the last state of one record")
    stage.read(f"location/{stage.id('nobody')}").problem(404, "record_unknown")


@FEED.rule(
    "complete", "After `complete`, what the epoch has not shown is deleted; `stale` counts as shown; again, nothing"
)
def _complete(stage: Stage) -> None:
    agent = stage.agent
    agent.fresh()
    agent.send(*(upsert(stage.id(name), name) for name in ("kept", "lost", "unread")))
    agent.fresh()
    end = stage.feed_end()
    agent.send(
        upsert(stage.id("kept"), "kept"), Stale(resource="location", id=stage.id("unread"), reason="undecodable")
    )
    expect(("delete", "lost") not in stage.ops(end), "no delete before the load is complete")
    agent.send(Complete(resource="location", count=2))
    ops = stage.ops(end)
    expect(("delete", "lost") in ops, "a delete for what the epoch has not shown")
    expect(not {("delete", "kept"), ("delete", "unread")} & set(ops), "no delete for what it has shown")
    agent.send(Complete(resource="location", count=2))
    expect(stage.ops(end) == ops, "nothing when it is said again")


@FEED.rule("mass_delete", "A load that would delete 20 or more, and more than a fifth, deletes nothing by itself")
def _mass_delete(stage: Stage) -> None:
    agent = stage.agent
    agent.fresh()
    lines = [upsert(stage.id(f"m{n}"), "m", "operatory") for n in range(_MANY)]
    agent.send(*lines)
    agent.fresh()
    agent.send(Complete(resource="operatory", count=0))
    held = stage.state("operatory")
    expect(all(line.id in held for line in lines), "records that wait for a person instead of being deleted")
    agent.fresh()
    agent.send(*lines)
    agent.send(Complete(resource="operatory", count=_MANY))
    gone = [Delete(resource="operatory", id=line.id, source=line.source) for line in lines]
    agent.send(*gone)


@RECONCILE.rule(
    "digests", "Segments of the same content do not differ; one that differs is named, and its members told"
)
def _digests(stage: Stage) -> None:
    agent = stage.agent
    agent.fresh()
    agent.send(*(upsert(stage.id(f"r{n}"), f"r{n}") for n in range(6)))
    held = {one["id"]: str(one["version"]) for one in stage.state("location").values()}
    asked = ReconcileRequest(resource="location", epoch=agent.epoch, seq=6, segments=segment_digests(held, _SEGMENTS))
    same = agent.call("POST", "reconciliations", asked).message(ReconcileResponse)
    expect(same.differing == [], "no segment that differs")
    target = stage.id("r3")
    at = segment_of(target, _SEGMENTS)
    other = segment_digests({**held, target: "0" * 32}, _SEGMENTS)
    answer = agent.call("POST", "reconciliations", asked.model_copy(update={"segments": other}))
    expect(answer.message(ReconcileResponse).differing == [at], "exactly the segment that differs")
    listing = asked.model_copy(update={"list_segments": [at]})
    members = agent.call("POST", "reconciliations", listing).message(ReconcileResponse).members
    wanted = {one: version for one, version in held.items() if segment_of(one, _SEGMENTS) == at}
    expect(members == wanted, "ids and versions of the segment asked for")


@RECONCILE.rule("ahead", "A number that the cloud has not reached is refused")
def _ahead(stage: Stage) -> None:
    agent = stage.agent
    agent.fresh()
    agent.send(upsert(stage.id("r0"), "r0"))
    asked = ReconcileRequest(resource="location", epoch=agent.epoch, seq=2, segments=[(0, "0" * 32)])
    agent.call("POST", "reconciliations", asked).problem(409, "gap")
