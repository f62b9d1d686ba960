"""Starts a server's process and ends it by its id. Knows no database."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psutil

_END_SECONDS = 30


def free_port() -> int:
    """A TCP port on loopback that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def program(name: str) -> str:
    """Where a program is.

    Raises:
        FileNotFoundError: it is not installed.
    """
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: run `make setup-servers`")
    return found


def prepare(command: Sequence[str], folder: Path | None = None) -> None:
    """Run a program that prepares a data folder, to its end.

    Raises:
        RuntimeError: it failed; the end of its output is in the text.
    """
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def start(command: Sequence[str], folder: Path | None = None, zone: str | None = None) -> int:
    """Start a process that outlives this one if need be; its id. ``zone``: the time zone that it lives in."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | ({"TZ": zone} if zone else {}),
        start_new_session=True,
    )
    # Waited for in a thread, so that it never stays behind as a zombie of ours.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def end(pid: int, how: signal.Signals) -> None:
    """Ask a process to end and wait until it has; it is killed when it does not."""
    try:
        process = psutil.Process(pid)
        process.send_signal(how)
        process.wait(timeout=_END_SECONDS)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        psutil.Process(pid).kill()
