"""At most so many connections, those counted that a server may still hold."""

from __future__ import annotations

import pytest

from agent.model.errors import Retry
from agent.sources.bridge.limit import ConnectionLimit


class Hand:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_all_taken_it_refuses_for_now_and_goes_on_when_one_is_given_back():
    limit = ConnectionLimit(Hand(), most=2)
    limit.take()
    limit.take()
    with pytest.raises(Retry) as refused:
        limit.take()
    assert refused.value.code == "connections_exhausted"
    limit.give_back()
    limit.take()
    assert limit.used == 2


def test_a_killed_ones_connection_counts_until_the_server_has_surely_dropped_it():
    clock = Hand()
    limit = ConnectionLimit(clock, most=1, linger=30.0)
    limit.take()
    limit.give_back(killed=True)
    clock.now += 10
    assert limit.used == 1
    with pytest.raises(Retry) as refused:
        limit.take()
    assert refused.value.retry_after == pytest.approx(20.0)
    clock.now += 20.5
    assert limit.used == 0
    limit.take()
