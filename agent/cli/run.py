"""``practice-agent run``."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, examples

EXAMPLES = examples("practice-agent run", "practice-agent run --quiet --home /srv/agent")


def run(
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print no events; they are in the log all the same.")
    ] = False,
    home: HomeDir = None,
) -> None:
    """Feed the cloud until told to stop (Ctrl-C, or SIGTERM from the service manager).

    Where it is not set up yet it waits for that, and serves the window's assistant meanwhile.
    """
    from agent.host.home import Home
    from agent.host.local_station import Station
    from agent.host.log import Event, told

    def show(at: str, event: Event) -> None:
        screen.say(told(at, event))

    with _stopping() as stop:
        Station(Home.open(home), None if quiet else show).run(stop)


@contextlib.contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that is set when the system or a person asks to stop; asked twice, the process ends at once."""
    stop = threading.Event()
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    before: dict[int, Any] = {}

    def asked(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[number] or signal.SIG_DFL)

    for number in (int(getattr(signal, name)) for name in names if hasattr(signal, name)):
        before[number] = signal.signal(number, asked)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
