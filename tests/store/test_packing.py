"""Packing: what goes into a blob comes out of it, whatever the keys are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.model.reading import Key, Range
from agent.model.state import Entry
from agent.store.packing import pack_bounds, pack_entries, pack_key, unpack_bounds, unpack_entries, unpack_key

part = st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8)
keys: st.SearchStrategy[Key] = st.lists(part, min_size=1, max_size=3).map(tuple)
digest = st.binary(min_size=16, max_size=16)
entries = st.builds(
    Entry,
    digest,
    st.just(b"") | digest.filter(any),
    st.integers(1, 300),
    st.lists(st.just(b"") | st.binary(min_size=8, max_size=8), max_size=3).map(tuple),
)


@given(st.none() | keys)
def test_a_key_comes_back(key: Key | None):
    assert unpack_key(pack_key(key)) == key


@given(st.none() | keys, st.none() | keys)
def test_bounds_come_back(after: Key | None, upto: Key | None):
    assert unpack_bounds(pack_bounds(Range(after, upto))) == Range(after, upto)


@given(st.dictionaries(keys, entries, max_size=20))
def test_entries_come_back_in_their_order(known: dict[Key, Entry]):
    found = unpack_entries(pack_entries(known))
    assert found == known and list(found) == list(known)


def test_a_thousand_usual_entries_take_little_room():
    known = {(n,): Entry(bytes([1]) * 16, bytes([2]) * 16) for n in range(1_000_000, 1_001_024)}
    assert len(pack_entries(known)) < 1024 * 38
