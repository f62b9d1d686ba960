"""The composition root: builds an agent from its home folder and runs its workers.

The only place that knows concrete classes. One thread runs capture (and reconcile, and what other processes ask for)
because they share the connection to the practice's database; one runs upload, one the heartbeat, one writes the status,
and three the write-backs: fetch commands, apply them, report.
"""

from __future__ import annotations

import contextlib
import gc
import random
import secrets as randomness
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent import __version__
from agent.capture.engine import Capture
from agent.capture.ports import Source
from agent.capture.readback import Readback
from agent.cloud.client import CloudClient
from agent.cloud.identity import Identity
from agent.cloud.upload import Upload
from agent.host import channels, enrolment, settings_file, sources, status
from agent.host.bundling import Diagnostics
from agent.host.clock import SystemClock
from agent.host.desk import Desk
from agent.host.home import Home
from agent.host.log import Event, EventLog
from agent.host.pacing import capture_settings
from agent.host.pausing import Pausing
from agent.host.policy_file import PolicyFile
from agent.host.proxying import proxy_login
from agent.host.runner import Thread, Worker
from agent.host.secret_names import DATABASE_PASSWORD, IDENTITY_KEY, STORE_KEY
from agent.host.settings import Settings
from agent.host.writing import KeptKeys, Turns, Writing
from agent.model.clock import Clock, iso_utc
from agent.model.errors import NeedsPerson, Retry, StoreDamaged
from agent.model.writing import Channel
from agent.platform.host_id import host_id
from agent.platform.secrets import Secrets
from agent.store.sealing import Seal, new_master_key
from agent.store.store import Store, open_store
from agent.wire.cloud import Heartbeat

SELDOM = (25_000, 10, 10)
"""When the garbage collector looks for cycles (``gc.set_threshold``)."""
_PAUSABLE = frozenset({"capture"})
"""Workers that do nothing while there is a pause; ``writeback`` keeps to it by itself, for support's commands."""
_STATUS_SECONDS = 2.0
_DISK_SECONDS = 10.0
_HEARTBEAT_SECONDS = 30.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.5


def open_client(home: Path, settings: Settings, secrets: Secrets, clock: Clock) -> CloudClient:
    """The client of the cloud that this home is enrolled with; raises ``NeedsPerson("not_enrolled")``."""
    enrolled = enrolment.read(home)
    if enrolled is None:
        raise NeedsPerson("not_enrolled", "This agent is not enrolled", "Run practice-agent enroll with a code.")
    identity = Identity.from_secret(secrets.require(IDENTITY_KEY))
    return new_client(settings, secrets, identity, enrolled.agent_id, clock)


def new_client(
    settings: Settings, secrets: Secrets, identity: Identity, agent_id: str | None, clock: Clock
) -> CloudClient:
    """A client; ``agent_id`` None = about to enrol."""
    cloud = settings.cloud
    return CloudClient(
        cloud.url,
        identity,
        agent_id,
        clock,
        ca_file=None if cloud.ca_file is None else Path(cloud.ca_file),
        proxy=cloud.proxy,
        proxy_login=proxy_login(settings, secrets),
        agent_version=__version__,
    )


def open_agent_store(home: Home, secrets: Secrets, clock: Clock, log: EventLog) -> tuple[Store, str | None]:
    """The store of a home; one that is damaged, or whose key is lost, is set aside and begun anew, and why."""
    key, why = secrets.get(STORE_KEY), None
    if key is None:
        key = new_master_key().hex()
        secrets.set(STORE_KEY, key)
        if home.store.exists():
            log("key_lost", "warning")
            why = "key_lost"
    stamp = datetime.fromtimestamp(clock.time(), UTC).strftime("%Y%m%d-%H%M%S")
    store, aside = open_store(home.store, Seal(bytes.fromhex(key)), clock.time, stamp)
    if aside is not None:
        log("store_set_aside", "warning")
        why = why or "store_damaged"
    return store, why


