"""``practice-agent audit``: who wrote what into the practice, and the proof that nobody changed the record of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from agent.cli import exits, screen
from agent.cli.opened import is_stored, opened_store
from agent.cli.options import HomeDir, Json, examples

EXAMPLES = examples("practice-agent audit", "practice-agent audit verify", "practice-agent audit --json")

app = typer.Typer(
    help="The trail of every command and every decision about it.", invoke_without_command=True, epilog=EXAMPLES
)


@app.callback()
def audit(context: typer.Context, as_json: Json = False, home: HomeDir = None) -> None:
    """The trail of every command and every decision about it."""
    context.obj = home
    if context.invoked_subcommand is not None:
        return
    told = _entries(home) if is_stored(home) else []
    if as_json:
        screen.json(told)
    elif not told:
        screen.say("Nothing has been asked of this agent yet.")
    else:
        rows = [
            (
                str(one["number"]),
                screen.moment(one["at"]),
                one["event"],
                one["who"],
                one["command"],
                one.get("reason") or "",
            )
            for one in told
        ]
        screen.table(("No", "At", "What", "Who", "Command", "Reason"), rows, right=(0,))


@app.command(name="verify", epilog=EXAMPLES)
def verify(context: typer.Context, as_json: Json = False, home: HomeDir = None) -> None:
    """Check that no line was changed, removed, reordered or cut off."""
    with opened_store(home or context.obj) as store:
        found = store.audit.verify()
    whole = found.broken_at is None
    if as_json:
        screen.json({"whole": whole, "entries": found.entries, "broken_at": found.broken_at, "head": found.head})
    elif whole:
        screen.say(f"The trail is whole: {found.entries:,} entries, the last one's hash is {found.head}")
    else:
        screen.say(f"The trail is broken at entry {found.broken_at} of {found.entries:,}.")
    if not whole:
        raise typer.Exit(exits.DIFFERS)


def _entries(home: Path | None) -> list[dict[str, Any]]:
    with opened_store(home) as store:
        return [
            {
                "number": one.number,
                "at": screen.utc(one.at),
                "event": one.event,
                "who": one.name or one.who,
                "command": one.command_id,
                "kind": one.kind,
                **one.detail,
            }
            for one in store.audit.entries()
        ]
