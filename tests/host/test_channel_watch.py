"""The way into the PMS is looked at now and then, more often while it is closed."""

from __future__ import annotations

from typing import Any, cast

from agent.host.channel_watch import ChannelWatch
from agent.model.errors import NeedsPerson
from agent.model.writing import Channel, ChannelFacts


class Passing:
    """A clock that is set."""

    now = 100.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class Way:
    """A channel that says what it is told to."""

    def __init__(self) -> None:
        self.state: Any = "ready"
        self.looks = 0

    def look(self) -> ChannelFacts:
        self.looks += 1
        if self.state is None:
            raise NeedsPerson("channel_key_invalid", "The key is none", "Enter it again.")
        return ChannelFacts("Eaglesoft database", self.state)


def test_what_changes_is_seen_within_a_minute_and_its_mending_sooner():
    way, clock = Way(), Passing()
    watch = ChannelWatch(cast("Channel", way), clock)
    seen = []
    for second in range(240):
        clock.now = 100.0 + second
        way.state = "read_only" if 50 <= second < 150 else "ready"
        watch.look()
        seen.append(watch.state)
    assert seen[49] == "ready" and seen[109] == "read_only"
    assert seen[149] == "read_only" and seen[165] == "ready"
    assert way.looks < 16


def test_what_cannot_be_told_is_left_to_the_engine():
    way, clock = Way(), Passing()
    way.state = None
    watch = ChannelWatch(cast("Channel", way), clock)
    watch.look()
    assert watch.state is None
