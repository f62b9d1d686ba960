"""The two threads of a serving cloud that watch and tell: one looks every so often, one sends what is due.

A fault in one round is logged by its kind and the next round comes all the same; both end with the block.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cryptography import x509

from sandbox.cloud.alarms_rules import Limits
from sandbox.cloud.alarms_sending import Sender
from sandbox.cloud.alarms_watch import CertificateLife
from sandbox.cloud.service import Cloud

LOOK_SECONDS = 60.0
"""Pause between two looks."""
SEND_SECONDS = 1.0
"""Pause between two rounds of sending."""

_log = logging.getLogger("practice_cloud")


def life_of(certificate: Path) -> CertificateLife | None:
    """From when to when a PEM file's first certificate is good; None = it cannot be read now."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError):
        return None
    return found.not_valid_before_utc, found.not_valid_after_utc


@contextmanager
def watching(
    cloud: Cloud,
    now: Callable[[], datetime],
    certificate: Path,
    limits: Limits | None = None,
    *,
    every: float = LOOK_SECONDS,
    sender: Sender | None = None,
) -> Iterator[None]:
    """Watch and tell until the end of the block; ``every``: seconds between two looks."""
    watch = cloud.watch(limits, lambda: life_of(certificate))
    cloud.alarms.seal_plain()
    send, rng, stop = sender or Sender(now), random.Random(), threading.Event()
    rounds: dict[str, tuple[Callable[[], object], float]] = {
        "watch": (watch.look, every),
        "send": (lambda: cloud.alarms.send_due(send, rng), SEND_SECONDS),
    }
    threads = [
        threading.Thread(target=_rounds, args=(name, work, pause, stop), name=f"alarms-{name}", daemon=True)
        for name, (work, pause) in rounds.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def _rounds(name: str, work: Callable[[], object], pause: float, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            work()
        except Exception as error:  # noqa: BLE001  the watch must go on; nothing of a fault's text may leave
            _log.error("fault in the %s of alarms: %s", name, type(error).__name__)
        stop.wait(pause)
