"""The canonical encoding and what is hashed over it: part of the contract, so it never changes by accident."""

from __future__ import annotations

import json
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agent.model.canonical import SEGMENT_MODULUS, encode, member_digest, segment_of, version_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text("abcå_", max_size=4), inside, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.text("abcxyz_", min_size=1, max_size=6), VALUES, max_size=6)


def test_the_bytes_are_those_of_the_contract():
    record = {"last_name": "Ångström", "active": True, "amount": "-12.50", "phones": [{"type": "home", "raw": "1"}]}
    text = '{"active":true,"amount":"-12.50","last_name":"Ångström","phones":[{"raw":"1","type":"home"}]}'
    assert encode(record) == text.encode()
    assert version_of(encode(record)) == "3a4f2b19d1158bccc00cbdec1a9627c9"


@given(RECORDS)
def test_the_order_of_fields_makes_no_difference_and_nothing_is_lost(record):
    names = list(record)
    Random(1).shuffle(names)
    assert encode({name: record[name] for name in names}) == encode(record)
    assert json.loads(encode(record)) == record


@given(RECORDS, RECORDS)
def test_records_that_differ_have_different_versions(one, other):
    assert (version_of(encode(one)) == version_of(encode(other))) == (encode(one) == encode(other))


def test_null_and_absent_are_not_the_same():
    assert encode({"a": None}) != encode({})


def test_segments_are_even_and_an_id_stays_in_its_own():
    counts = [0] * 16
    for number in range(4000):
        counts[segment_of(f"patient-{number}", 16)] += 1
    assert sum(counts) == 4000 and min(counts) > 180 and max(counts) < 330
    assert segment_of("Ä-1", 256) == segment_of("Ä-1", 256)


def test_a_segments_digest_does_not_depend_on_order_and_tells_any_difference():
    members = [(f"id{n}", version_of(encode({"n": n}))) for n in range(50)]

    def digest(of):
        return sum(member_digest(*one) for one in of) % SEGMENT_MODULUS

    whole = digest(members)
    assert digest(reversed(members)) == whole
    assert digest(members[1:]) != whole
    assert digest([(members[0][0], members[1][1]), *members[1:]]) != whole
    assert member_digest("ab", "c") != member_digest("a", "bc")
