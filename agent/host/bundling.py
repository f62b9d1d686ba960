"""Composes the diagnostics bundle of a home, keeps it there, sends it. Works beside a running agent and without one.

What the parts hold is decided in :mod:`agent.health.bundle_parts`; here is only where it comes from. Bundles lie in the
home folder, for their owner alone, the newest few of them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import __version__
from agent.health.bundle import Bundle, Producer, build, incident_id
from agent.health.bundle_parts import parts_of
from agent.health.bundle_scan import Scanner
from agent.host import bundle_facts, bundle_store, bundle_words, looking, private_file, settings_file
from agent.host.home import Home
from agent.host.log import FIELDS, EventLog
from agent.host.settings import Settings
from agent.model.clock import Clock, iso_utc
from agent.model.errors import AgentError, Retry
from agent.store.store import Store

FOLDER = "bundles"
"""Beside the store."""
KEPT = 5
"""So many bundles are kept, the newest."""
_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Stored:
    """What can be had of the store."""

    store: Store | None
    """None = it cannot be opened."""
    problem: str = "ok"
    """Code of what is wrong with it."""


def new_incident(command_id: str | None = None) -> str:
    """An incident's id: drawn, or of a command always the same one, so that asking again makes no second bundle."""
    if command_id is None:
        return incident_id(secrets.token_bytes(5))
    return incident_id(hashlib.blake2b(command_id.encode(), digest_size=5, person=b"incident").digest())


def make(
    home: Home,
    clock: Clock,
    stored: Stored,
    *,
    incident: str | None = None,
    asked_by: str | None = None,
    document: Mapping[str, Any] | None = None,
) -> Bundle:
    """Make a bundle; writes nothing. ``document``: the status, where it is newer than the file's; ``asked_by``: id of
    the command that asked.
    """
    now = clock.time()
    seen = looking.look(home, now)
    status = dict(document) if document is not None else seen.document
    settings: Settings | AgentError
    try:
        settings = settings_file.read(home.path)
    except AgentError as error:
        settings = error
    told = bundle_facts.events(home)
    fixed = {
        "versions.json": bundle_facts.versions(),
        "files.json": bundle_facts.files(),
        "environment.json": bundle_facts.environment(home, clock),
    }
    problems = {
        "running": "running" if document is not None else seen.presence,
        "status_age_seconds": 0.0 if document is not None else seen.age,
        "store": stored.problem,
        "asked_by": asked_by,
    }
    producers: dict[str, Producer] = {
        **{name: _given(content) for name, content in fixed.items()},
        "status.json": lambda: status,
        "warnings.json": lambda: None if status is None else status.get("warnings"),
        "events.jsonl": lambda: told,
        "events.json": lambda: bundle_facts.counts(told),
        "settings.json": lambda: bundle_facts.settings(_good(settings), home.path),
        "schema.json": lambda: bundle_store.schema(_good(settings).practice.pms, status),
        "problems.json": lambda: problems | {"requests": _with(stored, bundle_store.requests)},
    }
    if stored.store is not None:
        store = stored.store
        producers["timings.json"] = lambda: bundle_store.timings(store, now)
        producers["writes.json"] = lambda: bundle_store.writes(store)
    known = frozenset() if stored.store is None else bundle_store.known(stored.store)
    own = bundle_words.spoken() | {one.casefold() for one in bundle_words.tokens_of(fixed)}
    return build(
        incident or new_incident(),
        iso_utc(now),
        {"agent_version": __version__, "running": problems["running"], "store": stored.problem},
        parts_of(bundle_words.words(), FIELDS),
        producers,
        Scanner(bundle_words.sentences(), known, own),
    )


def _given(content: Any) -> Callable[[], Any]:
    return lambda: content


def _good(settings: Settings | AgentError) -> Settings:
    if isinstance(settings, AgentError):
        raise settings
    return settings


def _with(stored: Stored, ask: Callable[[Store], Any]) -> Any:
    return None if stored.store is None else ask(stored.store)


# Keeping ------------------------------------------------------------------------------------------------------------


def keep(home: Home, bundle: Bundle, clock: Clock, log: EventLog | None = None) -> Path:
    """Put a bundle into the home folder, drop the oldest ones, and note it in the log; where it lies.

    Raises:
        Retry: ``store_unwritable``.
    """
    folder = home.path / FOLDER
    file = folder / f"{bundle.incident}.zip"
    content = bundle.zipped()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        private_file.write(file, content)
        kept = sorted(folder.glob("PA-*.zip"), key=lambda one: (one == file, one.stat().st_mtime_ns))
        for old in kept[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise Retry(
            "store_unwritable",
            "The bundle cannot be written",
            "Check the drive and the rights of the agent's data folder; antivirus may hold the file.",
            errno=error.errno,
        ) from error
    told = log or log_beside(home, clock)
    told("bundle_made", incident=bundle.incident, size=len(content), missing=len(bundle.missing))
    return file


def log_beside(home: Home, clock: Clock) -> EventLog:
    """The log of a home, for a process that is not its agent: it appends and leaves rotating to the agent."""
    return EventLog(home.log, lambda: iso_utc(clock.time()), max_bytes=_NEVER)


# Asked for by the cloud ---------------------------------------------------------------------------------------------


class Diagnostics:
    """Makes and sends what the cloud's command asks for."""

    def __init__(
        self,
        home: Home,
        store: Store,
        send: Callable[[str, bytes], None],
        document: Callable[[], Mapping[str, Any]],
        clock: Clock,
        log: EventLog,
    ) -> None:
        """``send``: takes an incident id and a bundle; raises ``Retry`` when it may be taken later."""
        self._home = home
        self._store = store
        self._send = send
        self._document = document
        self._clock = clock
        self._log = log

    def carry_out(self, command_id: str) -> str:
        """Make the command's bundle, unless it is there already, and send it; the incident's id.

        A bundle that could not be sent is sent again as it was: the cloud sees one, however often it is tried.
        """
        incident = new_incident(command_id)
        file = self._home.path / FOLDER / f"{incident}.zip"
        if not file.exists():
            bundle = make(
                self._home,
                self._clock,
                Stored(self._store),
                incident=incident,
                asked_by=command_id,
                document=self._document(),
            )
            file = keep(self._home, bundle, self._clock, self._log)
        content = file.read_bytes()
        self._send(incident, content)
        self._log("bundle_sent", incident=incident, size=len(content), command_id=command_id)
        return incident
