"""Comparing a fenced range with the practice's database, and looking inside where it differs."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.capture.dirty import in_feed
from agent.capture.work import Work
from agent.model.reading import Key, Page, Range, Record, ShapeFacts
from agent.model.state import Commit, Entry, Fence, NewFence

_ROWS = 200
"""Records confirmed in one statement."""


@dataclass(slots=True)
class _Found:
    """What a page showed, beside what was known."""

    digest: bytes
    same: dict[Key, Entry] = field(default_factory=dict)
    changed: list[tuple[Record, bytes]] = field(default_factory=list)
    remapped: list[tuple[Record, bytes]] = field(default_factory=list)
    missing: dict[Key, Entry] = field(default_factory=dict)


class Ranges:
    """The rotation's work on one range."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def compare(self, fence: Fence) -> None:
        """Compare a range's digest; look inside where it differs."""
        work = self._work
        shape = work.guard.shapes[fence.shape]
        if fence.digest and fence.salt == work.source.salt(shape.id):
            limit = work.pace.limit(shape.id)
            seen = work.source.digest(shape.id, fence.within, 2 * max(fence.rows, limit))
            work.pace.worked(shape.id, seen.busy, work.clock.monotonic(), work.settings.duty())
            too_long = seen.busy > work.settings.pace.statement_seconds and fence.rows > 2 * limit
            same = work.changes.range_digest(seen.digest) == fence.digest
            if same and not seen.overflow and not too_long:
                work.rotation.checked(fence, work.clock.monotonic(), work.clock.time())
                return
        self._look_inside(shape, fence)

    def _look_inside(self, shape: ShapeFacts, fence: Fence) -> None:
        """Read a range (or its beginning, when it has grown long) and send what differs.

        When the range is longer than a page, the page becomes a fence of its own and the rest another. Where keys
        compare here as in the database, what is known up to the cut and was not met is missing. Elsewhere it stays with
        the rest, and only at the end of the range is what was not met missing; if such a record comes back before the
        cut, what is known of it is fetched from where it strayed to.
        """
        work = self._work
        salt = work.source.salt(shape.id)
        limit = work.pace.limit(shape.id)
        page = work.source.scan(shape.id, fence.within, max(limit, min(fence.rows + 64, 2 * limit)))
        known = work.store.entries(fence.id)
        found = self._sort(shape, page, known, remap=fence.salt != salt)
        self._confirm(shape, found, known)
        commit = work.commit("remap" if found.remapped and not found.changed else "change")
        if not shape.ordered:
            known |= self._strayed(shape, fence, [r.key for r, _ in found.changed if r.key not in known], commit)
        met = found.same
        for group in (found.changed, found.remapped):
            met |= work.changes.write(commit, shape, [r for r, _ in group], [d for _, d in group], known)
        if found.missing and not work.may_delete(shape, len(found.missing), commit):
            met |= found.missing
            found.missing, found.digest = {}, b""
        for key, entry in found.missing.items():
            work.changes.gone(commit, shape, key, entry)
        rest = {key: entry for key, entry in known.items() if key not in met and key not in found.missing}
        new = _cut(fence, page, NewFence(fence.within, found.digest, salt, met), rest)
        commit.fences.append((fence.id, shape.id, new))
        work.moved(commit, shape.id, in_feed(met.values()) + in_feed(rest.values()) - in_feed(known.values()))
        work.write(commit, shape, fence, new)
        work.pace.worked(shape.id, page.busy, work.clock.monotonic(), work.settings.duty())

    def _sort(self, shape: ShapeFacts, page: Page, known: dict[Key, Entry], *, remap: bool) -> _Found:
        found = _Found(self._work.changes.range_digest(page.digest))
        if page.last:
            found.missing = dict(known)
        elif shape.ordered:
            cut = page.records[-1].key
            found.missing = {key: entry for key, entry in known.items() if key <= cut}
        for record, digest in zip(page.records, self._work.changes.digests(page.records), strict=True):
            before = known.get(record.key)
            found.missing.pop(record.key, None)
            if before is None or before.digest != digest:
                found.changed.append((record, digest))
            elif remap:
                found.remapped.append((record, digest))
            else:
                found.same[record.key] = before
        return found

    def _confirm(self, shape: ShapeFacts, found: _Found, known: dict[Key, Entry]) -> None:
        """Read again, committed, what the page said of missing records (and of changed ones, where scans may show
        uncommitted rows); only what is confirmed counts.
        """
        work = self._work
        assert work.guard.description is not None
        doubtful = found.changed if work.guard.description.dirty_reads else []
        keys = [*found.missing, *(record.key for record, _ in doubtful)]
        seen: dict[Key, Record] = {}
        for at in range(0, len(keys), _ROWS):
            seen.update((record.key, record) for record in work.source.rows(shape.id, keys[at : at + _ROWS]))
        if doubtful:
            found.changed = []
            for record, digest in doubtful:
                again = seen.get(record.key)
                own = b"" if again is None else work.changes.digest(again)
                if own != digest:
                    found.digest = b""  # the page showed what is not there: look inside again at the next visit
                if again is not None:
                    found.changed.append((again, own))
                elif record.key in known:
                    found.missing[record.key] = known[record.key]  # gone since the page
        for key in [key for key in found.missing if key in seen]:
            found.digest = b""
            del found.missing[key]
            found.changed.append((seen[key], work.changes.digest(seen[key])))

    def _strayed(self, shape: ShapeFacts, fence: Fence, keys: list[Key], commit: Commit) -> dict[Key, Entry]:
        """What other ranges know of keys that are new in this one; they forget it in the same commit.

        A key must be known once only: two entries would give one record two ids.
        """
        wanted = set(keys)
        found: dict[Key, Entry] = {}
        for other in self._work.rotation.of(shape.id) if wanted else ():
            if other is fence:
                continue
            entries = self._work.store.entries(other.id)
            strays = wanted & entries.keys()
            if strays:
                found.update((key, entries.pop(key)) for key in strays)
                commit.entries[other.id] = entries
        return found


def _cut(fence: Fence, page: Page, met: NewFence, rest: dict[Key, Entry]) -> list[NewFence]:
    """What takes a range's place: what was met in all of it, or its page and the rest."""
    if page.last:
        return [met]
    cut = page.records[-1].key
    return [
        NewFence(Range(fence.within.after, cut), met.digest, met.salt, met.entries),
        NewFence(Range(cut, fence.within.upto), b"", fence.salt, rest, unread=True),
    ]
