"""What calls take beside their messages: the parameters of their queries, and the token call's form."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.wire.cloud import Message
from agent.wire.commands import State
from sandbox.cloud.commanding import MAX_COMMANDS_PAGE
from sandbox.cloud.reading import MAX_PAGE
from sandbox.cloud.waiting import MAX_WAIT


class Query(BaseModel):
    """Base of the query parameters of a call."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class NoQuery(Query):
    """No parameters."""


class ChangesQuery(Query):
    """Which piece of the feed."""

    after: Annotated[int, Field(ge=0, lt=2**53)] = 0
    """Entries after this ``feed_seq``."""
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 500
    """Entries at most."""


class RecordsQuery(Query):
    """Which piece of a resource's state."""

    updated_since: Annotated[str, Field(max_length=40)] | None = None
    """Only records of which the cloud took a change since then; ISO 8601 with zone."""
    cursor: Annotated[str, Field(max_length=40)] | None = None
    """``next_cursor`` of the page before."""
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 500
    """Records at most."""
    include_deleted: bool = False
    """Deleted records too."""


class TotalsQuery(Query):
    """Which days."""

    first_day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """First local date."""
    last_day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
    """Last local date, included."""


class TakeQuery(Query):
    """Who fetches commands, and how long the agent is ready to wait for some."""

    session: Annotated[str, Field(min_length=1, max_length=200)]
    """The session that fetches: the newest one."""
    wait: Annotated[float, Field(ge=0, le=MAX_WAIT)] = 0
    """Seconds to wait when there is nothing, at most 30."""
    keys: Annotated[int, Field(ge=0, lt=2**53)] = 0
    """Version of the key set that the agent knows; 0 = not told."""


class CommandsQuery(Query):
    """Which of the practice's commands."""

    after: Annotated[int, Field(ge=0, lt=2**53)] = 0
    """Commands after this ``queue_seq``."""
    state: State | None = None
    """Only those in this state."""
    limit: Annotated[int, Field(ge=1, le=MAX_COMMANDS_PAGE)] = 100
    """Commands at most."""


class TokenForm(Message):
    """Client credentials with a signed assertion (RFC 7523)."""

    grant_type: Literal["client_credentials"]
    """What is asked."""
    client_assertion_type: Literal["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    """How the agent shows who it is."""
    client_assertion: Annotated[str, Field(max_length=8000)]
    """A JWT signed with ES384 by the agent's key."""
