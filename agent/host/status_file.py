"""Where the status document lies: written whole by the running agent, read by whoever wants to show it.

Kept apart from :mod:`agent.host.status`, which makes the document, so that showing it loads nothing of what makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

FILE = "status.json"


def write(home: Path, document: Mapping[str, Any]) -> None:
    """Put the document into the home folder, whole."""
    temporary = home / f"{FILE}.new"
    temporary.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    temporary.replace(home / FILE)


def read(home: Path) -> dict[str, Any] | None:
    """The last document written, or None."""
    try:
        found = orjson.loads((home / FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None
