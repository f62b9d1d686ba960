"""The store writes whole steps or nothing, and refuses what it cannot use."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agent.model.errors import Terminal
from agent.model.reading import Range
from agent.model.state import Commit, Entry, Former, NewFence, ShapeState
from agent.store.outbox import EpochChanged
from agent.store.schema import VERSION
from agent.store.sealing import Seal
from agent.store.store import Store, open_store
from tests.store.conftest import MASTER, frame, loaded


class Crash(BaseException):
    """The process dies."""


def test_a_step_that_dies_before_its_commit_leaves_nothing_and_after_it_everything(path: Path) -> None:
    at = ""

    def seam(name: str) -> None:
        if name == at:
            raise Crash

    for at, kept in (("transaction begun", False), ("before commit", False), ("after commit", True)):
        path.unlink(missing_ok=True)
        dying = at
        at = ""
        store = Store(path, Seal(MASTER), lambda: 1.0, seam)
        store.begin_epoch(1, {})
        commit = loaded(store)
        at = dying
        with pytest.raises(Crash):
            store.commit(commit, frame(commit))
        at = ""
        store.close()
        again = Store(path, Seal(MASTER), lambda: 1.0)
        assert bool(again.fences()) is kept
        assert (again.outbox.place.next_seq == 2) is kept
        assert bool(again.outbox.pending(1000)) is kept
        again.close()


def test_fences_come_back_in_order_after_a_split(store: Store) -> None:
    entries = {(k,): Entry(bytes(16), bytes(16)) for k in (1, 2)}
    first = NewFence(Range(None, (10,)), b"a", b"s", entries)
    last = NewFence(Range((10,), None), b"b", b"s", {})
    numbers = store.commit(Commit(1, fences=[(None, "patient", [first]), (None, "patient", [last])]))
    halves = [NewFence(Range(None, (5,)), b"c", b"s", entries), NewFence(Range((5,), (10,)), b"", b"s", {})]
    store.commit(Commit(1, fences=[(numbers["patient"][0], "patient", halves)]))
    assert [f.within.upto for f in store.fences()["patient"]] == [(5,), (10,), None]
    assert [f.within.after for f in store.fences()["patient"]] == [None, (5,), (10,)]
    head = store.fences()["patient"][0]
    assert {k: e.digest for k, e in store.entries(head.id).items()} == {k: e.digest for k, e in entries.items()}


def test_entries_keep_versions_incarnations_and_identities(store: Store) -> None:
    entries = {
        ("A1",): Entry(b"1" * 16, b"2" * 16, 3, (b"n" * 8, b"", b"d" * 8)),
        ("B",): Entry(b"4" * 16, b""),
    }
    numbers = store.commit(Commit(1, fences=[(None, "patient", [NewFence(Range(None, None), b"d", b"s", entries)])]))
    assert store.entries(numbers["patient"][0]) == entries


def test_a_new_epoch_forgets_everything_but_formers_and_marks(store: Store) -> None:
    commit = loaded(store)
    commit.dirty.append(("patient", (7,)))
    commit.cursors["a"] = 5
    commit.marks["database"] = "x"
    commit.states.append(ShapeState("patient", "patient", True, (1,), 1))
    commit.former[("patient", "7")] = Former(1, (b"n" * 8, b"b" * 8, b"e" * 8))
    store.commit(commit, frame(commit))
    store.begin_epoch(2, {"patient": {"9": 4}})
    assert store.fences() == {} and store.states() == {} and store.dirty() == [] and store.cursor("a") is None
    assert store.outbox.place.epoch == 2 and store.outbox.place.next_seq == 1 and not store.outbox.pending(100)
    assert store.mark("database") == "x"
    assert store.former("patient", "7") == Former(1, (b"n" * 8, b"b" * 8, b"e" * 8))
    assert store.former("patient", "9") == Former(4, ())


def test_a_step_planned_in_another_epoch_is_refused(store: Store) -> None:
    commit = loaded(store)
    store.begin_epoch(2, {})
    with pytest.raises(EpochChanged):
        store.commit(commit, frame(commit))
    assert store.outbox.place.next_seq == 1


def test_dirty_keys_are_kept_once_until_they_are_clean(store: Store) -> None:
    store.commit(Commit(1, dirty=[("patient", ("A",)), ("patient", ("A",)), ("appointment", (5,))]))
    store.commit(Commit(1, dirty=[("patient", ("A",))]))
    assert sorted(store.dirty()) == [("appointment", (5,)), ("patient", ("A",))]
    store.commit(Commit(1, clean=[("patient", ("A",))]))
    assert store.dirty() == [("appointment", (5,))]


def test_a_hold_is_opened_once_and_closed_by_a_person(store: Store) -> None:
    for _ in range(2):
        store.commit(Commit(1, hold=("mass_delete", "patient", {"deletes": 9})))
    (hold,) = store.holds()
    assert not store.accepted("mass_delete", "patient", 0.0)
    assert store.accept(hold.id) and not store.accept(hold.id)
    assert store.holds() == [] and store.accepted("mass_delete", "patient", 0.0)
    assert not store.accepted("mass_delete", "patient", 2000.0)


@pytest.mark.parametrize("harm", ["cut", "garbage", "other key", "altered", "torn"])
def test_a_store_that_cannot_be_used_is_set_aside_and_begun_anew(path: Path, harm: str) -> None:
    store = Store(path, Seal(MASTER), lambda: 1.0)
    store.begin_epoch(3, {})
    commit = loaded(store)
    store.commit(commit, frame(commit))
    store.close()
    content = path.read_bytes()
    master = MASTER
    if harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif harm == "garbage":
        path.write_bytes(b"not a database at all" * 100)
    elif harm == "torn":  # SQLite sees nothing wrong in a blob of which a part was never written
        changed = sqlite3.connect(path)
        changed.execute("UPDATE entries SET sealed = substr(sealed, 1, 20) || zeroblob(length(sealed) - 20)")
        changed.commit()
        changed.close()
    elif harm == "altered":
        changed = sqlite3.connect(path)
        changed.execute("UPDATE meta SET value = zeroblob(length(value)) WHERE name = 'canary'")
        changed.commit()
        changed.close()
    else:
        master = bytes(32)
    again, aside = open_store(path, Seal(master), lambda: 1.0, "now")
    assert aside is not None and aside.exists()
    assert again.outbox.place.epoch == 0 and again.fences() == {}
    again.close()


def test_a_store_of_a_newer_layout_is_refused_and_left_alone(path: Path) -> None:
    Store(path, Seal(MASTER), lambda: 1.0).close()
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {VERSION + 1000}")
    newer.close()
    with pytest.raises(Terminal) as refused:
        open_store(path, Seal(MASTER), lambda: 1.0, "now")
    assert refused.value.code == "store_newer"
    assert list(path.parent.glob("*aside*")) == []


def test_neither_keys_nor_content_lie_readable_on_the_disk(path: Path) -> None:
    store = Store(path, Seal(MASTER), lambda: 1.0)
    store.begin_epoch(1, {})
    secret = "CANARY77"
    entry = Entry(bytes(16), bytes(16))
    commit = Commit(1, lines=[b'{"name":"%s"}' % secret.encode()])
    commit.fences.append((None, "patient", [NewFence(Range((secret,), (secret,)), b"d", b"s", {(secret,): entry})]))
    commit.dirty.append(("patient", (secret,)))
    commit.cursors["x"] = [secret]
    commit.marks["x"] = {"patient": secret}
    commit.quarantine.append(("patient", (secret,), "key_unusable"))
    commit.states.append(ShapeState("patient", "patient", False, (secret,), 1))
    commit.former[("patient", secret)] = Former(1, ())
    store.commit(commit, lambda _: b"\n".join(commit.lines))
    for file in path.parent.iterdir():
        assert secret.encode() not in file.read_bytes(), file.name
    store.close()
    for file in path.parent.iterdir():
        assert secret.encode() not in file.read_bytes(), file.name
