"""Open Dental's channel: writes by its API Service, looks in its database.

Owns the order of things around one write: look for the tag, look at the target, send one request, read the answer's
status. Must never write by SQL, send a request twice, or take the API's answer for more than "it was taken".
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from agent.model.errors import AgentError
from agent.model.writing import (
    Applied,
    Capability,
    ChannelFacts,
    Finding,
    NotNow,
    OutcomeUnknown,
    Plan,
    Task,
    WriteConflict,
    WriteRefused,
)
from agent.sources.opendental.writing import answers
from agent.sources.opendental.writing.exchange import Exchange
from agent.sources.opendental.writing.finding import Finder
from agent.sources.opendental.writing.guards import Guards
from agent.sources.opendental.writing.kinds import CAPABILITIES
from agent.sources.opendental.writing.refusals import refused, unknown
from agent.sources.opendental.writing.requests import Request, Requests
from agent.sources.opendental.writing.rows import Rows
from agent.sources.reader import Reader

NAME = "Open Dental API Service"

LOOK = "preferences?PrefName=ProgramVersion"
"""A small question that every key may ask."""

SETTLE_SECONDS = 65.0
"""The API gives up after 60."""

REMEMBERED = 100
"""Tasks whose records are known by their keys, until they have been looked at."""


class OpenDentalChannel:
    """How Open Dental takes writes."""

    def __init__(
        self, exchange: Exchange | None, reader: Reader, *, double_booking: Callable[[], bool] = lambda: False
    ) -> None:
        """``exchange``: None = the office has set up no key. ``double_booking``: whether the office lets appointments
        overlap now, so that a taken slot is no conflict.
        """
        rows = Rows(reader)
        self._exchange = exchange
        self._requests = Requests(rows)
        self._finder = Finder(rows)
        self._guards = Guards(rows, double_booking)
        self._made: OrderedDict[str, Applied] = OrderedDict()

    @property
    def name(self) -> str:
        """As people call it."""
        return NAME

    @property
    def settle_seconds(self) -> float:
        """How long a request whose answer is lost may still be carried out."""
        return SETTLE_SECONDS

    def capabilities(self) -> Sequence[Capability]:
        """Every kind of write."""
        return CAPABILITIES

    def look(self) -> ChannelFacts:
        """Whether the API answers us now."""
        if self._exchange is None:
            return ChannelFacts(NAME, "not_configured", "No key for the API has been set.")
        try:
            answer = self._exchange.send("GET", LOOK)
        except (NotNow, OutcomeUnknown):
            return ChannelFacts(NAME, "unreachable", "The API Service does not answer.")
        if answer.status in (401, 403):
            return ChannelFacts(NAME, "refused", "The API Service does not accept the key.")
        if answer.status == 200:
            return ChannelFacts(NAME, "ready")
        return ChannelFacts(NAME, "unreachable", f"The API Service answers with status {answer.status}.")

    def prepare(self, task: Task) -> Plan:
        """The exact requests."""
        requests = self._requests.of(task)
        return Plan({"channel": NAME, "requests": [request.shown for request in requests]}, requests)

    def apply(self, task: Task, plan: Plan) -> Applied:
        """Send them, unless the task's tag shows that this has been done."""
        if self._exchange is None:
            raise refused("channel_not_configured")
        requests: tuple[Request, ...] = plan.content
        *first, last = requests
        earlier, noted = self._ready(task, last)
        if earlier is not None:
            return earlier
        written = False
        try:
            for request in first if not noted else ():
                answers.applied(self._exchange.send(request.method, request.path, request.body), request)
                written = True
            done = answers.applied(self._exchange.send(last.method, last.path, last.body), last)
        except (WriteRefused, WriteConflict, NotNow):
            if written:  # a part of it is there: it is looked at first, and then only the rest is asked for
                raise unknown() from None
            raise
        done = done or self._look_up(task, last)
        self._made[task.command_id] = done
        while len(self._made) > REMEMBERED:
            self._made.popitem(last=False)
        return done

    def trial(self, task: Task, plan: Plan) -> None:
        """Not possible: what the API was given stays."""
        del task, plan
        raise refused("no_trial")

    def find(self, task: Task) -> Finding:
        """Whether the task has been carried out. What this channel object has been told of helps, nothing more."""
        return self._finder.find(task, self._made.get(task.command_id))

    # ------------------------------------------------------------------------------------------------------------------

    def _ready(self, task: Task, request: Request) -> tuple[Applied | None, bool]:
        """The last look before the request: what has been made already when the tag is there, and whether what goes
        before the request (a note) has been written.
        """
        try:
            found = self._finder.by_tag(task, request.body)
            if found is None:
                self._guards.check(task, request)
                return None, self._finder.noted(task)
        except (WriteRefused, WriteConflict):
            raise
        except AgentError as error:
            raise NotNow(error.code, error.title, error.advice, retry_after=error.retry_after) from None
        if found.resource is None or found.key is None:
            raise unknown()
        return Applied(found.resource, found.key), False

    def _look_up(self, task: Task, request: Request) -> Applied:
        """The key of what was made where the API's answer does not tell: older versions answer without it."""
        try:
            found = self._finder.find(task)
        except AgentError:
            raise unknown() from None
        if found.result not in ("applied", "overwritten") or found.key is None:
            raise unknown()
        return Applied(request.resource, found.key)
