"""``practice-agent diagnostics``: the bundle that support asks for; shown before it is made, kept, sent."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, Json, examples
from agent.model.errors import AgentError, Retry

if TYPE_CHECKING:
    from agent.health.bundle import Bundle
    from agent.host.home import Home
    from agent.model.clock import Clock

EXAMPLES = examples(
    "practice-agent diagnostics --preview",
    "practice-agent diagnostics",
    "practice-agent diagnostics --out bundle.zip",
    "practice-agent diagnostics --send",
)


def diagnostics(
    preview: Annotated[
        bool, typer.Option("--preview", help="Show every part as it would be; write and send nothing.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the bundle to this file as well.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to the cloud that this agent feeds.")] = False,
    as_json: Json = False,
    home: HomeDir = None,
) -> None:
    """Make a bundle for support: what works and what does not, and no data of patients. Also while no agent runs."""
    from agent.host import bundling
    from agent.host.clock import SystemClock
    from agent.host.home import Home

    if preview and (out is not None or send):
        raise typer.BadParameter("--preview writes and sends nothing: leave out --out and --send")
    opened, clock = Home.open(home), SystemClock()
    bundle = _made(opened, clock)
    if preview:
        _show(bundle, as_json)
        return
    file = bundling.keep(opened, bundle, clock)
    if out is not None:
        _copy(out, file)
    if send:
        _send(opened, bundle.incident, file, clock)
    told = {
        "incident": bundle.incident,
        "file": str(out or file),
        "bytes": file.stat().st_size,
        "sent": send,
        **{name: bundle.manifest()[name] for name in ("running", "parts", "missing")},
    }
    if as_json:
        screen.json(told)
        return
    screen.say(f"{bundle.incident}  {told['file']}  ({file.stat().st_size // 1000 + 1} kB)")
    for one in bundle.missing:
        screen.warn(f"left out: {one.name} ({one.why})")
    if send:
        screen.say("Sent. Tell support the number above.")
    else:
        screen.say("Send this file to support, or run it again with --send.")


def _made(home: Home, clock: Clock) -> Bundle:
    from agent.host import bundling
    from agent.host.asking import open_beside

    try:
        store = open_beside(home, clock)
    except AgentError as error:
        return bundling.make(home, clock, bundling.Stored(None, error.code))
    with closing(store):
        return bundling.make(home, clock, bundling.Stored(store))


def _show(bundle: Bundle, as_json: bool) -> None:
    contents = {name: content.decode("ascii", "replace") for name, content in bundle.parts.items()}
    if as_json:
        screen.json({**bundle.manifest(), "contents": contents})
        return
    for name, content in contents.items():
        screen.say(f"===== {name} ({len(content):,} bytes)")
        screen.say(content)
    screen.warn("This is everything that a bundle made now would hold; nothing was written or sent.")


def _copy(out: Path, file: Path) -> None:
    from agent.host import private_file

    try:
        private_file.write(out, file.read_bytes())
    except OSError as error:
        raise Retry(
            "bundle_unwritable",
            f"{out} cannot be written",
            f"Name a file in a folder that you may write to; the bundle itself is {file}.",
            errno=error.errno,
        ) from error


def _send(home: Home, incident: str, file: Path, clock: Clock) -> None:
    from agent.host import settings_file
    from agent.host.agent import open_client
    from agent.host.bundling import log_beside
    from agent.platform.secrets import Secrets

    content = file.read_bytes()
    with closing(open_client(home.path, settings_file.read(home.path), Secrets(home.path), clock)) as client:
        client.put_bundle(incident, content)
    log_beside(home, clock)("bundle_sent", incident=incident, size=len(content))
