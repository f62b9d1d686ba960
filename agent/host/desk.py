"""Who may read the practice's database next: capture, or something that a person asked for.

The connection is one, so is the thread. What is asked for (sync, snapshot, reconcile) comes through the store's mailbox
from other processes, or from the same process, and runs in bounded steps between capture's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from agent.capture.engine import Capture
from agent.capture.reconcile import Cloud, Reconcile
from agent.cloud.upload import Upload
from agent.model.clock import Clock, iso_utc
from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.store.requests import Request
from agent.store.store import Store

_LOOK_SECONDS = 0.5
_TELL_SECONDS = 0.5
_ATTEMPTS = 5
"""A request that meets something that is away for a moment is begun again, so many times at most."""
_TRY_AGAIN_SECONDS = 2.0
_REPORT = "Please send a bundle to support; the rest of the agent goes on."


class Desk:
    """Runs capture, and requests in between."""

    def __init__(self, capture: Capture, upload: Upload, cloud: Cloud, store: Store, clock: Clock) -> None:
        self._capture = capture
        self._upload = upload
        self._cloud = cloud
        self._store = store
        self._clock = clock
        self._work: Iterator[float] | None = None
        self._request: Request | None = None
        self._answer: dict[str, Any] = {}
        self._attempts = 1
        self._reconciled: dict[str, Any] | None = None
        self._look_due = self._tell_due = self._work_due = 0.0

    def step(self) -> float:
        """One step of capture, one of a request if there is any; returns the seconds to wait."""
        pause = self._capture.step()
        now = self._clock.monotonic()
        if self._request is None and now >= self._look_due:
            self._look_due = now + _LOOK_SECONDS
            self._take(self._store.requests.next())
        if self._request is None:
            return min(pause, _LOOK_SECONDS)
        if now >= self._work_due:
            self._work_due = now + self._advance(self._request)
        return max(0.0, min(pause, self._work_due - self._clock.monotonic()))

    def _take(self, request: Request | None) -> None:
        self._request = request
        self._answer = {}
        self._attempts = 1
        if request is not None:
            self._work = self._begin(request)
            self._store.requests.tell(request.id, "running", {})

    def _begin(self, request: Request) -> Iterator[float]:
        match request.kind:
            case "sync":
                return self.sync()
            case "snapshot":
                return self.snapshot()
            case "reconcile":
                asked = request.arguments
                return self.reconcile(tuple(asked.get("resources", ())), bool(asked.get("repair", False)))
        return self._refuse(request.kind)

    @staticmethod
    def _refuse(kind: str) -> Iterator[float]:
        raise Terminal("request_unknown", f"Nobody knows the request {kind}", "Use the same version everywhere.")
        yield 0.0  # what makes it work like the others, refused at its first step

    def _advance(self, request: Request) -> float:
        assert self._work is not None
        try:
            pause = next(self._work)
        except StopIteration:
            self._store.requests.tell(request.id, "done", self._answer)
            self._request = None
            return 0.0
        except AgentError as error:
            if isinstance(error, Retry) and self._attempts < _ATTEMPTS:
                self._attempts += 1
                self._work = self._begin(request)
                return error.retry_after or _TRY_AGAIN_SECONDS
            self._fail(request, error)
            return 0.0
        except Exception:
            # Half an answer must not pass for one; whoever asked is told, and the host logs where the bug is.
            self._fail(request, AgentError("internal_error", "The program met a case that it does not know", _REPORT))
            raise
        now = self._clock.monotonic()
        if now >= self._tell_due:
            self._tell_due = now + _TELL_SECONDS
            self._store.requests.tell(request.id, "running", self._answer)
        return pause

    def _fail(self, request: Request, error: AgentError) -> None:
        kind = next((one for one in (Retry, Terminal, NeedsPerson) if isinstance(error, one)), AgentError)
        told = {"kind": kind.__name__, "code": error.code, "title": error.title, "advice": error.advice}
        self._request = None
        self._store.requests.tell(request.id, "failed", told)

    # What can be asked for -------------------------------------------------------------------------------------------

    def sync(self) -> Iterator[float]:
        """Compare everything with the practice's database now, and deliver what is new."""
        started = self._clock.monotonic()
        self._capture.hasten()
        while not self._capture.seen_since(started):
            self._tell_sync()
            yield 0.05
        while self._store.outbox.place.acked_seq < self._store.outbox.place.next_seq - 1:
            self._tell_sync()
            yield 0.05
        self._tell_sync()

    def _tell_sync(self) -> None:
        place = self._store.outbox.place
        states = self._capture.work.states.values()
        self._answer = {"records": sum(state.count for state in states), "acked_seq": place.acked_seq}

    def snapshot(self) -> Iterator[float]:
        """Begin a new epoch: everything is read and sent again."""
        before = self._store.outbox.place.epoch
        self._upload.afresh()
        while self._store.outbox.place.epoch == before:
            yield 0.1
        yield from self.sync()
        self._answer = {"epoch": self._store.outbox.place.epoch, **self._answer}

    def reconcile(self, resources: tuple[str, ...], repair: bool) -> Iterator[float]:
        """Compare the practice's database with the cloud."""
        run = Reconcile(self._capture, self._cloud, resources)
        for pause in run.run(repair=repair):
            self._answer = {"progress": asdict(run.progress), "outcomes": [asdict(one) for one in run.outcomes]}
            yield pause
        self._answer = {"outcomes": [asdict(one) for one in run.outcomes]}
        at = iso_utc(self._clock.time())
        differs = ("different", "missing", "extra")
        # What was sent again differs no more; a resource that was not compared now stays as it was.
        found = {
            one.resource: {"at": at, **{kind: 0 if repair else getattr(one, kind) for kind in differs}}
            for one in run.outcomes
        }
        before = self._reconciled or {}
        self._reconciled = {
            "at": at,
            "repaired": repair,
            "whole": not resources,
            **{kind: sum(getattr(one, kind) for one in run.outcomes) for kind in ("matched", *differs)},
            "resources": {**before.get("resources", {}), **found},
        }

    def reconciled(self, before: Mapping[str, Any] | None) -> Callable[[], Mapping[str, Any] | None]:
        """What tells when both sides were last compared and what differed; ``before``: by an earlier process."""
        self._reconciled = None if before is None else dict(before)
        return lambda: self._reconciled

    @property
    def answer(self) -> dict[str, Any]:
        """Progress or result of what runs or ran last."""
        return self._answer
