"""Looks now and then whether the way into the PMS is open, so that this is known before a command needs it."""

from __future__ import annotations

from agent.model.clock import Clock
from agent.model.errors import AgentError
from agent.model.writing import Channel, ChannelState

_SECONDS = {"ready": 45.0, "not_configured": 5.0}
_SOON = 15.0


class ChannelWatch:
    """What was last seen of a channel. To be called by the one thread that writes."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._due = 0.0
        self.state: ChannelState | None = None
        """None = not looked yet, or it cannot be told."""

    def look(self) -> None:
        """Look again, if it is time to. Changes nothing in the PMS."""
        now = self._clock.monotonic()
        if now < self._due:
            return
        try:
            self.state = self._channel.look().state
        except AgentError:
            self.state = None  # whatever it is, the engine meets it with the next command, and tells it
        self._due = self._clock.monotonic() + _SECONDS.get(self.state or "", _SOON)
