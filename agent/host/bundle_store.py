"""What a bundle tells of the store: how far each shape has got, what waits, what became of write-backs.

Also hands out the practice's own words that the store knows (keys, names in what waits), for the search that follows:
they are compared in memory and go nowhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
import zstandard

from agent.host.sources import PMS
from agent.model.canonical import SCHEMA_VERSION
from agent.model.clock import iso_utc
from agent.model.errors import AgentError
from agent.sources.layout import layout_of
from agent.store.store import Store

_COMMANDS = 1000
_CHUNK_BYTES = 2_000_000
"""Changes that wait are searched for names, the oldest so many bytes of them."""
_PLAIN_BYTES = 32_000_000
_RANGES = 300
"""Keys are taken from so many ranges of each shape at most."""
_KEYED = ("patient", "appointment")
_NAMES = frozenset(
    "first_name middle_name last_name preferred_name emails email line_1 chart_number number birth_date".split()
)
"""Fields whose values are looked for."""


def schema(pms: str, document: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is read: each shape with a digest of its declaration, and why it is not read where it is not."""
    stopped: dict[str, str] = {}
    for resource in (document or {}).get("resources", []):
        stopped.update(resource.get("stopped", {}))
    shapes = []
    for shape in PMS[pms].shapes:
        columns = layout_of(shape).columns()
        told = orjson.dumps([shape.id, shape.mapping_version, columns])
        shapes.append(
            {
                "shape": shape.id,
                "mapping_version": shape.mapping_version,
                "tables": len(columns),
                "columns": sum(map(len, columns.values())),
                "declaration": hashlib.blake2b(told, digest_size=16).hexdigest(),
                "stopped": stopped.get(shape.id),
            }
        )
    return {
        "schema_version": SCHEMA_VERSION,
        "pms": pms,
        "database": (document or {}).get("database"),
        "shapes": shapes,
    }


def timings(store: Store, now: float) -> dict[str, Any]:
    """How far each shape has got, and how long ago its ranges were compared."""
    acked, lag, oldest = store.deliveries()
    fences = store.fences()
    dirty = Counter(shape for shape, _ in store.dirty())
    shapes = []
    for name, state in sorted(store.states().items()):
        ages = [now - fence.checked for fence in fences.get(name, []) if fence.checked]
        shapes.append(
            {
                "shape": name,
                "records": state.count,
                "loaded": state.loaded,
                "ranges": len(fences.get(name, [])),
                "oldest_comparison_seconds": round(max(ages), 1) if ages else None,
                "newest_comparison_seconds": round(min(ages), 1) if ages else None,
                "waiting_keys": dirty[name],
            }
        )
    place = store.outbox.place
    return {
        "acked_seconds_ago": None if acked is None else round(now - acked, 1),
        "lag_seconds": None if lag is None else round(lag, 2),
        "oldest_waiting_seconds": None if oldest is None else round(now - oldest, 1),
        "outbox_bytes": store.outbox.size,
        "outbox_changes": place.next_seq - 1 - place.acked_seq,
        "shapes": shapes,
    }


def writes(store: Store) -> dict[str, Any]:
    """Write-backs by kind, state and reason."""
    counted: Counter[tuple[str, str, str | None]] = Counter()
    last: dict[tuple[str, str, str | None], float] = {}
    for kept in store.inbox.all(_COMMANDS):
        what = (kept.command.kind, kept.state, kept.reason)
        counted[what] += 1
        last[what] = max(last.get(what, 0.0), kept.changed)
    return {
        "states": store.inbox.counts(),
        "by_reason": [
            {"kind": kind, "state": state, "reason": reason, "count": count, "last": iso_utc(last[kind, state, reason])}
            for (kind, state, reason), count in sorted(counted.items(), key=str)
        ],
        "trail_lines": store.audit.verify().entries,
        "reports_waiting": bool(store.inbox.reports(1)),
    }


def requests(store: Store) -> list[dict[str, Any]]:
    """What was asked for lately, and how it ended."""
    return [
        {"id": one.id, "kind": one.kind, "state": one.state, "code": (one.answer or {}).get("code")}
        for one in store.requests.latest(20)
    ]


# The practice's own words -------------------------------------------------------------------------------------------


def known(store: Store) -> frozenset[str]:
    """Words of the practice that the store knows, folded. Nothing that fails here keeps a bundle from being made."""
    found: set[str] = set()
    for source in (_of_keys, _of_changes, _of_commands):
        with contextlib.suppress(AgentError, ValueError, zstandard.ZstdError):
            for text in source(store):
                found.update(_words(text))
    return frozenset(found)


def _of_keys(store: Store) -> Iterator[str]:
    fences = store.fences()
    for shape in _KEYED:
        for fence in fences.get(shape, [])[:_RANGES]:
            keys = store.entries(fence.id)
            if not any(isinstance(part, str) for key in keys for part in key):
                break  # plain numbers, which cannot be told from counts
            for key in keys:
                yield from (part for part in key if isinstance(part, str))


def _of_changes(store: Store) -> Iterator[str]:
    room = _PLAIN_BYTES
    for pending in store.outbox.pending(_CHUNK_BYTES):
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(pending.frame)) as reader:
            plain = reader.read(room)
        room -= len(plain)
        for line in plain.splitlines()[1:]:
            with contextlib.suppress(ValueError):
                yield from _named(orjson.loads(line).get("data"))
        if room <= 0:
            return


def _of_commands(store: Store) -> Iterator[str]:
    for kept in store.inbox.all(_COMMANDS):
        yield from _named(kept.command.payload)
        if kept.command.target.id is not None:
            yield kept.command.target.id


def _named(value: Any, name: str = "") -> Iterator[str]:
    """Texts in a record that tell who somebody is."""
    match value:
        case Mapping():
            for inner, each in value.items():
                yield from _named(each, str(inner))
        case list():
            for each in value:
                yield from _named(each, name)
        case str():
            if name in _NAMES:
                yield value


def _words(text: str) -> Iterable[str]:
    """A text and its words, but not those that numbers or short words of anything could be."""
    folded = text.strip().casefold()
    for one in {folded, *re.findall(r"[^\W_]+", folded)}:
        if len(one) >= 4 and (not one.isdecimal() or len(one) >= 7):
            yield one
