"""The page ``docs/cli.md``, made from the verbs themselves. Nothing of the program imports this."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from agent.cli import exits
from agent.cli.main import app


def page() -> str:
    """Every verb with its arguments, options and examples, and the exit codes."""
    group: Any = typer.main.get_command(app)
    lines = [
        "<!-- Made by `make docs`; change the code, not this page. -->",
        "# Commands",
        "",
        "`practice-agent VERB --help` says the same. `--home DIR` may stand before or after the verb; without it",
        "`PRACTICE_AGENT_HOME` names the agent's folder, else it is the usual place ([install.md](install.md)). On a",
        "terminal there are tables and progress bars; in a pipe plain, tab-separated lines. Errors go to stderr with",
        f"title, advice and code; `{exits.DEBUG}=1` adds a traceback, which may show what a log may not.",
        "",
        "| exit code | meaning |",
        "|---|---|",
        *(f"| {code} | {meaning} |" for code, meaning in exits.MEANINGS),
    ]
    for name, command in group.commands.items():
        lines += _verb(f"practice-agent {name}", command)
    return "\n".join(lines) + "\n"


def _verb(name: str, command: Any) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    yield ""
    yield f"## `{' '.join([name, *(_usage(one) for one in arguments)])}`"
    yield ""
    yield (command.help or "").strip()
    rows = [(f"`{one.metavar or one.name.upper()}`", one.help) for one in arguments]
    rows += [(f"`{', '.join(one.opts)}{_value(one)}`", one.help) for one in options if one.name != "help"]
    if rows:
        yield ""
        yield "| | |"
        yield "|---|---|"
        yield from (f"| {name.replace('|', chr(92) + '|')} | {_meaning(told)} |" for name, told in rows)
    examples = [line.strip("`") for line in (command.epilog or "").split("\n\n") if line.startswith("`")]
    if examples:
        yield ""
        yield from (f"    {line}" for line in examples)
    for inner, below in getattr(command, "commands", {}).items():
        yield from _verb(f"{name} {inner}", below)


def _usage(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    name = f"{name}..." if argument.nargs == -1 else name
    return name if argument.required else f"[{name}]"


def _value(option: Any) -> str:
    if option.is_flag:
        return ""
    return " " + (option.metavar or "TEXT")


def _meaning(told: str | None) -> str:
    return (told or "").replace("|", "\\|")
