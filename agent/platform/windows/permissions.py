"""Who may look into the home folder: the account that runs, SYSTEM and the administrators.

Changes rights only on the folder it was given. The installer does the rest for a service's home (owner, reparse
points); this is what ``init`` does when a person runs it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

from agent.model.errors import NeedsPerson

assert sys.platform == "win32"

Readers = Literal["all", "group", "owner"]
"""Who may read a file: everybody who can come into its folder, the owner's group, the owner alone."""


_SYSTEM = "*S-1-5-18"
_ADMINISTRATORS = "*S-1-5-32-544"


def make_private(folder: Path) -> None:
    """Make the folder if need be and close it to everybody else: rights are no longer inherited.

    Raises:
        NeedsPerson: ``home_unusable`` when the folder cannot be made, or its rights cannot be set.
    """
    user = f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', 'SYSTEM')}"
    grants = [f"{who}:(OI)(CI)F" for who in (_SYSTEM, _ADMINISTRATORS, user)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["icacls", str(folder), "/inheritance:r", "/grant:r", *grants, "/q"],
            check=True,
            capture_output=True,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise NeedsPerson(
            "home_unusable",
            "The home folder cannot be made, or its rights cannot be set",
            f"Run as an administrator, see that {folder} is a folder on an NTFS disk, or choose another with --home.",
        ) from error


def is_private(file: Path) -> bool:
    """Whether the file is there; its rights are inherited from the folder that :func:`make_private` closed.

    Raises:
        OSError: when the file cannot be looked at.
    """
    file.stat()
    return True


def write_for(file: Path, content: str, readers: Readers) -> None:
    """Write a file whole. Its rights are inherited from the folder that :func:`make_private` closed: until the
    installer's groups are named here, everybody beside the account and the administrators is kept out.

    Raises:
        OSError: it cannot be written.
    """
    del readers
    new = file.with_name(f"{file.name}.new")
    new.write_text(content, encoding="utf-8")
    new.replace(file)
