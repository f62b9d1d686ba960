"""The first load: rotation over an empty store, a page at a time, resumable after any page."""

from __future__ import annotations

from agent.capture.changes import complete_line
from agent.capture.dirty import in_feed
from agent.capture.work import Work
from agent.model.reading import Range, ShapeFacts
from agent.model.resources import RESOURCES
from agent.model.state import Commit, NewFence, ShapeState


class Loading:
    """Reads shapes that have not been read in this epoch; referred-to resources first."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def next(self) -> ShapeFacts | None:
        """The shape to go on with; None = everything is loaded."""
        for resource in RESOURCES:
            for shape in self._work.guard.shapes.values():
                if shape.resource == resource and not self._work.states[shape.id].loaded:
                    return shape
        return None

    def page(self, shape: ShapeFacts) -> None:
        """Read the next page of a first load."""
        work = self._work
        state = work.states[shape.id]
        salt = work.source.salt(shape.id)
        page = work.source.scan(shape.id, Range(state.after, None), work.pace.limit(shape.id))
        commit = work.commit("load")
        digests = work.changes.digests(page.records)
        entries = work.changes.write(commit, shape, page.records, digests, {})
        last = page.records[-1].key if page.records else state.after
        fence = NewFence(
            Range(state.after, None if page.last else last), work.changes.range_digest(page.digest), salt, entries
        )
        moved = ShapeState(shape.id, shape.resource, page.last, last, state.count + in_feed(entries.values()))
        commit.states.append(moved)
        if page.last:
            self._complete(commit, shape, moved)
        commit.fences.append((None, shape.id, [fence]))
        work.write(commit, shape, None, [fence])
        work.pace.worked(shape.id, page.busy, work.clock.monotonic(), work.settings.load_duty())

    def _complete(self, commit: Commit, shape: ShapeFacts, moved: ShapeState) -> None:
        """Say that a resource is complete once all its shapes are; a shape that cannot be read keeps it open."""
        work = self._work
        assert work.guard.description is not None
        others = [s.id for s in work.guard.description.shapes if s.resource == shape.resource and s.id != shape.id]
        if all(name in work.states and work.states[name].loaded for name in others):
            count = moved.count + sum(work.states[name].count for name in others)
            commit.lines.append(complete_line(shape.resource, count))
