"""``practice-agent writes``: the cloud's write-backs, what became of them, and a person's word on them."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import exits, screen
from agent.cli.opened import is_stored, opened_store
from agent.cli.options import HomeDir, Json, Yes, examples
from agent.model.errors import NeedsPerson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.store.store import Store
    from agent.wire.inbox import Kept

EXAMPLES = examples(
    "practice-agent writes",
    "practice-agent writes show COMMAND",
    "practice-agent writes approve COMMAND",
    "practice-agent writes try appointment.json",
)

app = typer.Typer(
    help="The cloud's write-backs: what became of each, and a person's word on those that wait.",
    invoke_without_command=True,
    epilog=EXAMPLES,
)

CommandId = Annotated[str, typer.Argument(metavar="COMMAND", help="The command's id, as `writes` lists it.")]


@app.callback()
def writes(context: typer.Context, as_json: Json = False, home: HomeDir = None) -> None:
    """The cloud's write-backs: what became of each, and a person's word on those that wait."""
    context.obj = home
    if context.invoked_subcommand is None:
        _list(home, as_json)


@app.command(name="list", epilog=EXAMPLES)
def list_writes(context: typer.Context, as_json: Json = False, home: HomeDir = None) -> None:
    """List the newest commands, with their states and reasons."""
    _list(home or context.obj, as_json)


@app.command(
    name="show", epilog=examples("practice-agent writes show COMMAND", "practice-agent writes show COMMAND --unmask")
)
def show(
    context: typer.Context,
    command_id: CommandId,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show patient data as it is; on this screen only.")] = False,
    as_json: Json = False,
    home: HomeDir = None,
) -> None:
    """Everything about one command: what it asks for, its course, who decided."""
    from agent.health.masking import mask

    with opened_store(home or context.obj) as store:
        kept = _known(store, command_id)
        told = _told(kept) | {
            "target": kept.command.target.resource,
            "payload": kept.command.payload if unmask else mask(kept.command.payload),
            "attempts": kept.attempts,
            "retry_of": kept.command.retry_of,
            "trail": [
                {"at": screen.utc(one.at), "event": one.event, "who": one.name or one.who, **one.detail}
                for one in store.audit.entries(command_id)
            ],
        }
    if as_json:
        screen.json(told)
        return
    for name in ("id", "kind", "state", "reason", "what", "asks", "received", "expires"):
        if told[name]:
            screen.say(f"{name:9} {told[name]}")
    screen.say("payload")
    for name, value in told["payload"].items():
        screen.say(f"  {name}: {value}")
    rows = [(screen.moment(one["at"]), one["event"], one["who"], _more(one)) for one in told["trail"]]
    screen.table(("At", "What", "Who", "Why"), rows)


@app.command(name="approve", epilog=examples("practice-agent writes approve COMMAND"))
def approve(context: typer.Context, command_id: CommandId, yes: Yes = False, home: HomeDir = None) -> None:
    """Let a command that waits be written; of one whose outcome is unknown: say that it is in the PMS."""
    _decide(home or context.obj, command_id, "approve", yes)


@app.command(name="reject", epilog=examples("practice-agent writes reject COMMAND"))
def reject(context: typer.Context, command_id: CommandId, yes: Yes = False, home: HomeDir = None) -> None:
    """End a command that waits, or one whose outcome is unknown and which is not to be written again."""
    _decide(home or context.obj, command_id, "reject", yes)


@app.command(name="retry", epilog=examples("practice-agent writes retry COMMAND"))
def retry(context: typer.Context, command_id: CommandId, yes: Yes = False, home: HomeDir = None) -> None:
    """Of a command whose outcome is unknown: say that it is not in the PMS, and let it be written."""
    _decide(home or context.obj, command_id, "retry", yes)


@app.command(
    name="try",
    epilog=examples(
        "practice-agent writes try appointment.json",
        "practice-agent writes try appointment.json --trial",
        "practice-agent writes try - --json < c.json",
    ),
)
def try_write(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON as it is queued at the cloud; - for stdin.")],
    unmask: Annotated[bool, typer.Option("--unmask", help="Show patient data as it is; on this screen only.")] = False,
    trial: Annotated[
        bool, typer.Option("--trial", help="Eaglesoft, after hours: also run it in the database and roll it back.")
    ] = False,
    as_json: Json = False,
    home: HomeDir = None,
) -> None:
    """Rehearse a command: policy, references, rules, the slot, the exact request. Nothing is written."""
    from dataclasses import asdict

    from agent.host.clock import SystemClock
    from agent.host.home import Home
    from agent.host.rehearsing import stage

    request = _request(file)
    with stage(Home.open(home or context.obj), SystemClock()) as at:
        found = at.rehearse(request, unmask=unmask, trial=trial)
    if as_json:
        screen.json(asdict(found))
    else:
        screen.say(f"{found.kind}: {found.title}")
        if found.reason:
            screen.say(f"reason: {found.reason}" + (f" ({found.rule})" if found.rule else ""))
            screen.say(found.asks)
        if found.request is not None:
            screen.json(found.request)
    if found.would not in ("write", "ask"):
        raise typer.Exit(exits.DIFFERS)


@app.command(
    name="setup",
    epilog=examples(
        "practice-agent writes setup --api-url http://localhost:30223/api/v1",
        'practice-agent writes setup --connection "DSN=Eaglesoft" --login writer --user DR1',
    ),
)
def setup(
    context: typer.Context,
    api_url: Annotated[str | None, typer.Option(metavar="URL", help="Open Dental: address of its API Service.")] = None,
    connection: Annotated[
        str | None, typer.Option(metavar="STRING", help="Eaglesoft: ODBC connection string for writing.")
    ] = None,
    login: Annotated[str | None, typer.Option(metavar="NAME", help="Eaglesoft: the database user that writes.")] = None,
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="Eaglesoft: the provider whom writes are booked under.")
    ] = None,
    stdin: Annotated[
        bool, typer.Option("--secrets-stdin", help="Read the secrets from stdin, one per line, in the order asked for.")
    ] = False,
    home: HomeDir = None,
) -> None:
    """Set up the way into the PMS; secrets are asked for and go into the keyring. Kinds: `capabilities`."""
    from agent.host import write_setup
    from agent.host.home import Home

    opened = Home.open(home or context.obj)
    given = write_setup.Given(api_url, connection, login, user)
    wanted = write_setup.secrets_wanted(opened, given)
    write_setup.write(opened, given, dict(zip(wanted, _secrets(list(wanted.values()), stdin), strict=True)))
    screen.say(f"Wrote {opened.settings}; a running agent takes it up when it is started again.")
    screen.say("Next: `practice-agent capabilities`.")


def _secrets(questions: list[str], from_stdin: bool) -> Iterator[str]:
    if from_stdin:
        lines = sys.stdin.read().split("\n")
        yield from (lines[at].rstrip("\r") if at < len(lines) else "" for at in range(len(questions)))
    elif sys.stdin.isatty():
        yield from (getpass.getpass(f"{question}: ") for question in questions)
    else:
        raise NeedsPerson("not_confirmed", "Nobody can be asked for secrets here", "Give --secrets-stdin.")


def _request(file: str) -> Any:
    from pydantic import ValidationError

    from agent.wire.commands import CommandRequest

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        return CommandRequest.model_validate_json(text)
    except OSError:
        raise typer.BadParameter(f"{file} cannot be read") from None
    except ValidationError as error:
        place = ".".join(str(piece) for piece in error.errors(include_input=False)[0]["loc"]) or "the JSON"
        raise typer.BadParameter(f"{place} is not as documented; see docs/writes.md") from None


def _decide(home: Path | None, command_id: str, verdict: str, yes: bool) -> None:
    with opened_store(home) as store:
        kept = _known(store, command_id)
        screen.warn(f"{kept.command.kind}: {_state(kept)}")
        screen.confirm(_QUESTIONS[verdict, kept.state == "needs_person"], yes)
        state = store.inbox.decide(command_id, verdict, getpass.getuser())
    if state is None:
        raise NeedsPerson(
            "nothing_to_decide", f"The command is {kept.state}: there is nothing to {verdict}", "See `writes show`."
        )
    screen.say({"verified": "Noted as written.", "rejected": "Ended."}.get(state, "It goes on at once."))


_QUESTIONS = {
    ("approve", False): "Write it into the PMS?",
    ("approve", True): "Have you seen in the PMS that it was written?",
    ("reject", False): "End it without writing it?",
    ("reject", True): "End it, whether or not it was written?",
    ("retry", False): "Write it again?",
    ("retry", True): "Have you seen in the PMS that it was NOT written, and is it to be written now?",
}


def _list(home: Path | None, as_json: bool) -> None:
    told: list[dict[str, Any]] = []
    if is_stored(home):
        with opened_store(home) as store:
            told = [_told(kept) for kept in store.inbox.all()]
    if as_json:
        screen.json(told)
    elif not told:
        screen.say("The cloud has queued no write-backs.")
    else:
        rows = [
            (one["id"], one["kind"], one["state"], one["reason"] or "", screen.moment(one["since"])) for one in told
        ]
        screen.table(("Command", "Kind", "State", "Reason", "Since"), rows)


def _told(kept: Kept) -> dict[str, Any]:
    from agent.model.reasons import REASONS

    reason = REASONS.get(kept.reason or "")
    return {
        "id": kept.command.command_id,
        "kind": kept.command.kind,
        "state": kept.state,
        "reason": kept.reason,
        "rule": kept.outcome.get("rule"),
        "what": None if reason is None else reason.title,
        "asks": None if reason is None else reason.asks,
        "since": screen.utc(kept.changed),
        "received": screen.utc(kept.received),
        "expires": screen.utc(kept.expires),
    }


def _state(kept: Kept) -> str:
    told = _told(kept)
    return f"{kept.state}. {told['what']}." if told["what"] else f"{kept.state}."


def _more(one: dict[str, Any]) -> str:
    return " ".join(str(one[name]) for name in ("reason", "rule", "sqlstate", "native") if one.get(name))


def _known(store: Store, command_id: str) -> Kept:
    kept = store.inbox.get(command_id)
    if kept is None:
        raise NeedsPerson("command_unknown", "There is no such command here", "See `practice-agent writes`.")
    return kept
