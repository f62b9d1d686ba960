"""What capture sends, told as conversations: the practice changes so, the outbox gets that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.capture.guard import keyed
from agent.model.reading import Accelerator, Page, Range
from tests.capture.plain import APPOINTMENT, Half, row

AUDITED = replace(APPOINTMENT, accelerators=(Accelerator("audit", "growth", 5.0),))
WINDOWED = replace(APPOINTMENT, accelerators=(Accelerator("near", "window", 5.0, 7, 90),))


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Half]:
    """An agent's half over an empty practice."""
    made = Half(tmp_path)
    yield made
    made.store.close()


def test_a_first_load_sends_everything_and_says_when_it_is_complete(half: Half) -> None:
    half.source.tables["patient"] = {(k,): row(k) for k in ("A", "B")}
    half.source.tables["appointment"] = {(n,): row(f"v{n}") for n in range(1, 6)}
    assert half.settle() == [
        "upsert patient A A",
        "upsert patient B B",
        "complete patient 2",
        *[f"upsert appointment {n} v{n}" for n in range(1, 6)],
        "complete appointment 5",
    ]
    assert set(half.causes()) == {"load"}


def test_nothing_is_sent_twice(half: Half) -> None:
    half.source.tables["patient"] = {("A",): row("Ada")}
    half.settle()
    assert half.settle() == []
    assert "digest patient" in half.source.asked


def test_changes_inserts_and_deletes_are_found_by_comparing_ranges(half: Half) -> None:
    rows = half.source.tables["appointment"]
    rows.update({(n,): row(f"v{n}") for n in range(1, 20)})
    half.settle()
    rows[(3,)] = row("moved")
    rows[(40,)] = row("new")
    del rows[(11,)]
    assert sorted(half.settle()) == ["delete appointment 11", "upsert appointment 3 moved", "upsert appointment 40 new"]


def test_a_range_that_has_grown_long_is_cut_without_losing_a_delete(half: Half) -> None:
    rows = half.source.tables["appointment"]
    rows.update({(n,): row(f"v{n}") for n in (1, 2, 900)})
    half.settle()
    del rows[(900,)]
    rows.update({(n,): row(f"v{n}") for n in range(3, 60)})
    sent = half.settle()
    assert sent.count("delete appointment 900") == 1
    assert len(sent) == 58
    assert max(fence.rows for fence in half.store.fences()["appointment"]) <= 8


def test_a_record_that_is_away_while_its_long_range_is_cut_keeps_its_id_when_it_comes_back(half: Half) -> None:
    # Text keys compare only in the database: what was known of the key stays with the rest of the range for a while.
    rows = half.source.tables["patient"]
    rows.update({(f"K{n:03d}",): row(f"v{n}", birth=f"b{n}", entered=f"e{n}") for n in (1, 2, 90)})
    half.settle()
    rows[("K001",)] = row("Bob", birth="1999", entered="2026")
    half.settle()
    away = rows.pop(("K001",))
    rows.update({(f"K{n:03d}",): row(f"v{n}") for n in range(3, 60)})
    scan = half.source.scan

    def scan_then_return(shape: str, within: Range, limit: int) -> Page:
        page = scan(shape, within, limit)
        rows.setdefault(("K001",), away)
        return page

    half.source.scan = scan_then_return
    sent = half.settle() + half.settle()
    assert [line for line in sent if "K001" in line] == []
    assert sum(("K001",) in half.store.entries(fence.id) for fence in half.store.fences()["patient"]) == 1


def test_a_record_that_changes_in_a_scan_and_is_gone_by_the_second_look_is_deleted(half: Half) -> None:
    rows = half.source.tables["appointment"]
    rows.update({(n,): row(f"v{n}") for n in (1, 2, 3)})
    half.source.dirty_reads = True
    half.settle()
    del rows[(2,)]
    half.source.uncommitted["appointment"] = {(2,): row("changed before it went")}
    assert half.settle() == ["delete appointment 2"]


def test_a_changed_salt_maps_everything_again_but_sends_only_what_maps_differently(half: Half) -> None:
    half.source.tables["patient"] = {("A",): row("Ada")}
    half.settle()
    half.source.word = b"another"
    before = len(half.source.asked)
    assert half.settle() == []
    assert "scan patient" in half.source.asked[before:]


def test_another_person_under_a_reused_key_is_a_delete_and_a_new_record(half: Half) -> None:
    rows = half.source.tables["patient"]
    rows[("7",)] = row("Ada", birth="1950", entered="2001")
    half.settle()
    rows[("7",)] = row("Ada Married", birth="1950", entered="2001")
    assert half.settle() == ["upsert patient 7 Ada Married"]
    rows[("7",)] = row("Bob", birth="1999", entered="2026")
    assert half.settle() == ["delete patient 7", "upsert patient 7~2 Bob"]


