"""Where the agent lives when nobody says so. Names folders; never makes or opens them."""

from __future__ import annotations

from pathlib import Path

import platformdirs

NAME = "Practice Agent"


def default_home() -> Path:
    r"""The home folder: ``C:\ProgramData\Practice Agent``, for the service and for people alike."""
    return Path(platformdirs.site_data_path(NAME, appauthor=False))
