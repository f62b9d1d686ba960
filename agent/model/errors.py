"""The error tree: what an engine does about an error is in the error's type.

    AgentError
    ├── Retry          the same call may succeed later by itself: wait and try again
    ├── Terminal       trying again changes nothing: stop this work, keep the rest, report
    │   └── StoreDamaged   the agent's own store cannot be used: set it aside and begin anew
    └── NeedsPerson    somebody must decide or act: hold this work, keep the rest, ask

Every error carries a stable ``code``, a ``title`` (one line) and ``advice`` (the remedy), in plain words and
without any data of a patient: driver messages, which may quote data, never enter an error. Foreign exceptions are
converted once, at the edge that talks to the foreign thing.
"""

from __future__ import annotations


class AgentError(Exception):
    """An error with a stable code, a title and a remedy. Never holds patient data."""

    def __init__(
        self, code: str, title: str, advice: str, *, retry_after: float | None = None, **fields: str | int | None
    ) -> None:
        super().__init__(f"{title} ({code}). {advice}")
        self.code = code
        """Stable, snake_case; documented, alarmed on, translated."""
        self.title = title
        """One line: what is wrong."""
        self.advice = advice
        """What the reader can do about it."""
        self.retry_after = retry_after
        """Seconds that the other side asked us to wait, if it did."""
        self.fields = fields
        """Facts without patient data (table, column, SQLSTATE, status), for the log."""


class Retry(AgentError):
    """The same call may succeed later by itself."""


class Terminal(AgentError):
    """Trying again changes nothing; this piece of work stops, the rest goes on."""


class StoreDamaged(Terminal):
    """The agent's store cannot be used; it must be set aside and built again from the practice's database."""


class NeedsPerson(AgentError):
    """Work is held until a person decides or acts; nothing is lost meanwhile."""
