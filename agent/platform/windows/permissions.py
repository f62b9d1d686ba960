"""Who may look into the home folder: the account that runs, SYSTEM and the administrators.

Changes rights only on the folder it was given. The installer does the rest for a service's home (owner, reparse
points); this is what ``init`` does when a person runs it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agent.model.errors import NeedsPerson

assert sys.platform == "win32"

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
