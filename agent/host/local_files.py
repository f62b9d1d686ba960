"""Tells the clients where the local API is and what lets them in: files in the home, there only while it serves.

Who may read a token has its right. The address comes last: whoever finds it finds the tokens too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent import __version__
from agent.api.client import ADDRESS_FILE
from agent.model.clock import iso_utc
from agent.model.errors import NeedsPerson
from agent.platform import permissions
from agent.wire.local import Address, Right

_READERS: dict[Right, permissions.Readers] = {"look": "all", "operate": "group", "change": "owner"}


@contextlib.contextmanager
def told(home: Path, port: int, tokens: Mapping[Right, str], now: float) -> Iterator[None]:
    """Until the end of the block clients find the API.

    Raises:
        NeedsPerson: ``home_unusable``.
    """
    names: dict[Right, str] = {right: f"api-{right}.token" for right in tokens}
    address = Address(port=port, pid=os.getpid(), started_at=iso_utc(now), version=__version__, tokens=names)
    try:
        try:
            for right, token in tokens.items():
                permissions.write_for(home / names[right], token, _READERS[right])
            permissions.write_for(home / ADDRESS_FILE, address.model_dump_json(), "all")
        except OSError as error:
            raise NeedsPerson(
                "home_unusable",
                "The files of the local API cannot be written",
                f"See that the disk has room and that this user may write to {home}.",
                errno=error.errno,
            ) from error
        yield
    finally:
        for name in (ADDRESS_FILE, *names.values()):
            with contextlib.suppress(OSError):  # what stays opens nothing: tokens are new at every start
                (home / name).unlink(missing_ok=True)
