"""``python -m sandbox.demo``: options, the acts in their order, exit codes."""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agent.host.clock import SystemClock
from agent.model.errors import AgentError
from sandbox.demo import acts, kept, proof, writing
from sandbox.demo.acts import Story
from sandbox.demo.plan import ENGINES, Plan, Times
from sandbox.demo.screen import Screen
from sandbox.demo.show import Show
from sandbox.demo.stage import Stage
from sandbox.practice.build import DEMO, Size

FOLDER = Path(".demo")
DIFFERS, USAGE, BROKEN, INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class PmsName(StrEnum):
    """Systems that can be shown."""

    eaglesoft = "eaglesoft"
    opendental = "opendental"


class EngineName(StrEnum):
    """Engines that they can be shown on."""

    sqlite = "sqlite"
    postgresql = "postgresql"
    mariadb = "mariadb"


@app.command()
def demo(
    pms: Annotated[PmsName, typer.Option(help="Which practice-management system.")] = PmsName.eaglesoft,
    db: Annotated[EngineName | None, typer.Option(help="Which database engine; its server is started.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running and say what to try next.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End what --keep has left running; nothing else.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed, another practice.")] = 1,
    patients: Annotated[int, typer.Option(min=20, max=5000, help="Size of the practice.")] = DEMO.patients,
    speed: Annotated[float, typer.Option(min=0.2, max=20, help="2 = acts that are half as long.")] = 1.0,
    rate: Annotated[float, typer.Option(min=0.5, max=30, help="Operations of the front desk a second.")] = 4.0,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data; removed afterwards.")] = FOLDER,
) -> None:
    """Tell the story of a practice, a cloud and the agent between them; 0 only when in the end both hold the same."""
    screen = Screen(SystemClock().time)
    if stop:
        raise typer.Exit(kept.stop(folder, screen))
    engine = db.value if db is not None else ENGINES[pms.value][0]
    if engine not in ENGINES[pms.value]:
        raise typer.BadParameter(f"{pms.value} is shown on {' or '.join(ENGINES[pms.value])}", param_hint="--db")
    share = patients / DEMO.patients
    size = Size(patients, int(DEMO.appointments * share), int(DEMO.ledger * share), DEMO.sites)
    times = Times().shorter(1 / speed)
    bulk = min(150, max(5, size.appointments // 20))
    plan = Plan(pms.value, engine, seed, size, times, rate, bulk, keep)
    sys.exit(tell(plan, folder, screen))


def tell(plan: Plan, folder: Path, screen: Screen) -> int:
    """The whole story; the exit code."""
    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, _interrupted)
    screen.title(f"Practice Agent: {plan.title}", "A simulated practice; real programs, processes, ODBC and TLS.")
    try:
        with Stage(plan, folder) as stage:
            try:
                return _acts(stage, screen)
            except KeyboardInterrupt:
                screen.console.print()
                screen.say("Interrupted: everything that was started is ended.")
                raise
    except AgentError as error:
        screen.bad(acts.told(error))
        return BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED


def _acts(stage: Stage, screen: Screen) -> int:
    total = acts.build(stage, screen)
    acts.enrol(stage, screen, writing.policy(stage.plan.pms), writing.told_policy(stage))
    story = Story(stage, screen, Show(stage))
    acts.load(story, total)
    acts.live(story)
    writing.write(story)
    acts.outage(story)
    acts.crash(story, writing.UnderWay(story))
    proof.prove(story)
    code = _end(story)
    if stage.plan.keep:
        kept.leave(stage, screen)
    return code


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def _end(story: Story) -> int:
    screen = story.screen
    screen.console.print()
    if story.faults:
        screen.bad(f"Not as it should be: {' '.join(story.faults)}")
        return DIFFERS
    screen.good("Nothing was lost, nothing came twice, and both sides hold the same.")
    return 0


if __name__ == "__main__":
    app()