class Agent:
    """An agent with all its parts; use it as a context manager, so that everything is closed."""

    def __init__(self, home: Home, log: EventLog, clock: Clock | None = None, pausing: Pausing | None = None) -> None:
        self.home = home
        self.log = log
        self.pausing = pausing
        self.shown: Callable[[Mapping[str, Any]], None] = lambda _document: None
        """Called with every status document that is written."""
        self.clock: Clock = clock or SystemClock()
        self.settings = settings_file.read(home.path)
        self.secrets = Secrets(home.path)
        with contextlib.ExitStack() as closing:
            self.client = open_client(home.path, self.settings, self.secrets, self.clock)
            closing.callback(self.client.close)
            self.store, rebuilt = open_agent_store(home, self.secrets, self.clock, log)
            closing.callback(self.store.close)
            password = self.secrets.get(DATABASE_PASSWORD)
            reader, close = sources.open_reader(self.settings, password, self.clock)
            closing.callback(close)
            self.source: Source = sources.source_of(self.settings, reader)
            channel, close = channels.open_channel(
                self.settings, self.secrets, reader, self.clock, double_booking=PolicyFile(home.path).double_booking
            )
            closing.callback(close)
            self._closing = closing.pop_all()
        self.capture = Capture(self.source, self.store, self.clock, capture_settings(self.settings, self.clock), log)
        self.upload = Upload(
            self.store.outbox,
            self.store.begin_epoch,
            self.client,
            self.clock,
            session=randomness.token_hex(8),
            host=host_id(home.path),
            report=log,
        )
        self._turn = threading.Lock()
        self.writing = self._open_writing(channel)
        self.desk = Desk(self.capture, self.upload, self.client, self.store, self.clock)
        rng = random.Random()  # noqa: S311 - pauses, not secrets
        held = (lambda step: step) if pausing is None else pausing.held
        self.workers = {
            name: Worker(name, held(step) if name in _PAUSABLE else step, self.clock, log, rng)
            for name, step in (
                ("capture", self._read),
                ("upload", self.upload.step),
                ("heartbeat", self._beat),
                ("status", self._show),
                *(() if self.writing is None else self.writing.steps()),
            )
        }
        self.status = status.Status(
            self.settings,
            self.store,
            self.capture,
            self.workers.values(),
            self.clock,
            status.read(home.path),
        )
        self.status.rebuilt = rebuilt
        self.status.last_reconcile = self.desk.reconciled(self.status.last_reconcile())
        if self.writing is not None:
            self.status.write_facts = self.writing.facts
        self._disk_due = 0.0

    def __enter__(self) -> Agent:
        """Closed at the end of the block."""
        # Rows live shortly and have no cycles: look for cycles seldom, as the bridge does.
        self._closing.callback(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(*SELDOM)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database, the store and the connections."""
        self._closing.close()

    def _open_writing(self, channel: Channel) -> Writing | None:
        """The write-back side; None where the cloud sends no commands."""
        enrolled = enrolment.read(self.home.path)
        if enrolled is None or enrolled.command_keys is None:
            return None
        self.store.inbox.started()
        practice = Turns(Readback(self.capture), self._turn)
        keys = KeptKeys(self.home.path, enrolled)
        return Writing(
            self.home.path,
            self.settings,
            self.store,
            practice,
            channel,
            self.client,
            self.upload,
            keys,
            self.clock,
            self.log,
            Diagnostics(self.home, self.store, self.client.put_bundle, self.document, self.clock, self.log).carry_out,
            self.pausing,
        )

    def _read(self) -> float:
        """One step of whoever reads the practice's database."""
        now = self.clock.monotonic()
        if now >= self._disk_due:
            self._disk_due = now + _DISK_SECONDS
            if shutil.disk_usage(self.home.path).free < self.settings.limits.disk_free_mb * 1_000_000:
                self._disk_due = now
                raise Retry(
                    "disk_full",
                    "The disk is nearly full",
                    "Free some space on the drive that holds the agent's data folder; nothing is lost meanwhile.",
                )
        with self._turn:
            return self.desk.step()

    def _show(self) -> float:
        """Write the status document into the home folder."""
        self.status.cloud_facts = {
            "connected": self.upload.connected and self.workers["upload"].problem is None,
            "clock_offset_seconds": self.client.clock_offset,
            "proxied": self.client.proxied,
            "round_trip_ms": None if self.client.round_trip is None else round(self.client.round_trip * 1000, 1),
            "certificate_ends_in_days": self._certificate_days(),
        }
        document = self.document()
        self.shown(document)
        status.write(self.home.path, document)
        return _STATUS_SECONDS

    def document(self) -> dict[str, Any]:
        """The status document, now."""
        paused_until = None if self.pausing is None else self.pausing.until_iso
        return {**self.status.document(), "paused_until": paused_until}

    def _certificate_days(self) -> int | None:
        ends = self.client.certificate_ends
        return None if ends is None else int((ends - self.clock.time()) // 86_400)

    def _beat(self) -> float:
        """Tell the cloud that the agent is alive, and how it fares."""
        document = self.document()
        beat = Heartbeat(sent_at=iso_utc(self.clock.time()), agent_version=__version__, status=document)
        self.client.heartbeat(beat)
        return _HEARTBEAT_SECONDS

    def run(self, stop: threading.Event) -> None:
        """Run until told to stop; a step under way is finished first.

        Raises:
            StoreDamaged: a worker has found that the store cannot be used; whoever opens it next sets it aside.
        """
        self.store.requests.drop_unfinished()
        threads = {name: Thread(worker) for name, worker in self.workers.items()}
        self._wire(threads)
        self.log("agent_started", agent_version=__version__, pms=self.settings.practice.pms)
        for thread in threads.values():
            thread.start()
        while self._damage() is None and not stop.wait(_LOOK_SECONDS):
            pass
        for thread in threads.values():
            thread.ask_to_stop()
        if self.writing is not None:
            self.writing.close()
        for thread in threads.values():
            if not thread.stop(_STOP_SECONDS):
                self.log("worker_did_not_stop", "warning", worker=thread.worker.name)
        self.log("agent_stopped")
        damage = self._damage()
        if damage is not None:
            raise damage

    def _damage(self) -> StoreDamaged | None:
        problems = [worker.problem.error for worker in self.workers.values() if worker.problem is not None]
        return next((error for error in problems if isinstance(error, StoreDamaged)), None)

    def _wire(self, threads: Mapping[str, Thread]) -> None:
        """What one worker has made ready, the next one takes up at once; so with trouble that is over for one."""
        wakes = {
            "captured": ("upload",),
            "command_received": ("writeback", "reports"),
            "write_ended": ("upload", "reports"),
        }

        def report(code: str, **fields: Any) -> None:
            self.log.write(Event.of(code, **fields))
            if code == "captured":
                self.status.progress.captured(fields["shape"], fields["changes"], self.store.outbox.place.next_seq - 1)
            for name in wakes.get(code, ()):
                if name in threads:
                    threads[name].wake()

        def over(code: str) -> None:
            for thread in threads.values():
                thread.try_again(code)

        for thread in threads.values():
            thread.worker.on_well = over
        self.capture.work.report = report
        if self.writing is not None:
            self.writing.tell(report)