def test_a_reused_key_is_known_after_it_was_free_and_after_the_same_person_came_back(half: Half) -> None:
    rows = half.source.tables["patient"]
    rows[("7",)] = row("Ada", birth="1950", entered="2001")
    half.settle()
    ada = rows.pop(("7",))
    assert half.settle() == ["delete patient 7"]
    rows[("7",)] = ada
    assert half.settle() == ["upsert patient 7 Ada"]
    del rows[("7",)]
    half.settle()
    rows[("7",)] = row("Bob", birth="1999", entered="2026")
    assert half.settle() == ["upsert patient 7~2 Bob"]
    del rows[("7",)]
    assert half.settle() == ["delete patient 7~2"]


def test_what_cannot_be_sent_is_marked_stale_and_sent_when_it_can_be_again(half: Half) -> None:
    rows = half.source.tables["patient"]
    rows[("A",)] = row("Ada")
    half.settle()
    rows[("A",)] = row("?")
    assert half.settle() == ["stale patient A"]
    assert half.store.quarantined() == {"patient": 1}
    rows[("A",)] = row("Ada")
    assert half.settle() == ["upsert patient A Ada"]
    assert half.store.quarantined() == {}


def test_a_record_that_leaves_the_feed_is_deleted_there(half: Half) -> None:
    rows = half.source.tables["appointment"]
    rows[(1,)] = row("visit")
    half.settle()
    rows[(1,)] = row("-")
    assert half.settle() == ["delete appointment 1"]
    assert half.settle() == []


def test_many_deletes_at_once_wait_for_a_person(half: Half) -> None:
    rows = half.source.tables["appointment"]
    rows.update({(n,): row(f"v{n}") for n in range(1, 11)})
    half.settle()
    rows.clear()
    rows[(10,)] = row("changed")
    sent = half.settle()
    assert "upsert appointment 10 changed" in sent
    assert sum(line.startswith("delete") for line in sent) <= 3
    (hold,) = half.store.holds()
    assert (hold.kind, hold.shape) == ("mass_delete", "appointment")
    half.store.accept(hold.id)
    later = half.settle()
    assert sum(line.startswith("delete") for line in [*sent, *later]) == 9


def test_another_database_under_the_same_name_stops_everything_until_a_person_says_so(half: Half) -> None:
    half.source.tables["patient"][("A",)] = row("Ada")
    half.settle()
    half.source.database = "another"
    half.source.tables["patient"][("A",)] = row("Other")
    assert half.settle() == []
    assert half.capture.work.guard.halted == "database_changed"
    (hold,) = half.store.holds()
    half.clock.now += 20
    half.store.accept(hold.id)
    half.clock.now += 20
    assert half.settle() == ["upsert patient A Other"]
    assert half.store.mark("database") == keyed("another", half.store.digest_key)
    assert half.store.holds() == []


def test_a_mark_that_fell_means_a_restored_database(half: Half) -> None:
    half.source.marks = {"log": 50}
    half.settle()
    half.source.marks = {"log": 60}
    half.settle()
    half.source.marks = {"log": 20}
    half.settle()
    assert half.capture.work.guard.halted == "database_restored"


def test_nothing_is_read_while_the_pms_upgrades(half: Half) -> None:
    half.source.tables["patient"][("A",)] = row("Ada")
    half.source.halted = "pms_upgrading"
    assert half.settle() == []
    assert not any(asked.startswith("scan") for asked in half.source.asked)


def test_a_shape_that_cannot_be_read_stops_alone_and_deletes_nothing(half: Half) -> None:
    half.source.tables["patient"][("A",)] = row("Ada")
    half.source.tables["appointment"][(1,)] = row("visit")
    half.settle()
    half.source.broken.add("patient")
    half.source.tables["appointment"][(1,)] = row("moved")
    assert half.settle() == ["upsert appointment 1 moved"]
    assert half.capture.work.guard.stopped == {"patient": "column_missing"}
    half.source.broken.clear()
    half.clock.now += 120
    half.source.tables["patient"][("A",)] = row("Ada Again")
    assert half.settle() == ["upsert patient A Ada Again"]


def test_a_resource_is_not_complete_while_one_of_its_shapes_cannot_be_read(tmp_path: Path) -> None:
    stopped = replace(APPOINTMENT, id="appointment.other", stopped="table_missing:other")
    half = Half(tmp_path, APPOINTMENT, stopped)
    half.source.tables["appointment"][(1,)] = row("visit")
    assert half.settle() == ["upsert appointment 1 visit"]
    half.store.close()


