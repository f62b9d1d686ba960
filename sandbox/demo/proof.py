"""The last act: is what the cloud holds what the practice holds? Asked of the agent, and answered without it as well.

``reconcile`` is the agent's own answer. The oracle's is the second opinion: every field of every record as the model
of the practice says it must be, and the sums that an accountant looks at, both against what a reader of the cloud gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson

from agent.model.resources import RESOURCES
from sandbox.demo.acts import Story
from sandbox.practice.oracle import Totals, compare, expected, totals

_COLUMNS = ("matched", "different", "missing", "extra")
_KINDS = {"charge": "charges", "payment": "payments", "adjustment": "adjustments"}

Sums = dict[tuple[str, str | None], Totals]
"""By day and location."""


def prove(story: Story) -> None:
    """Act 8."""
    stage, screen = story.stage, story.screen
    screen.act(8, "Is it the same?", "The front desk stops. The agent compares everything once more and delivers it.")
    stage.front.settle()
    stage.tell = screen.command
    with screen.busy("comparing and delivering"):
        said = stage.call_agent("sync", "--once", fine=(0, 1)).strip()
    screen.say(said)
    with screen.busy("reading the practice's database again"):
        told = orjson.loads(stage.call_agent("reconcile", "--json", fine=(0, 1)))
    stage.tell = lambda _: None
    story.show.follow()
    outcomes = {one["resource"]: one for one in told["outcomes"]}
    rows = [(name.replace("_", " "), *_counts(outcomes.get(name))) for name in RESOURCES]
    screen.table(("resource", *_COLUMNS), rows, right=[1, 2, 3, 4])
    story.check(
        told["all_matched"] and len(outcomes) == len(RESOURCES),
        "All matched: the agent read the practice's database again and compared it with the cloud.",
        "Not all matched.",
    )
    _second_opinion(story)
    _accounts(story)


def _counts(outcome: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple("-" if outcome is None else f"{outcome[column]:,}" for column in _COLUMNS)


def _second_opinion(story: Story) -> None:
    stage = story.stage
    wanted = expected(stage.front.practice)
    held = {resource: dict(stage.reader.records(resource)) for resource in wanted}
    differences = compare(wanted, held, incarnations=False)
    for one in differences[:10]:
        story.screen.bad(one)
    count = sum(len(found) for found in wanted.values())
    story.check(
        not differences,
        f"The front desk's own model, without the agent: {count:,} records, every field the same.",
        f"The front desk's own model: {len(differences):,} of {count:,} records differ.",
    )


def _accounts(story: Story) -> None:
    stage, screen = story.stage, story.screen
    practice, cloud = totals(stage.front.practice), _sums(stage.reader.totals())
    sides = {"the practice": _whole(practice), "the cloud": _whole(cloud)}
    rows = [
        (name, f"{t.charges:,.2f}", f"{t.payments:,.2f}", f"{t.adjustments:,.2f}", f"{t.appointments:,}")
        for name, t in sides.items()
    ]
    screen.table(("as summed by", "charges", "payments", "adjustments", "visits"), rows, right=[1, 2, 3, 4])
    cells = practice.keys() | cloud.keys()
    other = [cell for cell in cells if practice.get(cell, Totals()) != cloud.get(cell, Totals())]
    story.check(
        not other,
        f"Equal to the cent on each of {len({day for day, _ in cells}):,} days and at every location.",
        f"On {len(other):,} of {len(cells):,} days and locations the sums differ.",
    )


def _sums(told: Mapping[str, Any]) -> Sums:
    """The cloud's answer, as the practice's own sums are kept."""
    sums: Sums = {}
    for one in told["ledger"]:
        if one["kind"] in _KINDS:
            cell = sums.setdefault((one["day"], one["location_id"]), Totals())
            name = _KINDS[one["kind"]]
            setattr(cell, name, getattr(cell, name) + Decimal(one["amount"]))
    for one in told["appointments"]:
        sums.setdefault((one["day"], one["location_id"]), Totals()).appointments += one["count"]
    return sums


def _whole(sums: Sums) -> Totals:
    whole = Totals()
    for one in sums.values():
        whole.charges += one.charges
        whole.payments += one.payments
        whole.adjustments += one.adjustments
        whole.appointments += one.appointments
    return whole
