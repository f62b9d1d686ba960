"""``practice-agent sync --once``."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import exits, following, screen
from agent.cli.options import HomeDir, Json, examples

EXAMPLES = examples("practice-agent sync --once", "practice-agent sync --once --json")


def sync(
    once: Annotated[bool, typer.Option("--once", help="Until everything is loaded, compared and delivered.")] = False,
    as_json: Json = False,
    home: HomeDir = None,
) -> None:
    """Bring the cloud up to date now, through the running agent or, where none runs, in this process."""
    if not once:
        raise typer.BadParameter("say --once; to go on for ever there is `practice-agent run`")
    news = following.follow(home, "sync", following.loading, quiet=as_json)
    remarks = following.left(news.status)
    if as_json:
        screen.json({**news.answer, "remarks": remarks})
    else:
        epoch = (news.status or {}).get("epoch", "?")
        records, acked = news.answer["records"], news.answer["acked_seq"]
        screen.say(f"In step: {records:,} records, {acked:,} changes delivered in epoch {epoch}.")
        for remark in remarks:
            screen.warn(remark)
    if remarks:
        raise typer.Exit(exits.DIFFERS)
