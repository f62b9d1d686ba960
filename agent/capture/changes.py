"""From records as read to change lines: what is new, what differs, what is gone.

The hot path of a first load. Records are mapped a page at a time; a line is put together from bytes that are made once:
the canonical bytes of the data serve the version hash and the line alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import orjson

from agent.capture.ports import Source, Store
from agent.model.canonical import encode
from agent.model.reading import Key, Mapped, Record, ShapeFacts
from agent.model.state import Commit, Entry, Former

UNSENDABLE = b"\xff" * 16
"""Stands for the version of a record that the cloud holds but that cannot be read any more: nothing equals it, so
whatever can be read again is sent again."""


_AT_ONCE = 16
"""Records mapped in one call."""


class ChangeMaker:
    """Compares records with what was sent and writes the lines that make up the difference."""

    def __init__(self, source: Source, store: Store) -> None:
        self._source = source
        self._store = store
        self._key = store.digest_key
        self._keyed = hashlib.blake2b(key=self._key, digest_size=16)

    def digest(self, record: Record) -> bytes:
        """Keyed digest of a record as read, parts included."""
        return self.digests((record,))[0]

    def digests(self, records: Iterable[Record]) -> list[bytes]:
        """Keyed digests of records."""
        keyed, dumps = self._keyed.copy, orjson.dumps
        found = []
        for record in records:
            digest = keyed()
            digest.update(dumps((record.root, record.parts)))
            found.append(digest.digest())
        return found

    def range_digest(self, plain: bytes) -> bytes:
        """A range's digest as it is kept: keyed, because a range may hold so little that one could guess it."""
        return hashlib.blake2b(plain, key=self._key, digest_size=16).digest()

    def write(
        self,
        commit: Commit,
        shape: ShapeFacts,
        records: Sequence[Record],
        digests: Sequence[bytes],
        known: dict[Key, Entry],
        *,
        resend: bool = False,
    ) -> dict[Key, Entry]:
        """Lines for those records whose canonical version is not the one last sent; returns their new entries."""
        entries: dict[Key, Entry] = {}
        if not records:
            return entries
        head = b'{"op":"upsert","resource":"' + shape.resource.encode() + b'","id":'
        middle = b'","mapping_version":%d,"source":{"table":"%s","key":' % (
            self._source.mapping_version(shape.id),
            shape.table.encode(),
        )
        dumps, fresh = orjson.dumps, hashlib.blake2b(digest_size=16).copy
        for mapped, digest in zip(self._mapped(shape.id, records), digests, strict=True):
            before = known.get(mapped.key)
            if mapped.id is None or mapped.data is None:
                entries[mapped.key] = self._without_data(commit, shape, mapped, digest, before)
                continue
            canonical = mapped.canonical or encode(mapped.data)
            hashed = fresh()
            hashed.update(canonical)
            version = hashed.digest()
            incarnation = 1
            identity: tuple[bytes, ...] = ()
            if shape.reusable_keys:
                incarnation, identity = self._holder(commit, shape, mapped, before)
            if before is not None and before.version == version and before.incarnation == incarnation and not resend:
                entries[mapped.key] = Entry(digest, version, incarnation, identity)
                continue
            line = [
                head,
                dumps(with_incarnation(mapped.id, incarnation)),
                b',"version":"',
                version.hex().encode(),
                middle,
                dumps(mapped.key),
                b'},"data":',
                canonical,
            ]
            if mapped.source_updated_at is not None:
                line += (b',"source_updated_at":', dumps(mapped.source_updated_at))
            if mapped.derived is not None:
                line += (b',"derived":', dumps(mapped.derived))
            if mapped.issues:
                line += (b',"issues":', dumps(mapped.issues))
            line.append(b"}")
            commit.lines.append(b"".join(line))
            if before is not None and before.version in (b"", UNSENDABLE):
                commit.release.append((shape.id, mapped.key))
            entries[mapped.key] = Entry(digest, version, incarnation, identity)
        return entries

    def _mapped(self, shape: str, records: Sequence[Record]) -> Iterator[Mapped]:
        """Records mapped a few at a time: what was made of them is let go of while the processor's cache holds it."""
        for begin in range(0, len(records), _AT_ONCE):
            yield from self._source.map(shape, records[begin : begin + _AT_ONCE])

    def gone(self, commit: Commit, shape: ShapeFacts, key: Key, entry: Entry) -> None:
        """A record is gone: say so, if it was in the feed."""
        base = self._source.id_of(shape.id, key)
        if base is None:
            return
        if entry.version:
            commit.lines.append(delete_line(shape, with_incarnation(base, entry.incarnation), key))
        if shape.reusable_keys:
            commit.former[(shape.id, base)] = Former(entry.incarnation, entry.identity)
        if entry.version in (b"", UNSENDABLE):
            commit.release.append((shape.id, key))

    def _without_data(
        self, commit: Commit, shape: ShapeFacts, mapped: Mapped, digest: bytes, before: Entry | None
    ) -> Entry:
        """The record is not part of the feed, or cannot be sent."""
        reason = "key_unusable" if mapped.id is None else mapped.issues[0].code if mapped.issues else None
        if reason is not None:
            commit.quarantine.append((shape.id, mapped.key, reason))
        if before is None or not before.version or mapped.id is None:
            return Entry(digest, b"")
        if reason is None:
            self.gone(commit, shape, mapped.key, before)
            return Entry(digest, b"", before.incarnation, before.identity)
        stale = {
            "op": "stale",
            "resource": shape.resource,
            "id": with_incarnation(mapped.id, before.incarnation),
            "reason": reason,
        }
        commit.lines.append(orjson.dumps(stale))
        return Entry(digest, UNSENDABLE, before.incarnation, before.identity)

    def _holder(
        self, commit: Commit, shape: ShapeFacts, mapped: Mapped, before: Entry | None
    ) -> tuple[int, tuple[bytes, ...]]:
        """Which holder of a reusable key this is, and what identifies it."""
        identity = tuple(self._identify(value) for value in mapped.identity)
        assert mapped.id is not None
        if before is not None and before.version:
            if not _another(before.identity, identity):
                return before.incarnation, identity
            commit.lines.append(delete_line(shape, with_incarnation(mapped.id, before.incarnation), mapped.key))
            return before.incarnation + 1, identity
        return self.holder(shape, mapped, before), identity

    def holder(self, shape: ShapeFacts, mapped: Mapped, before: Entry | None) -> int:
        """Which holder of a reusable key a record is now, by what was known of the key before."""
        identity = tuple(self._identify(value) for value in mapped.identity)
        if before is not None and before.version:
            return before.incarnation + _another(before.identity, identity)
        former = self._store.former(shape.id, mapped.id or "")
        return 1 if former is None else former.incarnation + _another(former.identity, identity)

    def _identify(self, value: str | None) -> bytes:
        return b"" if value is None else hashlib.blake2b(value.encode(), key=self._key, digest_size=8).digest()


def _another(before: tuple[bytes, ...], now: tuple[bytes, ...]) -> bool:
    """Another holder: everything that identifies is known on both sides and differs."""
    return (
        bool(before) and len(before) == len(now) and all(a and b and a != b for a, b in zip(before, now, strict=True))
    )


def with_incarnation(base_id: str, incarnation: int) -> str:
    """The id of a key's n-th holder."""
    return base_id if incarnation == 1 else f"{base_id}~{incarnation}"


def delete_line(shape: ShapeFacts, record_id: str, key: Key) -> bytes:
    """A line that says that a record is gone."""
    return orjson.dumps(
        {"op": "delete", "resource": shape.resource, "id": record_id, "source": {"table": shape.table, "key": key}}
    )


def complete_line(resource: str, count: int) -> bytes:
    """A line that says that a resource's first load in this epoch is complete."""
    return orjson.dumps({"op": "complete", "resource": resource, "count": count})
