"""Sealing: what lies on the disk tells nothing, is tied to its place, and shows when it was altered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.errors import StoreDamaged, Terminal
from agent.store.sealing import MASTER_KEY_BYTES, Seal, new_master_key

SEAL = Seal(bytes(range(32)))


@given(st.binary(max_size=200), st.binary(max_size=10))
def test_what_was_sealed_can_be_opened_where_it_belongs(plain: bytes, purpose: bytes):
    assert SEAL.unseal(SEAL.seal(plain, purpose), purpose) == plain


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_single_bit_shows(plain: bytes, data: st.DataObject):
    sealed = bytearray(SEAL.seal(plain, b"key"))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8
    with pytest.raises(StoreDamaged):
        SEAL.unseal(bytes(sealed), b"key")


def test_a_value_moved_to_another_place_or_under_another_key_cannot_be_opened():
    sealed = SEAL.seal(b"Ada", b"key")
    for seal, purpose in ((SEAL, b"entries"), (Seal(bytes(32)), b"key")):
        with pytest.raises(StoreDamaged) as broken:
            seal.unseal(sealed, purpose)
        assert broken.value.code == "seal_broken"


@pytest.mark.parametrize("found", [b"", b"short", bytes(11), bytes(12), bytes(27), None, 7, "text"])
def test_what_is_no_sealed_value_at_all_is_damage_too(found: object):
    with pytest.raises(StoreDamaged):
        SEAL.unseal(found, b"key")


def test_the_same_value_never_looks_the_same_twice():
    assert len({SEAL.seal(b"Ada", b"key") for _ in range(100)}) == 100


def test_references_stand_for_keys_and_tell_nothing_without_the_key():
    reference = SEAL.reference("patient", "7")
    assert reference == SEAL.reference("patient", "7") and len(reference) == 16
    others = {SEAL.reference("patient", "8"), SEAL.reference("patient7"), Seal(bytes(32)).reference("patient", "7")}
    assert reference not in others and len(others) == 3
    assert SEAL.digest_key not in (bytes(range(32)), reference)


def test_a_key_of_the_wrong_length_is_refused_with_a_remedy():
    with pytest.raises(Terminal) as refused:
        Seal(b"short")
    assert refused.value.code == "key_unusable"
    assert len(new_master_key()) == MASTER_KEY_BYTES and new_master_key() != new_master_key()
