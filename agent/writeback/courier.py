"""The courier: fetches commands and puts them into the inbox, and carries reports to the cloud.

A command is kept durably before the cloud is told that it is. What is not signed by a known key, or not for this
practice, is refused and written down; nothing of it is ever carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from agent.model.clock import Clock
from agent.model.errors import AgentError, Retry
from agent.model.reasons import REASONS
from agent.wire.commands import Delivery, Reports
from agent.writeback.ports import Cloud, Inbox, Keys

_REPORTS = 200
_OFFSET_MATTERS = 1.0
_IDLE_SECONDS = 1.0
_UNKNOWN_KIND = "?"


class Courier:
    """Both ways between the inbox and the cloud; two workers share it, one for each way."""

    def __init__(
        self,
        inbox: Inbox,
        cloud: Cloud,
        keys: Keys,
        clock: Clock,
        *,
        session: Callable[[], str | None],
        report: Callable[..., None],
        wait: float = 25.0,
    ) -> None:
        """``session``: name of the session that the cloud has accepted, None while there is none. ``wait``: seconds
        that a poll may last.
        """
        self._inbox = inbox
        self._cloud = cloud
        self._keys = keys
        self._clock = clock
        self._session = session
        self.report = report
        """Called with an event code and its fields, none of which hold patient data."""
        self._wait = wait
        self._offset = inbox.cloud_offset()
        self._closed = False
        self.polled: float | None = None
        """When the cloud last answered a poll, seconds since 1970."""

    def cloud_now(self) -> float:
        """Seconds since 1970 by the cloud's clock, as far as it is known: what commands expire by."""
        return self._clock.time() + self._offset

    def close(self) -> None:
        """Take no more commands: the answer to a poll that still waits is dropped, and the cloud delivers again."""
        self._closed = True

    def fetch(self) -> float:
        """One poll; returns the seconds to wait before the next."""
        session = self._session()
        if session is None:
            return _IDLE_SECONDS
        try:
            page = self._cloud.commands(session, self._wait, self._keys.version)
        except AgentError:
            if self._closed:
                return _IDLE_SECONDS
            raise
        if self._closed:
            return _IDLE_SECONDS
        now = self._clock.time()
        offset = _seconds(page.cloud_time) - now
        if abs(offset - self._offset) > _OFFSET_MATTERS:
            self._inbox.keep_cloud_offset(offset)
            self._offset = offset
        self.polled = now
        if page.key_set is not None and self._keys.learn(page.key_set):
            self.report("command_keys_renewed")
        unread = [one for one in page.deliveries if not self._take(one)]
        if page.deliveries:
            self.deliver()  # before the next poll, or the cloud would hand the same ones out again
        if unread:
            raise Retry(
                "command_unreadable",
                "The cloud sent something that is no command",
                "Ask whoever runs the cloud; commands that can be read go on.",
            )
        return 0.0

    def deliver(self) -> float:
        """Carry reports; returns the seconds to wait before the next step."""
        session = self._session()
        reports = self._inbox.reports(_REPORTS)
        if session is None or not reports:
            return _IDLE_SECONDS
        answer = self._cloud.report(Reports(session=session, reports=reports))
        self._inbox.reported(reports, {one.command_id: one.state for one in answer.over})
        return 0.0

    def _take(self, delivery: Delivery) -> bool:
        """Keep one command, or refuse it; False when it does not even have a name to refuse it by."""
        try:
            command = self._keys.open_command(delivery.jws)
        except AgentError as error:
            if error.code not in REASONS:
                raise
            self.report("command_refused", reason=error.code)
            claimed = error.fields.get("command_id")
            if not isinstance(claimed, str):
                return False
            self._inbox.refuse(claimed, _UNKNOWN_KIND, error.code)
            return True
        for name in ("issued_at", "expires_at"):
            try:
                _seconds(getattr(command, name))
            except ValueError:
                self._inbox.refuse(command.command_id, command.kind, "malformed", name)
                return True
        expires = _seconds(command.expires_at)
        fresh = self._inbox.receive(command, expires, look_first=delivery.delivery_count > 1)
        if fresh:
            self.report("command_received", kind=command.kind)
        return True


def _seconds(instant: str) -> float:
    moment = datetime.fromisoformat(instant)
    if moment.tzinfo is None:
        raise ValueError("an instant without a zone")
    return moment.timestamp()
