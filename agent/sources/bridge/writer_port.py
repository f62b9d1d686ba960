"""The writer bridge as the channels see it: a transaction in, its outcome out.

Two things behind one interface: a child process (``writer_client.py``) and, for simulation, a connection in this
process (``writer_inprocess.py``). Neither raises: what has become of a write is the answer itself.
"""

from __future__ import annotations

from typing import Protocol

from agent.wire.writer import Apply, Committed, NotWritten, Outcome, Trial


class WriterBridge(Protocol):
    """Runs transactions on one database connection with a login of its own, one at a time."""

    def apply(self, request: Apply, deadline: float) -> Outcome:
        """Run the steps in one transaction, given up after ``deadline`` seconds if it is not committing by then."""

    def trial(self, request: Trial, deadline: float) -> Committed | NotWritten:
        """Run the steps in a transaction that is rolled back; connects first when need be."""

    def close(self) -> None:
        """Disconnect and, where there is a process, end it. A later call begins anew."""
