"""Where the agent lives when nobody says so. Names folders; never makes or opens them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

assert sys.platform != "win32"

NAME = "practice-agent"


def default_home() -> Path:
    """The home folder: ``/var/lib/practice-agent`` for root, the user's state folder for everybody else."""
    if os.geteuid() == 0:
        return Path("/var/lib") / NAME
    return Path(platformdirs.user_state_path(NAME))
