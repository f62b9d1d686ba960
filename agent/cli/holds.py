"""``practice-agent holds``: what waits for a person's decision, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, Json, Yes, examples
from agent.model.errors import NeedsPerson

if TYPE_CHECKING:
    from pathlib import Path

    from agent.model.state import Hold

EXAMPLES = examples("practice-agent holds", "practice-agent holds accept 3")

app = typer.Typer(
    help="What waits for a person: many deletes at once, another database.",
    invoke_without_command=True,
    epilog=EXAMPLES,
)


@app.callback()
def holds(context: typer.Context, as_json: Json = False, home: HomeDir = None) -> None:
    """What waits for a person: many deletes at once, another database."""
    context.obj = home
    if context.invoked_subcommand is None:
        _list(home, as_json)


@app.command(name="list", epilog=EXAMPLES)
def list_holds(context: typer.Context, as_json: Json = False, home: HomeDir = None) -> None:
    """List what waits."""
    _list(home or context.obj, as_json)


@app.command(name="accept", epilog=EXAMPLES)
def accept(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="The number that `holds` lists.")],
    yes: Yes = False,
    home: HomeDir = None,
) -> None:
    """Let the agent go on with it."""
    from agent.host.asking import open_beside
    from agent.host.clock import SystemClock
    from agent.host.home import Home

    store = open_beside(Home.open(home or context.obj), SystemClock())
    try:
        hold = next((one for one in store.holds() if one.id == number), None)
        if hold is None:
            raise NeedsPerson("hold_unknown", f"Nothing numbered {number} waits", "See `practice-agent holds`.")
        what, question = words(hold.kind, hold.shape, hold.detail)
        screen.warn(what)
        screen.confirm(question, yes)
        store.accept(number)
    finally:
        store.close()
    screen.say("Accepted; the agent goes on within a minute.")


def _list(home: Path | None, as_json: bool) -> None:
    from agent.host.asking import open_beside
    from agent.host.clock import SystemClock
    from agent.host.home import Home
    from agent.model.clock import iso_utc

    found: list[Hold] = []
    opened = Home.open(home)
    if opened.store.exists():
        store = open_beside(opened, SystemClock())
        try:
            found = store.holds()
        finally:
            store.close()
    told = [
        {
            "id": one.id,
            "kind": one.kind,
            "since": iso_utc(one.created),
            "shape": one.shape,
            "what": words(one.kind, one.shape, one.detail)[0],
            "detail": one.detail,
        }
        for one in found
    ]
    if as_json:
        screen.json(told)
    elif not told:
        screen.say("Nothing waits for a person.")
    else:
        rows = [(str(one["id"]), screen.moment(str(one["since"])), str(one["what"])) for one in told]
        screen.table(("ID", "Since", "What waits"), rows)
        screen.warn("`practice-agent holds accept ID` lets the agent go on with it.")


def words(kind: str, shape: str | None, detail: dict[str, Any]) -> tuple[str, str]:
    """What happened, and the question whether to go on."""
    match kind:
        case "mass_delete":
            what = (
                f"{detail['deletes']:,} records of {shape} have vanished from the practice's database at once; up to "
                f"{detail['limit']:,} would be deleted without asking. The cloud still has them."
            )
            return what, "Were they deleted on purpose? Delete them in the cloud too?"
        case "database_changed":
            what = (
                "Another database answers under the same name: a new server, or a training or test copy. "
                "Nothing is read."
            )
            return what, "Is this the practice's own database now?"
        case "database_restored":
            fell = (
                f"{detail.get('mark', 'a number')} fell from {detail.get('known', '?')} to {detail.get('found', '?')}"
            )
            what = (
                f"The practice's database is older than what was already read ({fell}): it was restored from a backup. "
                "Nothing is read."
            )
            return what, "Does the practice work on this database now?"
        case _:
            return f"{kind} {shape or ''}".strip(), "Go on?"
