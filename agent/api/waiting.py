"""Long polls: whoever asks for news waits here, holding neither a thread nor a connection to anything."""

from __future__ import annotations

import asyncio
import threading


class Bell:
    """Rung from any thread when there is news; those who wait look again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self.stopped = False
        """True when the server shuts down: nobody waits any longer."""

    def ring(self) -> None:
        """There is news."""
        with self._lock:
            waiting = list(self._waiting.items())
        for event, loop in waiting:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:  # a loop that has ended needs no waking
                continue

    def stop(self) -> None:
        """Answer all who wait now, and let nobody wait again."""
        self.stopped = True
        self.ring()

    def listen(self) -> Listening:
        """For a ``with`` block: what rings inside it is not missed."""
        return Listening(self)

    def add(self, event: asyncio.Event) -> None:
        """An event to be set at every ring."""
        with self._lock:
            self._waiting[event] = asyncio.get_running_loop()

    def drop(self, event: asyncio.Event) -> None:
        """Not any more."""
        with self._lock:
            self._waiting.pop(event, None)


class Listening:
    """One who waits."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._event = asyncio.Event()

    def __enter__(self) -> Listening:
        """From now on."""
        self._bell.add(self._event)
        return self

    def __exit__(self, *_: object) -> None:
        """No more."""
        self._bell.drop(self._event)

    async def wait(self, seconds: float) -> bool:
        """Until it rings; False when the time is up first, or the server shuts down."""
        if self._bell.stopped or seconds <= 0:
            return False
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return not self._bell.stopped