def test_only_what_is_committed_counts_where_scans_show_more(half: Half) -> None:
    half.source.dirty_reads = True
    rows = half.source.tables["appointment"]
    rows.update({(1,): row("kept"), (2,): row("two")})
    half.settle()
    half.source.uncommitted["appointment"] = {(2,): row("never"), (3,): row("rolled back")}
    assert half.settle() == []
    half.source.uncommitted.clear()
    rows[(2,)] = row("real")
    assert half.settle() == ["upsert appointment 2 real"]


def test_an_audit_row_has_its_record_read_again_at_the_next_poll(tmp_path: Path) -> None:
    half = Half(tmp_path, AUDITED, rotation_seconds=1e6)
    rows = half.source.tables["appointment"]
    rows.update({(n,): row(f"v{n}") for n in range(1, 10)})
    half.settle()
    rows[(4,)] = row("moved")
    del rows[(5,)]
    half.source.named = [((4,), 1), ((5,), 2), ((77,), 3)]
    half.clock.now += 6
    for _ in range(6):
        half.clock.now += max(0.001, half.capture.step())
    assert half.lines() == ["upsert appointment 4 moved", "delete appointment 5"]
    half.store.close()


def test_a_window_shows_what_was_moved_in_it_and_out_of_it(tmp_path: Path) -> None:
    half = Half(tmp_path, WINDOWED, rotation_seconds=1e6)
    rows = half.source.tables["appointment"]
    rows.update({(n,): row(f"v{n}") for n in range(1, 10)})
    half.settle()
    rows[(4,)] = row("moved")
    del rows[(5,)]
    half.clock.now += 6
    for _ in range(8):
        half.clock.now += max(0.001, half.capture.step())
    assert sorted(half.lines()) == ["delete appointment 5", "upsert appointment 4 moved"]
    half.store.close()


def test_nothing_is_read_while_too_much_waits_for_the_cloud(tmp_path: Path) -> None:
    half = Half(tmp_path, outbox_bytes=1)
    half.source.tables["patient"][("A",)] = row("Ada")
    for _ in range(10):
        half.clock.now += half.capture.step()
    asked = list(half.source.asked)
    for _ in range(10):
        half.clock.now += half.capture.step()
    assert half.capture.full and half.source.asked == asked
    half.store.close()


def test_a_new_epoch_sends_everything_again(half: Half) -> None:
    half.source.tables["patient"][("A",)] = row("Ada")
    half.settle()
    half.store.begin_epoch(2, {"patient": {"A": 3}})
    half._read = 0
    assert half.settle() == ["upsert patient A~3 Ada", "complete patient 1", "complete appointment 0"]


def test_a_record_that_was_named_and_then_went_back_to_what_it_was_is_noticed(tmp_path: Path) -> None:
    half = Half(tmp_path, AUDITED)
    rows = half.source.tables["appointment"]
    rows[(1,)] = row("first")
    half.settle()
    rows[(1,)] = row("second")
    rows[(2,)] = row("short-lived")
    half.source.named = [((1,), 1), ((2,), 2)]
    half.clock.now += 6
    for _ in range(6):
        half.clock.now += max(0.001, half.capture.step())
    assert half.lines() == ["upsert appointment 1 second", "upsert appointment 2 short-lived"]
    rows[(1,)] = row("first")
    del rows[(2,)]
    assert half.settle() == ["upsert appointment 1 first", "delete appointment 2"]
    half.store.close()


def test_when_the_known_database_is_back_nobody_need_decide_and_no_old_consent_counts(half: Half) -> None:
    half.source.tables["patient"][("A",)] = row("Ada")
    half.settle()
    half.source.database = "another"
    half.settle()
    (hold,) = half.store.holds()
    half.source.database = "one"
    half.clock.now += 20
    half.settle()
    assert half.capture.work.guard.halted is None and half.store.holds() == []
    assert not half.store.accept(hold.id)
    half.source.database = "third"
    half.clock.now += 100
    half.settle()
    assert half.capture.work.guard.halted == "database_changed"
    (hold,) = half.store.holds()
    half.store.accept(hold.id)
    half.source.database = "fourth"
    half.clock.now += 100
    half.settle()
    assert half.capture.work.guard.halted == "database_changed"


def test_a_hold_of_many_deletes_is_withdrawn_when_the_records_are_back(half: Half) -> None:
    rows = half.source.tables["appointment"]
    rows.update({(n,): row(f"v{n}") for n in range(1, 11)})
    half.settle()
    kept = dict(rows)
    rows.clear()
    half.settle()
    assert [hold.kind for hold in half.store.holds()] == ["mass_delete"]
    rows.update(kept)
    for _ in range(3):
        half.clock.now += 100
        half.settle()
    assert half.store.holds() == []
