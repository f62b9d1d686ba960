"""The rotation: every range comes round, the one that waited longest first, and ranges follow what was committed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.capture.rotation import Rotation
from agent.model.reading import Range
from agent.model.state import Fence, NewFence
from tests.capture.plain import APPOINTMENT, PATIENT

EVERY = {"appointment": 60.0, "patient": 60.0}


def fence(number: int, shape: str, after: int | None, upto: int | None, checked: float = 0.0) -> Fence:
    def key(part: int | None) -> tuple[int] | None:
        return None if part is None else (part,)

    return Fence(number, shape, Range(key(after), key(upto)), b"d", b"s", 1, checked)


def rotation(*fences: Fence) -> Rotation:
    shapes: dict[str, list[Fence]] = {}
    for one in fences:
        shapes.setdefault(one.shape, []).append(one)
    return Rotation(shapes, EVERY)


def turns(made: Rotation, ready: set[str], now: float, count: int) -> list[int]:
    """Which ranges are compared one after the other, a second apart."""
    seen = []
    for _ in range(count):
        found = made.next(ready, now)
        assert found is not None
        now = max(now, found[0]) + 1.0
        made.checked(found[1], now, now)
        seen.append(found[1].id)
    return seen


def test_after_a_start_the_range_that_was_compared_longest_ago_comes_first():
    made = rotation(
        fence(1, "appointment", None, 10, 500.0),
        fence(2, "appointment", 10, None, 300.0),
        fence(3, "patient", None, None),
    )
    assert turns(made, {"appointment", "patient"}, 1000.0, 3) == [3, 2, 1]


def test_every_range_comes_round_and_none_twice_before_its_time():
    made = rotation(*(fence(n, "appointment", n, n + 1, float(n)) for n in range(1, 6)))
    assert turns(made, {"appointment"}, 1000.0, 15) == [1, 2, 3, 4, 5] * 3
    made = rotation(fence(1, "appointment", None, None))
    made.checked(made.of("appointment")[0], 1000.0, 1000.0)
    assert (made.next({"appointment"}, 1001.0) or [0.0])[0] == 1060.0


def test_quick_shapes_go_first_and_let_others_by_while_they_rest():
    made = rotation(fence(1, "appointment", None, None), fence(2, "patient", None, None))
    made.every({"appointment": 5.0, "patient": 30.0}, frozenset({"patient"}))
    assert turns(made, {"appointment", "patient"}, 0.0, 3) == [2, 1, 1]


def test_quick_shapes_that_are_always_due_leave_every_other_turn_to_the_others():
    quick = [fence(number, "patient", number, number + 1) for number in range(3)]
    made = rotation(fence(7, "appointment", None, 10), fence(8, "appointment", 10, None), *quick)
    made.every({"appointment": 2.0, "patient": 0.5}, frozenset({"patient"}))
    seen = turns(made, {"appointment", "patient"}, 0.0, 12)
    assert seen[::2] == [0, 1, 2, 0, 1, 2]
    assert seen[1::2] == [7, 8, 7, 8, 7, 8]


def test_shapes_that_are_not_ready_are_passed_over_and_come_when_they_are():
    made = rotation(fence(1, "appointment", None, None, 1.0), fence(2, "patient", None, None, 2.0))
    assert turns(made, {"patient"}, 0.0, 1) == [2]
    assert made.next(set(), 0.0) is None
    assert turns(made, {"appointment", "patient"}, 1.0, 1) == [1]


def test_a_shape_that_is_hastened_is_due_at_once():
    made = rotation(fence(1, "appointment", None, 5), fence(2, "appointment", 5, None))
    turns(made, {"appointment"}, 0.0, 2)
    assert made.seen_since("appointment", 0.0) and not made.seen_since("appointment", 1.5)
    made.hasten("appointment")
    found = made.next({"appointment"}, 3.0)
    assert found is not None and found[0] == 0.0


def test_a_range_that_was_cut_gives_way_to_its_parts_and_the_unread_rest_is_due_at_once():
    made = rotation(fence(1, "appointment", None, 5), fence(2, "appointment", 5, 90), fence(3, "appointment", 90, None))
    turns(made, {"appointment"}, 0.0, 3)
    old = made.of("appointment")[1]
    new = [NewFence(Range((5,), (40,)), b"d", b"s", {}), NewFence(Range((40,), (90,)), b"", b"s", {}, unread=True)]
    made.replace(old, APPOINTMENT, new, [7, 8], 10.0, 10.0)
    assert [one.id for one in made.of("appointment")] == [1, 7, 8, 3]
    assert not made.seen_since("appointment", 0.0)
    found = made.next({"appointment"}, 10.0)
    assert found is not None and (found[0], found[1].id) == (0.0, 8)
    assert made.oldest("appointment") == 0.0


def test_a_key_is_located_where_it_lies_and_text_keys_by_the_database_only():
    made = rotation(fence(1, "appointment", None, 10), fence(2, "appointment", 10, 20))
    assert [getattr(made.locate(APPOINTMENT, (key,)), "id", None) for key in (-5, 10, 11, 20, 21)] == [1, 1, 2, 2, None]
    last = fence(3, "appointment", 20, None)
    made = rotation(*made.of("appointment"), last)
    assert made.locate(APPOINTMENT, (10**9,)) is last
    assert rotation(fence(4, "patient", None, None)).locate(PATIENT, ("A",)) is None
    assert rotation().locate(APPOINTMENT, (1,)) is None


def test_a_range_of_which_single_records_were_read_is_looked_into_at_its_next_turn():
    made = rotation(fence(1, "appointment", None, None))
    made.renewed(1, 17)
    one = made.of("appointment")[0]
    assert (one.digest, one.rows) == (b"", 17)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(1, 6))
def test_whatever_is_hastened_no_range_waits_longer_than_all_others_take(events, count):
    made = rotation(*(fence(n, "appointment" if n % 2 else "patient", n, n + 1, float(n)) for n in range(1, count + 1)))
    now, seen = 0.0, dict.fromkeys(range(1, count + 1), 0.0)
    for event in events:
        if event == 0:
            made.hasten("patient")
        found = made.next({"appointment", "patient"}, now)
        assert found is not None
        now = max(now, found[0]) + 1.0
        made.checked(found[1], now, now)
        seen[found[1].id] = now
        assert now - min(seen.values()) <= 60.0 + 2 * count + sum(one == 0 for one in events)
