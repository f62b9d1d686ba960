"""``practice-agent preview``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, Json, Yes, examples
from agent.cli.reconcile import check_names
from agent.model.errors import NeedsPerson

EXAMPLES = examples("practice-agent preview patient", "practice-agent preview appointment --rows 3 --json")


def preview(
    resource: Annotated[str | None, typer.Argument(help="A resource; none = all.")] = None,
    rows: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="Records of each kind.")] = 3,
    unmask: Annotated[bool, typer.Option("--unmask", help="Show patient data as it is; asks first.")] = False,
    yes: Yes = False,
    as_json: Json = False,
    home: HomeDir = None,
) -> None:
    """Show some records as they would be sent, masked; nothing is sent."""
    from agent.host.clock import SystemClock
    from agent.host.home import Home
    from agent.host.previewing import preview as records

    if resource is not None:
        check_names((resource,))
    if unmask:
        if not screen.on_terminal():
            raise NeedsPerson(
                "not_confirmed",
                "Patient data is shown on a terminal only",
                "Leave --unmask away, or do not use a pipe.",
            )
        screen.confirm("Show patient data on this screen?", yes)
    found: list[dict[str, Any]] = [
        {
            "resource": one.resource,
            "shape": one.shape,
            "id": one.id,
            "data": one.data,
            "derived": one.derived,
            "issues": [{"field": name, "code": code} for name, code in one.issues],
        }
        for one in records(Home.open(home), resource, rows, SystemClock(), unmask=unmask)
    ]
    if as_json:
        screen.json(found)
        return
    for one in found:
        screen.say(f"{one['shape']} {one['id']}")
        for name, value in [*one["data"].items(), *one["derived"].items()]:
            screen.say(f"  {name:22} {_plain(value)}")
        for issue in one["issues"]:
            screen.say(f"  ! {issue['field']}: {issue['code']}")
    if not found:
        screen.say("There are no records.")


def _plain(value: Any) -> str:
    match value:
        case None:
            return "-"
        case dict():
            return ", ".join(f"{name}: {_plain(each)}" for name, each in value.items())
        case list():
            return "; ".join(map(_plain, value)) or "(none)"
        case bool():
            return "yes" if value else "no"
        case _:
            return " ".join(str(value).split())
