"""Who may look into the home folder: its owner alone. Changes rights only on the folder it was given."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Literal

from agent.model.errors import NeedsPerson

assert sys.platform != "win32"

Readers = Literal["all", "group", "owner"]
"""Who may read a file: everybody who can come into its folder, the owner's group, the owner alone."""

_MODES: dict[Readers, int] = {"all": 0o644, "group": 0o640, "owner": 0o600}


def make_private(folder: Path) -> None:
    """Make the folder if need be and close it to everybody but its owner (0700).

    Raises:
        NeedsPerson: ``home_unusable`` when the folder cannot be made, or belongs to somebody else.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.stat()
        if facts.st_uid != os.geteuid():
            raise NeedsPerson(
                "home_unusable",
                "The home folder belongs to another user",
                f"Run the agent as the owner of {folder}, or choose another folder with --home.",
            )
        if stat.S_IMODE(facts.st_mode) != 0o700:
            folder.chmod(0o700)
    except OSError as error:
        raise NeedsPerson(
            "home_unusable",
            "The home folder cannot be made or opened",
            f"See that {folder} is a folder that this user may write to, or choose another one with --home.",
            errno=error.errno,
        ) from error


def is_private(file: Path) -> bool:
    """Whether nobody but the owner can read or write the file, and the owner is this user.

    Raises:
        OSError: when the file cannot be looked at.
    """
    facts = file.stat()
    return facts.st_uid == os.geteuid() and not facts.st_mode & 0o077


def write_for(file: Path, content: str, readers: Readers) -> None:
    """Write a file that these may read and the owner alone may write; it has its rights before it has its content.

    Raises:
        OSError: it cannot be written.
    """
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        os.fchmod(out.fileno(), _MODES[readers])
        out.write(content)
    new.replace(file)
