"""``practice-agent snapshot``."""

from __future__ import annotations

import typer

from agent.cli import exits, following, screen
from agent.cli.options import HomeDir, Json, Yes, examples

EXAMPLES = examples("practice-agent snapshot", "practice-agent snapshot --yes")


def snapshot(yes: Yes = False, as_json: Json = False, home: HomeDir = None) -> None:
    """Begin a new epoch: everything is read and sent again. What the practice no longer has goes from the cloud."""
    screen.confirm("Read and send everything again?", yes)
    news = following.follow(home, "snapshot", following.loading, quiet=as_json)
    remarks = following.left(news.status)
    if as_json:
        screen.json({**news.answer, "remarks": remarks})
    else:
        screen.say(f"Epoch {news.answer['epoch']}: {news.answer['records']:,} records sent again.")
        for remark in remarks:
            screen.warn(remark)
    if remarks:
        raise typer.Exit(exits.DIFFERS)
