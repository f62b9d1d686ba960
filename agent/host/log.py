"""The event log: what happened, as a code and allow-listed fields, so that patient data cannot get in.

Owns the log file (JSON lines, rotated by size). There is no way to log free text: an event's fields are numbers,
booleans and short words of the program's own, under names listed here. What does not fit is refused where tests run and
masked where patients' data is.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from agent.model.errors import AgentError

Level = Literal["debug", "info", "warning", "error"]
Value = int | float | bool | str | None

MASK = "?"
"""Stands where a value was not allowed."""

FIELDS = frozenset(
    # What the program itself names: rooms, resources, tables and columns of the declarations, codes, versions.
    "worker shape resource table column what lookup accelerator cause kind step field secret reason pms pms_version "
    "engine dialect driver version schema_version mapping_version agent_version session state "
    # Numbers.
    "epoch seq first_seq last_seq acked_seq expected_seq sent count rows changes deletes missing extra different "
    "matched chunks bytes size seconds busy wait "
    "retry_after duty limit share attempt delivery_count status errno pid port exit_code year "
    # Answers of other programs, by number or class.
    "sqlstate native sqlite signal type issuer zone "
    # A keyed hash that stands for a record; resolved only on the server by a person with the right.
    "ref "
    # A command, by the name that the cloud gave it, and the rule that refused it.
    "command_id rule "
    # A diagnostics bundle, by its id.
    "incident "
    # Where in the program, for a bug.
    "place".split()
)
"""Names that a field may have."""

WORDED = frozenset({"issuer", "zone"})
"""Names that others gave to certificates and zones: what a word may not hold is replaced in errors' fields."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_WORD = re.compile(r"[A-Za-z0-9_.:/+-]{0,80}")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    code: str
    """Stable, snake_case."""
    level: Level
    fields: Mapping[str, Value]

    @classmethod
    def of(cls, code: str, level: Level = "info", **fields: Value) -> Event:
        """An event by its code and fields."""
        return cls(code, level, fields)

    @classmethod
    def of_error(cls, error: AgentError, level: Level = "warning", **fields: Value) -> Event:
        """An error as an event: its code and its fields, not its words."""
        given = {name: _worded(value) if name in WORDED else value for name, value in error.fields.items()}
        return cls(error.code, level, {**given, **fields})

    def faults(self) -> list[str]:
        """Which parts may not be logged: ``code``, or names of fields."""
        code = [] if _CODE.fullmatch(self.code) else ["code"]
        return code + [name for name, value in self.fields.items() if name not in FIELDS or not _allowed(value)]

    def masked(self) -> Event:
        """The same event with what is not allowed masked."""
        wrong = set(self.faults())
        if not wrong:
            return self
        kept = {name: value for name, value in self.fields.items() if name not in wrong}
        for name in wrong & FIELDS & self.fields.keys():
            kept[name] = MASK
        return Event(MASK if "code" in wrong else self.code, self.level, {**kept, "limit": len(wrong)})


def _worded(value: Value) -> Value:
    return re.sub(r"[^A-Za-z0-9_.:/+-]+", "_", value)[:80] if isinstance(value, str) else value


def _allowed(value: object) -> bool:
    match value:
        case None | bool() | int() | float():
            return True
        case str():
            return _WORD.fullmatch(value) is not None
        case _:
            return False


class NotLoggable(ValueError):
    """An event has a field that may not be logged: a bug, found by a test."""


class EventLog:
    """Takes events, writes them to a file, and shows them to whoever listens. Safe to use from several threads."""

    def __init__(
        self,
        file: Path | None,
        now: Callable[[], str],
        *,
        strict: bool = False,
        max_bytes: int = 10_000_000,
        keep: int = 4,
        listener: Callable[[str, Event], None] | None = None,
    ) -> None:
        """``now`` gives UTC in ISO 8601; ``strict`` refuses what else is masked; ``file`` None keeps nothing."""
        self._file = file
        self._now = now
        self._strict = strict
        self._max_bytes = max_bytes
        self._keep = keep
        self._listener = listener
        self._lock = threading.Lock()
        self._lost = 0

    def write(self, event: Event) -> None:
        """Keep an event.

        A log that cannot be written must not stop the work that it tells of: lost events are counted, and their
        number is written as ``log_lost`` as soon as there is room again.

        Raises:
            NotLoggable: in strict mode, when a part of the event may not be logged.
        """
        faults = event.faults()
        if faults and self._strict:
            raise NotLoggable(f"event {event.code!r}: {', '.join(faults)}")
        event = event.masked()
        at = self._now()
        with self._lock:
            if self._file is not None:
                self._keep_line(at, event)
        if self._listener is not None:
            self._listener(at, event)

    def __call__(self, code: str, level: Level = "info", **fields: Value) -> None:
        """Keep an event that is told by its code and fields."""
        self.write(Event.of(code, level, **fields))

    def _keep_line(self, at: str, event: Event) -> None:
        lines = [_line(at, event)]
        if self._lost:
            lines.insert(0, _line(at, Event.of("log_lost", "warning", count=self._lost)))
        try:
            self._append(b"".join(lines))
        except OSError:
            self._lost += 1
        else:
            self._lost = 0

    def _append(self, content: bytes) -> None:
        assert self._file is not None
        if self._file.exists() and self._file.stat().st_size + len(content) > self._max_bytes:
            for number in range(self._keep, 0, -1):
                older = self._numbered(number - 1)
                if older.exists():
                    older.replace(self._numbered(number))
        with self._file.open("ab") as out:
            out.write(content)

    def _numbered(self, number: int) -> Path:
        assert self._file is not None
        return self._file if number == 0 else self._file.with_name(f"{self._file.name}.{number}")


def _line(at: str, event: Event) -> bytes:
    return orjson.dumps(
        {"at": at, "level": event.level, "code": event.code, **event.fields}, option=orjson.OPT_APPEND_NEWLINE
    )


def told(at: str, event: Event) -> str:
    """An event as one line for a person at a console."""
    fields = " ".join(f"{name}={_shown(value)}" for name, value in event.fields.items() if value is not None)
    return f"{at}  {event.level:7}  {event.code}  {fields}".rstrip()


def _shown(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
