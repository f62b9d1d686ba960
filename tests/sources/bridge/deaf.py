"""A child like the real one, but one that cannot be cancelled: a driver that ignores it."""

import sys

from agent.sources.bridge.core import BridgeCore
from agent.sources.bridge.process import connect, serve


class DeafCore(BridgeCore):
    """Never hears a cancellation."""

    def cancel(self) -> None:
        """Do nothing."""


serve(DeafCore(connect), sys.stdin.buffer, sys.stdout.buffer)
