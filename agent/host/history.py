"""The last day in quarters of an hour: changes acknowledged, the slowest way, how long something was wrong.

Counted from what happens anyway; kept over restarts in a small file of the home, once a minute and at the end: an agent
that is killed forgets at most the last minute of it. Holds no data of the practice.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from agent.host import private_file
from agent.host.log import Event
from agent.model.clock import Clock, iso_utc
from agent.wire.local import HistoryAnswer, Hour

FILE = "history.json"
_QUARTER = 900
_SHOWN = 96
_KEPT = 104
"""A day that is set back to winter time has 25 hours."""
_SAVE_SECONDS = 60.0
_LONGEST_GAP = 10.0
"""Between two looks at the status; a longer one means that nobody looked, and is not counted."""


@dataclass(slots=True)
class _Bar:
    changes: int = 0
    slowest: float | None = None
    broken: float = 0.0
    writes: int = 0


class History:
    """The bars. Safe to use from several threads."""

    def __init__(self, home: Path, clock: Clock, zone: ZoneInfo) -> None:
        self.zone = zone
        """The practice's: where its day begins."""
        self._file = home / FILE
        self._clock = clock
        self._lock = threading.Lock()
        self._bars: dict[int, _Bar] = self._read()
        self._delivery: str | None = None
        self._seen: float | None = None
        self._save_due = clock.monotonic() + _SAVE_SECONDS

    def heard(self, event: Event) -> None:
        """Something happened."""
        if event.code == "delivered":
            with self._lock:
                self._now().changes += int(event.fields.get("changes") or 0)
        elif event.code == "write_ended" and event.fields.get("state") == "verified":
            with self._lock:
                self._now().writes += 1

    def saw(self, document: Mapping[str, Any], *, broken: bool) -> None:
        """The status document, every few seconds; ``broken``: changes are kept back."""
        now = self._clock.monotonic()
        delivery, lag = document.get("last_delivery"), document.get("last_delivery_lag_seconds")
        with self._lock:
            passed = 0.0 if self._seen is None else now - self._seen
            self._seen = now
            if broken and passed <= _LONGEST_GAP:
                self._now().broken += passed
            if self._delivery is not None and delivery not in (None, self._delivery) and lag is not None:
                bar = self._now()
                bar.slowest = max(bar.slowest or 0.0, float(lag))
            self._delivery = delivery or ""
        if now >= self._save_due:
            self._save_due = now + _SAVE_SECONDS
            self.save()

    def answer(self) -> HistoryAnswer:
        """As the local API tells it."""
        now = self._clock.time()
        midnight = datetime.fromtimestamp(now, self.zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        with self._lock:
            latest = int(now // _QUARTER)
            today = [bar for at, bar in self._bars.items() if midnight <= at * _QUARTER <= now]
            shown = [(at, self._bars[at]) for at in sorted(self._bars) if latest - _SHOWN < at <= latest]
            return HistoryAnswer(
                bars=[
                    Hour(
                        begins=iso_utc(at * _QUARTER),
                        changes=bar.changes,
                        slowest_seconds=None if bar.slowest is None else round(bar.slowest, 2),
                        broken_seconds=round(min(bar.broken, float(_QUARTER)), 1),
                    )
                    for at, bar in shown
                ],
                today_changes=sum(bar.changes for bar in today),
                today_writes=sum(bar.writes for bar in today),
            )

    def save(self) -> None:
        """Keep it; a disk that takes nothing now costs a minute of a chart, no more."""
        with self._lock:
            content = orjson.dumps({str(at): asdict(bar) for at, bar in self._bars.items()})
        try:
            private_file.write(self._file, content)
        except OSError:
            return

    def _now(self) -> _Bar:
        at = int(self._clock.time() // _QUARTER)
        if at not in self._bars:
            # Those of the future too: the clock was set back.
            self._bars = {one: bar for one, bar in self._bars.items() if at - _KEPT < one <= at}
            self._bars[at] = _Bar()
        return self._bars[at]

    def _read(self) -> dict[int, _Bar]:
        try:
            return {int(at): _Bar(**bar) for at, bar in orjson.loads(self._file.read_bytes()).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
