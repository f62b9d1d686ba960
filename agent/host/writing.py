"""Puts the write-back side together: keys, courier, channel, engine, and the practice read in turns with capture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.capture.readback import Readback, Seen
from agent.cloud.client import CloudClient
from agent.cloud.signatures import CommandKeys
from agent.cloud.upload import Upload
from agent.host import enrolment
from agent.host.channel_watch import ChannelWatch
from agent.host.pausing import Pausing
from agent.host.policy_file import PolicyFile
from agent.host.settings import Settings
from agent.model.clock import Clock
from agent.model.errors import NeedsPerson, Retry, StoreDamaged, Terminal
from agent.model.reading import Key
from agent.model.reasons import REASONS
from agent.model.writing import Channel, Settlement
from agent.store.requests import Requests
from agent.store.store import Store
from agent.wire.commands import Command
from agent.wire.payloads import SUPPORT_KINDS
from agent.writeback.courier import Courier
from agent.writeback.engine import Office, WriteBack
from agent.writeback.policy import Hours
from agent.writeback.refusing import refusal

_SUPPORT: dict[str, str] = {"agent.sync_now": "sync", "agent.snapshot": "snapshot", "agent.reconcile": "reconcile"}
_IDLE_SECONDS = 0.5
_SEND_AGAIN_SECONDS = 30.0


class Turns:
    """The practice's database read record by record, in turns with capture: the two share what capture knows."""

    def __init__(self, readback: Readback, turn: threading.Lock) -> None:
        self._readback = readback
        self._turn = turn

    @property
    def halted(self) -> str | None:
        """Why nothing can be read now."""
        return self._readback.halted

    def now(self) -> datetime:
        """The practice's wall clock."""
        return self._readback.now()

    def look(self, resource: str, ids: Iterable[str]) -> Mapping[str, Seen]:
        """These records, read now."""
        with self._turn:
            return self._readback.look(resource, ids)

    def day(self, resource: str, first_day: str, last_day: str) -> Sequence[Seen]:
        """The records of some local dates."""
        with self._turn:
            return self._readback.day(resource, first_day, last_day)

    def settle(self, settlement: Settlement, resource: str, key: Key) -> Settlement:
        """End a write."""
        with self._turn:
            return self._readback.settle(settlement, resource, key)


class KeptKeys:
    """The keys that commands are signed with, kept beside the enrolment."""

    def __init__(self, home: Path, enrolled: enrolment.Enrolled) -> None:
        assert enrolled.command_keys is not None
        self._home = home
        self._enrolled = enrolled
        self._keys = CommandKeys.from_json(enrolled.command_keys, enrolled.practice_id)
        self.open_command = self._keys.open_command

    @property
    def version(self) -> int:
        """Version of the key set."""
        return self._keys.version

    def learn(self, compact: str) -> bool:
        """Take over a newer key set; it is on disk before it is used up."""
        if not self._keys.learn(compact):
            return False
        self._enrolled = replace(self._enrolled, command_keys=self._keys.to_json())
        enrolment.write(self._home, self._enrolled)
        return True


class Writing:
    """The write-back side of a running agent."""

    def __init__(
        self,
        home: Path,
        settings: Settings,
        store: Store,
        practice: Turns,
        channel: Channel,
        client: CloudClient,
        upload: Upload,
        keys: KeptKeys,
        clock: Clock,
        report: Callable[..., None],
        diagnose: Callable[[str], object],
        pausing: Pausing | None = None,
    ) -> None:
        """``diagnose``: makes the bundle of a command and hands it over; ``pausing`` None: nobody can pause here."""
        self.channel = channel
        self.watch = ChannelWatch(channel, clock)
        self._inbox = store.inbox
        self._clock = clock
        self._pausing = pausing
        self.policy = PolicyFile(home)
        self._client = client
        self.courier = Courier(
            store.inbox,
            client,
            keys,
            clock,
            session=lambda: upload.session if upload.connected else None,
            report=report,
        )
        self.engine = WriteBack(
            store.inbox,
            practice,
            channel,
            office_of(settings, self.policy),
            clock,
            self.courier.cloud_now,
            Support(store.requests, diagnose, pausing).carry_out,
            report,
        )

    def steps(self) -> tuple[tuple[str, Callable[[], float]], ...]:
        """The workers: name and step."""
        return ("commands", self.courier.fetch), ("reports", self.courier.deliver), ("writeback", self.step)

    def step(self) -> float:
        """One step of the engine; while there is a pause, of what support asks of the agent alone."""
        if self._pausing is None or self._pausing.until is None:
            self.watch.look()
            return self.engine.step()
        now = self._clock.time()
        for kept in self._inbox.open():
            if kept.command.kind in SUPPORT_KINDS and kept.not_before <= now:
                return self.engine.bring(kept)
        return _IDLE_SECONDS

    def facts(self) -> dict[str, Any]:
        """For the status document."""
        return {"polled": self.courier.polled, "channel": self.watch.state}

    def tell(self, report: Callable[..., None]) -> None:
        """Events go there from now on."""
        self.courier.report = self.engine.report = report

    def close(self) -> None:
        """Take no more commands; a poll that waits is broken off."""
        self.courier.close()
        self._client.interrupt()


class Support:
    """Commands for the agent itself: most go through its mailbox, as those of its CLI do."""

    def __init__(self, requests: Requests, diagnose: Callable[[str], object], pausing: Pausing | None = None) -> None:
        self._requests = requests
        self._diagnose = diagnose
        self._pausing = pausing

    def carry_out(self, command: Command) -> None:
        """Do it, or have it done; how that fares is in the log and in the feed.

        Raises:
            Retry: ``bundle_not_sent``: it is tried again later.
            WriteRefused: ``bundle_refused``, ``kind_not_offered``.
        """
        match command.kind:
            case "agent.collect_diagnostics":
                self._collect(command.command_id)
            case "agent.pause" | "agent.resume":
                if self._pausing is None:
                    raise refusal("kind_not_offered", "kind")
                if command.kind == "agent.resume":
                    self._pausing.end()
                else:
                    self._pausing.begin(int(command.payload["minutes"]) / 60.0)
            case kind:
                self._requests.ask(_SUPPORT[kind], **command.payload)

    def _collect(self, command_id: str) -> None:
        try:
            self._diagnose(command_id)
        except (Retry, NeedsPerson) as error:
            reason = REASONS["bundle_not_sent"]
            pause = max(_SEND_AGAIN_SECONDS, error.retry_after or 0.0)
            raise Retry(reason.code, reason.title, reason.asks, retry_after=pause) from error
        except StoreDamaged:
            raise
        except Terminal as error:
            raise refusal("bundle_refused") from error


def office_of(settings: Settings, policy: PolicyFile) -> Office:
    """What the office says about writes."""
    hours = tuple(Hours(days=one.days, opens=one.opens, closes=one.closes) for one in settings.pace.office_hours)
    return Office(policy.read, hours, settings.practice.time_zone)
