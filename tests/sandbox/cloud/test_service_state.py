"""What changes do to the feed and to the current state; completing, holds, reconcile, totals."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from agent.model.canonical import SEGMENT_MODULUS, member_digest, segment_of
from agent.wire.cloud import Enrolled, Heartbeat, Message, Problem, ReconcileRequest, ReconcileResponse
from sandbox.cloud.reading import PracticeStatus
from sandbox.cloud.service import Cloud
from sandbox.cloud.totals import Totals
from tests import servers
from tests.sandbox.cloud.sender import Moment, Sender, complete, delete, enrolled, memory_cloud, stale, upsert


class Place:
    """A cloud, its agent and what it sends."""

    def __init__(self, url: str = "sqlite://") -> None:
        self.cloud: Cloud
        self.clock: Moment
        self.cloud, self.clock = memory_cloud(url)
        self.agent: Enrolled = enrolled(self.cloud)
        self.sender = Sender()
        self.sender.begin(self.cloud, self.agent.agent_id)

    def send(self, *lines: Message) -> None:
        chunk = self.sender.add(*lines)
        answer = self.cloud.accept_batch(self.agent.agent_id, self.sender.batch(chunk, chunk))
        assert not isinstance(answer, Problem), answer

    def new_epoch(self) -> None:
        self.sender.begin(self.cloud, self.agent.agent_id)

    @property
    def feed(self) -> list[dict[str, Any]]:
        return [orjson.loads(one) for one in self.cloud.changes(self.agent.practice_id, 0, 1000)[0]]

    def names(self, resource: str = "location") -> dict[str, str]:
        held = self.cloud.held(self.agent.practice_id, resource)
        return {one: record.data["name"] for one, record in held.items()}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "sqlite":
        place = Place()
        yield place
        place.cloud.close()
        return
    server: servers.Server = request.getfixturevalue("postgresql_server")
    database = server.fresh()
    place = Place(f"postgresql://practice@127.0.0.1:{server.port}/{database.name}")
    yield place
    place.cloud.close()
    server.drop(database)


def test_the_feed_keeps_every_change_and_the_state_the_last(place: Place) -> None:
    place.send(upsert("L1", "a"), upsert("L2", "b"), upsert("L1", "c"), delete("L2"))
    place.send(upsert("L2", "d"))
    assert place.names() == {"L1": "c", "L2": "d"}
    assert [(one["feed_seq"], one["op"], one["id"]) for one in place.feed] == [
        (1, "upsert", "L1"),
        (2, "upsert", "L2"),
        (3, "upsert", "L1"),
        (4, "delete", "L2"),
        (5, "upsert", "L2"),
    ]
    entry = place.feed[0]
    assert entry["source"] == {"pms": "invented", "pms_version": "9.1", "table": "places", "key": ["L1"]}
    assert (entry["epoch"], entry["seq"], entry["data"]["name"]) == (1, 1, "a")


def test_a_state_sent_again_changes_nothing(place: Place) -> None:
    place.send(upsert("L1", "a"), delete("L9"))
    place.send(upsert("L1", "a"), upsert("L1", "a"), delete("L9"))
    assert len(place.feed) == 1
    place.send(delete("L1"))
    place.send(delete("L1"))
    assert len(place.feed) == 2


def test_a_stale_record_keeps_its_data_until_it_can_be_read_again(place: Place) -> None:
    place.send(upsert("L1", "a"), stale("L1"), stale("L1"), stale("L9"))
    held = place.cloud.held(place.agent.practice_id, "location")
    assert held["L1"].stale_since == "2026-03-02T11:59:58Z"
    assert held["L1"].data["name"] == "a"
    place.send(upsert("L1", "a"))
    assert place.cloud.held(place.agent.practice_id, "location")["L1"].stale_since is None
    assert [one["op"] for one in place.feed] == ["upsert", "stale", "upsert"]


def test_a_record_made_and_deleted_in_one_batch_is_a_tombstone(place: Place) -> None:
    place.send(upsert("L1", "a"), delete("L1"))
    assert place.names() == {}
    assert place.cloud.held(place.agent.practice_id, "location", include_deleted=True)["L1"].deleted


def test_a_complete_load_turns_what_was_not_shown_into_deletes(place: Place) -> None:
    place.send(*(upsert(f"L{n}", "a") for n in range(10)), upsert("P1", "p", "provider"))
    place.new_epoch()
    place.send(*(upsert(f"L{n}", "a") for n in range(7)), stale("L7"))
    assert len(place.names()) == 10
    place.send(complete(count=7))
    assert sorted(place.names()) == [f"L{n}" for n in range(8)]
    assert place.names("provider") == {"P1": "p"}
    before = place.feed
    place.send(complete(count=7))
    assert place.feed == before
    gone = before[-1]
    assert (gone["op"], gone["id"], gone["epoch"], gone["source"]["table"]) == ("delete", "L9", 2, "places")


def test_a_complete_amid_a_batch_sees_what_came_before_it(place: Place) -> None:
    place.send(upsert("L1", "a"), upsert("L2", "a"))
    place.new_epoch()
    place.send(upsert("L1", "b"), complete(count=1), upsert("L3", "c"))
    assert place.names() == {"L1": "b", "L3": "c"}


def test_suspiciously_many_deletes_wait_for_a_person(place: Place) -> None:
    place.send(*(upsert(f"L{n}", "a") for n in range(100)))
    place.new_epoch()
    place.send(*(upsert(f"L{n}", "a") for n in range(79)), complete(count=79))
    place.send(complete(count=79))
    assert len(place.names()) == 100
    (hold,) = place.cloud.holds(place.agent.practice_id)
    assert (hold.missing, hold.present, hold.state) == (21, 100, "open")
    place.send(upsert("L99", "it is here after all"))
    assert place.cloud.accept_hold(hold.hold_id) == 20
    assert len(place.names()) == 80
    assert place.feed[-1]["seq"] is None
    assert isinstance(place.cloud.accept_hold(hold.hold_id), Problem)
    assert place.cloud.holds(place.agent.practice_id) == []


def test_a_later_whole_load_settles_an_open_hold(place: Place) -> None:
    place.send(*(upsert(f"L{n}", "a") for n in range(30)))
    place.new_epoch()
    place.send(complete(count=0))
    assert len(place.cloud.holds(place.agent.practice_id)) == 1
    place.new_epoch()
    place.send(*(upsert(f"L{n}", "a") for n in range(30)), complete(count=30))
    assert place.cloud.holds(place.agent.practice_id) == []
    assert len(place.names()) == 30


@pytest.mark.parametrize("hold_id", ["", "x", "nobody.1", "p.x", "nobody.99999999999999999999"])
def test_holds_that_do_not_exist_are_refused(hold_id: str) -> None:
    assert isinstance(memory_cloud()[0].accept_hold(hold_id), Problem)


def test_pages_of_the_state_miss_nothing_that_changes_meanwhile(place: Place) -> None:
    place.send(*(upsert(f"L{n}", "a") for n in range(7)))
    seen: dict[str, str] = {}
    cursor: str | None = None
    for turn in range(9):
        answer = place.cloud.records(place.agent.practice_id, "location", cursor=cursor, limit=2)
        assert not isinstance(answer, Problem)
        seen.update({one["id"]: one["content"]["data"]["name"] for one in map(orjson.loads, answer[0])})
        if (cursor := answer[1]) is None:
            break
        if turn == 1:
            place.send(upsert("L0", "changed"), upsert("L6", "changed"))
    assert seen == place.names()


def test_updated_since_and_deleted_records_are_found(place: Place) -> None:
    place.send(upsert("L1", "a"), upsert("L2", "a"))
    place.clock.go(hours=1)
    place.send(delete("L2"), upsert("L3", "a"))

    def asked(**how: Any) -> list[str]:
        answer = place.cloud.records(place.agent.practice_id, "location", **how)
        assert not isinstance(answer, Problem), answer
        return [orjson.loads(one)["id"] for one in answer[0]]

    assert asked() == ["L1", "L3"]
    assert asked(include_deleted=True) == ["L1", "L2", "L3"]
    assert asked(updated_since="2026-03-02T13:30:00+01:00", include_deleted=True) == ["L2", "L3"]
    for wrong in ("yesterday", "2026-03-02T13:30:00"):
        assert isinstance(place.cloud.records(place.agent.practice_id, "location", updated_since=wrong), Problem)
    for wrong in ("x", "!!", "Yzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "é"):
        assert isinstance(place.cloud.records(place.agent.practice_id, "location", cursor=wrong), Problem)


def test_reconcile_names_the_segments_that_differ_and_their_members(place: Place) -> None:
    names = [f"L{n}" for n in range(50)]
    place.send(*(upsert(one, "a") for one in names), delete("L3"))
    held = place.cloud.held(place.agent.practice_id, "location")
    ours = {one: record.version for one, record in held.items()}
    ours["L7"] = "f" * 32
    segments = [[0, 0] for _ in range(8)]
    for one, version in ours.items():
        segments[segment_of(one, 8)][0] += 1
        segments[segment_of(one, 8)][1] += member_digest(one, version)
    told = [(count, f"{total % SEGMENT_MODULUS:032x}") for count, total in segments]
    request = ReconcileRequest(resource="location", epoch=1, seq=51, segments=told)
    answer = place.cloud.reconcile(place.agent.agent_id, request)
    assert isinstance(answer, ReconcileResponse)
    assert answer.differing == [segment_of("L7", 8)]
    listed = place.cloud.reconcile(place.agent.agent_id, request.model_copy(update={"list_segments": answer.differing}))
    assert isinstance(listed, ReconcileResponse)
    expected = {one for one in held if segment_of(one, 8) == segment_of("L7", 8)}
    assert set(listed.members) == expected


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"seq": 99}, "gap"),
        ({"epoch": 9}, "epoch_required"),
        ({"segments": []}, "bad_request"),
        ({"list_segments": [8]}, "bad_request"),
        ({"list_segments": [-1]}, "bad_request"),
    ],
)
def test_a_reconcile_that_cannot_be_answered_is_refused(change: dict[str, Any], code: str) -> None:
    place = Place()
    place.send(upsert("L1", "a"))
    request = ReconcileRequest(resource="location", epoch=1, seq=1, segments=[(0, "")] * 8)
    answer = place.cloud.reconcile(place.agent.agent_id, request.model_copy(update=change))
    assert isinstance(answer, Problem)
    assert answer.code == code


def test_totals_are_exact_and_leave_out_what_was_voided(place: Place) -> None:
    def entry(record_id: str, kind: str, amount: Any, **fields: Any) -> Message:
        said = {"kind": kind, "amount": amount, "date": "2026-03-01", "location_id": "L1", "status": "active"}
        return upsert(record_id, "x", "ledger_entry", **(said | fields))

    place.send(*(entry(f"c{n}", "charge", "0.10") for n in range(30)))
    place.send(
        entry("p1", "payment", "-1.005"),
        entry("v1", "charge", "9.00", status="voided"),
        entry("d1", "charge", "9.00"),
        delete("d1", "ledger_entry"),
        entry("n1", "charge", None),
        entry("o1", "charge", "1e400"),
        entry("z1", "charge", "a\0b", location_id="x\0y"),
        entry("l1", "charge", "5.00", date="2026-04-01"),
        upsert("a1", "x", "appointment", status="booked", start="2026-03-01T09:00:00", location_id="L1"),
        upsert("a2", "x", "appointment", status="waitlist", start=None, location_id="L1"),
    )
    found = place.cloud.totals(place.agent.practice_id, "2026-03-01", "2026-03-31")
    assert isinstance(found, Totals)
    assert [(one.location_id, one.kind, one.count, one.amount) for one in found.ledger] == [
        (None, "charge", 1, "0.00"),
        ("L1", "charge", 32, "3.00"),
        ("L1", "payment", 1, "-1.005"),
    ]
    assert [(one.kind, one.count, one.amount) for one in found.appointments] == [("booked", 1, None)]


def test_the_status_tells_loads_holds_and_the_last_heartbeat(place: Place) -> None:
    place.send(upsert("L1", "a"), complete(count=1))
    for turn in ("bad", "good"):
        place.clock.go(minutes=5)
        beat = Heartbeat(sent_at="2026-03-02T12:00:00Z", agent_version="1", status={"healthy": turn})
        assert not isinstance(place.cloud.heartbeat(place.agent.agent_id, beat), Problem)
    status = place.cloud.status(place.agent.practice_id)
    assert isinstance(status, PracticeStatus)
    assert (status.epoch, status.acked_seq, status.feed_seq) == (1, 2, 1)
    assert [(one.resource, one.claimed, one.seen) for one in status.loads] == [("location", 1, 1)]
    assert status.heartbeat == {"healthy": "good"}
    assert status.heartbeat_at == "2026-03-02T12:10:00.000000Z"


def test_two_practices_do_not_see_each_other(place: Place) -> None:
    place.send(upsert("L1", "a"))
    other = enrolled(place.cloud, "Oak")
    sender = Sender()
    sender.begin(place.cloud, other.agent_id)
    sender.add(upsert("L1", "theirs"), complete(count=1))
    assert not isinstance(place.cloud.accept_batch(other.agent_id, sender.batch(0, 0)), Problem)
    assert place.names() == {"L1": "a"}
    assert {one.name: one.feed_seq for one in place.cloud.practices()} == {"Elm": 1, "Oak": 1}


@pytest.mark.servers
def test_many_at_once_on_postgresql_end_in_one_order(
    postgresql: servers.Database, postgresql_server: servers.Server
) -> None:
    url = f"postgresql://practice@127.0.0.1:{postgresql_server.port}/{postgresql.name}"
    place = Place(url)
    for n in range(12):
        place.sender.add(*(upsert(f"L{n}-{one}", "a") for one in range(20)))
    together = threading.Barrier(4)
    problems: list[Problem] = []

    def send() -> None:
        together.wait()
        for n in range(12):
            answer = place.cloud.accept_batch(place.agent.agent_id, place.sender.batch(0, n))
            if isinstance(answer, Problem):
                problems.append(answer)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert [one["feed_seq"] for one in place.feed] == list(range(1, 241))
    assert [one["seq"] for one in place.feed] == list(range(1, 241))
    place.cloud.close()
