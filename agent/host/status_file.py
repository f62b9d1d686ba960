"""Where the status document lies: written whole by the running agent, read by whoever wants to show it.

Kept apart from :mod:`agent.host.status`, which makes the document, so that showing it loads nothing of what makes it.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from agent.model.errors import Retry

FILE = "status.json"

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def write(home: Path, document: Mapping[str, Any]) -> None:
    """Put the document into the home folder, whole. On a full disk it is written over the former one, which takes no
    room: a person must be able to see that the disk is full.

    Raises:
        Retry: ``store_unwritable``.
    """
    content = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    file, temporary = home / FILE, home / f"{FILE}.new"
    try:
        try:
            temporary.write_bytes(content)
            temporary.replace(file)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            if error.errno not in _NO_ROOM:
                raise
            file.write_bytes(content)
    except OSError as error:
        raise Retry(
            "store_unwritable",
            "The status file cannot be written",
            "Check the drive and the rights of the agent's data folder; antivirus may hold the file.",
            errno=error.errno,
        ) from error


def read(home: Path) -> dict[str, Any] | None:
    """The last document written, or None."""
    try:
        found = orjson.loads((home / FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None
