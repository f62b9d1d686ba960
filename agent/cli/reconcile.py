"""``practice-agent reconcile``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import exits, following, screen
from agent.cli.options import HomeDir, Json, examples

if TYPE_CHECKING:
    from agent.host.asking import News

EXAMPLES = examples(
    "practice-agent reconcile",
    "practice-agent reconcile patient appointment",
    "practice-agent reconcile --repair --json",
)

_HEADS = ("Resource", "Practice", "Cloud", "Matched", "Different", "Missing", "Extra", "Repaired")


def reconcile(
    resource: Annotated[list[str] | None, typer.Argument(help="Resources to compare; none = all.")] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Send again what differs.")] = False,
    as_json: Json = False,
    home: HomeDir = None,
) -> None:
    """Compare the practice's database with what the cloud holds, record by record; 0 only when all match."""
    wanted = tuple(resource or ())
    check_names(wanted)
    news = following.follow(home, "reconcile", _describe, quiet=as_json, resources=list(wanted), repair=repair)
    outcomes = [_counted(one) for one in news.answer["outcomes"]]
    stopped = _stopped(news.status, wanted)
    drift = sum(one["different"] + one["missing"] + one["extra"] for one in outcomes)
    matched = drift == 0 and not stopped and bool(outcomes)
    if as_json:
        screen.json({"all_matched": matched, "outcomes": outcomes, "not_compared": stopped})
    else:
        rows = [[one["resource"], *(f"{one[head.lower()]:,}" for head in _HEADS[1:])] for one in outcomes]
        screen.table(_HEADS, rows, right=range(1, len(_HEADS)))
        for name, why in stopped.items():
            screen.warn(f"{name} cannot be read and its records were not compared: {why.replace(':', ' ')}")
        screen.say(_summary(matched, drift, repair))
    if not matched:
        raise typer.Exit(exits.DIFFERS)


def _counted(outcome: dict[str, Any]) -> dict[str, Any]:
    """An outcome with how many records each side has: whatever matched or is different, both have."""
    both = outcome["matched"] + outcome["different"]
    return {**outcome, "practice": both + outcome["missing"], "cloud": both + outcome["extra"]}


def check_names(names: tuple[str, ...]) -> None:
    """Refuses names that are no resources."""
    from agent.model.resources import RESOURCES

    strange = [name for name in names if name not in RESOURCES]
    if strange:
        raise typer.BadParameter(f"no such resource: {', '.join(strange)}; there are {', '.join(RESOURCES)}")


def _describe(news: News) -> tuple[str, int, int | None]:
    progress = news.answer.get("progress")
    if progress is None:
        return ("Done" if news.done else "Connecting"), 0, None
    return f"{progress['resource']}: {progress['phase']}", progress["records"], progress["of"] or None


def _stopped(status: dict[str, Any] | None, wanted: tuple[str, ...]) -> dict[str, str]:
    """Shapes that cannot be read, of the resources wanted."""
    resources = [] if status is None else status["resources"]
    return {
        name: why
        for one in resources
        if not wanted or one["resource"] in wanted
        for name, why in one["stopped"].items()
    }


def _summary(matched: bool, drift: int, repair: bool) -> str:
    if matched:
        return "All matched."
    if drift and repair:
        return (
            f"{drift:,} records differed; what could be repaired was sent again. Reconcile again to see that it holds."
        )
    if drift:
        return f"{drift:,} records differ. `practice-agent reconcile --repair` sends them again."
    return "Not everything could be compared."
