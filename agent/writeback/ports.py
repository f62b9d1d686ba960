"""What write-back needs of the world: an inbox that lasts, the practice as it is now, and the cloud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from agent.model.reading import Key
from agent.model.writing import Settlement
from agent.wire.commands import Command, CommandReport, CommandsPage, Reports, ReportsAccepted, State
from agent.wire.inbox import Intent, Kept


class Seen(Protocol):
    """A record as it is in the practice now."""

    @property
    def id(self) -> str:
        """Canonical id."""

    @property
    def key(self) -> Key:
        """Key in the PMS."""

    @property
    def data(self) -> dict[str, Any]:
        """Canonical fields."""

    @property
    def version(self) -> str:
        """Version of these."""


class Practice(Protocol):
    """The practice's database, read record by record. Every method may raise ``Retry``: it cannot be read now."""

    @property
    def halted(self) -> str | None:
        """Why nothing can be read now; None = it can."""

    def now(self) -> datetime:
        """The practice's wall clock, by its database."""

    def look(self, resource: str, ids: Iterable[str]) -> Mapping[str, Seen]:
        """These records, read now; those that are not there are left out."""

    def day(self, resource: str, first_day: str, last_day: str) -> Sequence[Seen]:
        """The records of some local dates."""

    def settle(self, settlement: Settlement, resource: str, key: Key) -> Settlement:
        """End a write, in one transaction with what it changed."""


class Inbox(Protocol):
    """Commands that are kept; see :class:`agent.store.inbox.Inbox`."""

    def receive(self, command: Command, expires: float, *, look_first: bool) -> bool:
        """Keep a command; False when it is there already."""

    def refuse(self, command_id: str, kind: str, reason: str, rule: str | None = None) -> None:
        """Tell the cloud that something was refused that is no command of ours."""

    def next(self, now: float, cloud_now: float | None = None) -> Kept | None:
        """The command to work on; it expires by the cloud's clock."""

    def begun_since(self, kind: str, moment: float) -> int:
        """How many commands of a kind were begun after a moment."""

    def await_approval(self, command_id: str) -> None:
        """The office's policy wants a person's word."""

    def defer(self, command_id: str, reason: str, not_before: float, fields: Mapping[str, Any] | None = None) -> None:
        """It cannot be done now, and certainly nothing was written."""

    def rest(self, command_id: str, reason: str | None, not_before: float) -> None:
        """It cannot be brought further now: rest, as it stands."""

    def intend(self, command_id: str, intent: Intent) -> bool:
        """About to be written; False when a person has ended it meanwhile."""

    def lose(self, command_id: str, intent: Intent, not_before: float) -> None:
        """The answer was lost."""

    def applied(self, command_id: str, resource: str, key: Key) -> None:
        """The PMS has taken it."""

    def ask_person(self, command_id: str, reason: str) -> None:
        """Nobody but a person can tell."""

    def settle(self, settlement: Settlement) -> None:
        """It is over."""

    def cloud_offset(self) -> float:
        """Seconds that the cloud's clock was ahead of this machine's when it last mattered."""

    def keep_cloud_offset(self, seconds: float) -> None:
        """Remember that."""

    def reports(self, limit: int) -> list[CommandReport]:
        """What the cloud has not been told yet."""

    def reported(self, reports: Iterable[CommandReport], over: Mapping[str, State] | None = None) -> None:
        """The cloud has taken these; ``over``: commands that have ended otherwise than we know, and how."""


class Cloud(Protocol):
    """The cloud's command calls."""

    def commands(self, session: str, wait: float, keys: int = 0) -> CommandsPage:
        """Commands that it thinks we do not keep yet; waits up to so many seconds for one. ``keys``: the version of the
        key set that we know.
        """

    def report(self, reports: Reports) -> ReportsAccepted:
        """What became of commands."""


class Keys(Protocol):
    """The keys that commands must be signed with."""

    @property
    def version(self) -> int:
        """Version of the key set."""

    def open_command(self, compact: str) -> Command:
        """The command in a JWS; raises an error whose code is a reason code, and whose field ``command_id`` is what the
        JWS claims to be.
        """

    def learn(self, compact: str) -> bool:
        """Take over a newer key set, signed with a key that is known; True when it was newer."""
