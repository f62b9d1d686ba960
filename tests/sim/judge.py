"""The judge: were the promises kept?

P1  after quiet, the cloud holds exactly what the practice holds (the front desk's own model says what that is)
P2  what the store believes to be sent is held by the cloud or waits in the outbox
P3  nothing has left the outbox that the cloud has not acknowledged
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import zstandard

from agent.capture.changes import UNSENDABLE, with_incarnation
from agent.capture.reconcile import Reconcile
from agent.model.resources import RESOURCES
from sandbox.practice.oracle import compare, expected

if TYPE_CHECKING:
    from tests.sim.world import World


class Broken(AssertionError):
    """A promise was broken."""


def all_is_well(world: World) -> None:
    """The cloud holds exactly what the practice holds; reconcile says so too; the store believes the truth."""
    check_store(world)
    check_identities(world)
    if world.history is not None:
        world.history.check(world)
    got = {resource: held(world, resource) for resource in RESOURCES}
    # The practice counts holders of a key that no poll has ever seen, so incarnations are not compared.
    differences = compare(expected(world.practice), got, incarnations=False)
    if differences:
        shown = "; ".join(str(difference) for difference in differences[:8])
        raise Broken(f"{len(differences)} differences: {shown}")
    reconcile = Reconcile(world.capture, world.network)
    for _ in reconcile.run():
        world.capture.step()
        world.upload.step()
        world.clock.advance(0.05)
    if not all(outcome.clean for outcome in reconcile.outcomes):
        raise Broken(f"reconcile: {[o for o in reconcile.outcomes if not o.clean]}")


def check_identities(world: World) -> None:
    """No id has ever passed from one person to another, except across an epoch, where nobody could know."""
    last: dict[str, tuple[int, tuple[Any, ...]]] = {}
    after, more = 0, True
    while more:
        entries, after, more = world.cloud.changes(world.practice_id, after)
        for entry in map(orjson.loads, entries):
            if entry["resource"] != "patient" or entry["op"] != "upsert":
                last.pop(entry["id"], None)
                continue
            data = entry["data"]
            now = (f"{data['first_name']} {data['last_name']}", data["birth_date"], data.get("entered_date"))
            epoch, before = last.get(entry["id"], (0, now))
            if epoch == entry["epoch"] and all(a and b and a != b for a, b in zip(before, now, strict=True)):
                raise Broken("an id passed from one person to another")
            last[entry["id"]] = (entry["epoch"], now)


def held(world: World, resource: str) -> dict[str, dict[str, Any]]:
    """What the cloud holds of a resource."""
    return {i: r.data for i, r in world.cloud.held(world.practice_id, resource).items()}


def check_acknowledged(world: World) -> None:
    """P3: the outbox has let go of nothing that the cloud has not said to hold."""
    place = world.store.outbox.place
    if place.epoch and place.acked_seq > world.network.durable.get(place.epoch, 0):
        raise Broken(f"P3: acknowledged {place.acked_seq} of epoch {place.epoch} without the cloud")


def check_store(world: World) -> None:
    """P2: every record that the store believes to be sent is held by the cloud or waits in the outbox."""
    place = world.store.outbox.place
    if place.epoch == 0 or (place.epoch not in world.network.durable and place.acked_seq):
        return
    waiting: dict[tuple[str, str], str | None] = {}
    for chunk in world.store.outbox.pending(1 << 40):
        for line in zstandard.decompress(chunk.frame).split(b"\n")[1:]:
            told = orjson.loads(line)
            if told["op"] != "complete":
                waiting[(told["resource"], told["id"])] = told.get("version")
    cloud = {resource: world.cloud.held(world.practice_id, resource) for resource in RESOURCES}
    if world.network.durable.get(place.epoch, 0) != place.acked_seq:
        return  # a store restored from a copy: its place is settled when the next session begins
    for name, fences in world.store.fences().items():
        resource = name.split(".")[0]
        for fence in fences:
            for key, entry in world.store.entries(fence.id).items():
                if not entry.version or entry.version == UNSENDABLE:
                    continue
                base = world.way.id_of(name, key)
                record_id = with_incarnation(base, entry.incarnation)
                if (resource, record_id) in waiting:
                    version = waiting[(resource, record_id)]
                else:
                    record = cloud[resource].get(record_id)
                    version = None if record is None else record.version
                if version != entry.version.hex():
                    raise Broken(f"P2: {name}: a record counts as sent that was not")
