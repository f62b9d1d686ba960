"""``--keep``: everything runs on after the story, the front desk too; and ``--stop``, which ends it."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import threading
from pathlib import Path

import orjson

from agent.model.errors import AgentError
from sandbox.demo import written
from sandbox.demo.integrator import Choice
from sandbox.demo.office import wall_clock
from sandbox.demo.plan import PRACTICE, ZONE
from sandbox.demo.programs import place_of
from sandbox.demo.screen import Screen
from sandbox.demo.stage import AGENT, CLOUD, Stage, command

_LOOKS = ("capabilities", "writes", "audit verify", "diagnostics --preview")
_RATE = 0.5
"""Operations a second that the desk does when nobody watches."""


def leave(stage: Stage, screen: Screen) -> None:
    """Leave everything running, with a front desk in a process of its own; say what to try."""
    stage.kept = True
    stage.door.close()
    stage.front.close()
    desk = _fork_desk(stage)
    stage.written.program("desk", desk)
    screen.act(9, "It goes on", f"Cloud, agent and front desk (one operation every {1 / _RATE:.0f} s) run on.")
    home, db = f"--home {command(str(stage.home))}", f"--db {command(stage.cloud_db)}"
    agent, cloud = command(place_of(AGENT)), command(place_of(CLOUD))
    screen.say("The agent:")
    for verb in ("status --watch", "doctor", "preview patient", "reconcile", "snapshot --yes", *_LOOKS):
        # A file has the clock of whoever reads it; the practice's is the one of its zone.
        zone = f"TZ={ZONE} " if verb == "doctor" and stage.plan.engine == "sqlite" else ""
        screen.command(f"{zone}{agent} {verb} {home}")
    screen.say("The cloud:")
    screen.command(f"{cloud} fleet {db}")
    screen.command(f'{cloud} changes --practice "{PRACTICE}" {db}')
    reader = stage.reader
    ca, key = command(str(reader.ca)), f"'Authorization: Bearer {reader.key}'"
    for what in ("status", "changes?after=0&limit=2", "appointment?limit=2"):
        screen.command(f"curl -s --cacert {ca} -H {key} '{reader.url}/v1/practices/{reader.practice_id}/{what}'")
    screen.say("Write; asked again with the same Idempotency-Key, the cloud says how it stands:")
    patient = Choice(reader, wall_clock(stage.clock.time())).patients[0]
    wanted = {"kind": "patient.update_contact", "target": {"resource": "patient", "id": patient}}
    wanted["payload"] = {"phones": [{"type": "mobile", "number": "202-555-0100"}]}
    heads = f"-H 'Authorization: Bearer {reader.write_key}' -H 'Idempotency-Key: try-1'"
    place = f"{reader.url}/v1/practices/{reader.practice_id}/commands"
    body = shlex.quote(orjson.dumps(wanted).decode())
    screen.command(f"curl -s --cacert {ca} {heads} -H 'Content-Type: application/json' -d {body} {place}")
    screen.say("Let the cloud fail, and look at the agent's status:")
    fault = """'{"kind": "error", "status": 503, "path": "/batches", "times": 5}'"""
    screen.command(f"curl -s --cacert {ca} -d {fault} {reader.url}/__faults")
    screen.say("End all of it and remove its folder:")
    screen.command(f"{command(sys.executable)} -m sandbox.demo --stop --folder {command(str(stage.folder.parent))}")


def stop(around: Path, screen: Screen) -> int:
    """End every demo that was left running; the exit code."""
    folders = written.left_running(around)
    if not folders:
        screen.say("No demo is running here.")
    for folder in folders:
        ended = written.end(folder)
        screen.good(f"Ended {', '.join(ended) or 'nothing that still ran'}; removed {folder}.")
    return 0


def _fork_desk(stage: Stage) -> int:
    """The front desk in a process of its own: a copy of this one, which knows the practice; its id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        _redirect(stage.folder / "desk.log")
        _work_on(stage)
        code = 0
    finally:
        os._exit(code)


def _redirect(log: Path) -> None:
    nowhere = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nowhere, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _work_on(stage: Stage) -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stage.front.reopen()
    stage.door.open()
    with contextlib.suppress(AgentError):
        while not ended.wait(0.1):
            stage.front.work(_RATE)
    stage.door.close()
    stage.front.close()
