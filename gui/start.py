"""``practice-agent-tray``: starts the window, or says in one line what of it is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gui.texts import say

NOT_INSTALLED = 3


def main(given: Sequence[str] | None = None) -> int:
    """Run until somebody quits; the exit code."""
    try:
        from gui.main import main as run
    except ImportError as error:
        if sys.stderr is not None:  # a program without a console has none
            sys.stderr.write(say("start.missing", why=error) + "\n")
        return NOT_INSTALLED
    return run(given)
