"""The bridge as the rest of the agent sees it: requests in, replies out.

Two things behind one interface: a child process (``client.py``) and, for simulation, a connection in this process
(``inprocess.py``).
"""

from __future__ import annotations

from typing import Protocol

from agent.wire.bridge import Reply, Request


class Bridge(Protocol):
    """Runs requests on one database connection, one at a time."""

    def call(self, request: Request, deadline: float) -> Reply:
        """The reply to a request, within ``deadline`` seconds; connects first when need be.

        Raises :class:`agent.model.errors.AgentError`: the codes are those of ``faults.py``.
        """

    def close(self) -> None:
        """Disconnect and, where there is a process, end it. A later call begins anew."""
