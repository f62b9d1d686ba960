"""The service, installed in a simulated practice of this process: beside its front desk, with faults on demand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.opendental_api.faults import Draw, Faulty, Plan
from sandbox.opendental_api.house import BesideDesk
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.service import ApiService
from sandbox.practice.clerk import Clerk


def installed(
    desk: Callable[[], Clerk],
    connect: Callable[[], Any],
    *,
    clock: Callable[[], datetime] | None = None,
    plan: Draw | None = None,
    keys: ApiKeys | None = None,
) -> Faulty:
    """The service on what ``connect`` connects to (in memory: always the desk's own connection).

    ``desk`` gives the front desk as it is now; its model is told of all that the service writes. ``clock`` is the
    practice's wall clock (naive local time), the desk's unless told.
    """
    now = clock if clock is not None else lambda: desk().now
    service = ApiService(connect(), now, keys or ApiKeys.made_up(), BesideDesk(desk), reconnect=connect)
    return Faulty(service, plan if plan is not None else Plan(), now)
