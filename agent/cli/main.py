"""``practice-agent``: the command line. Owns the list of verbs, and the way from errors to exit codes."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from agent.cli import (
    audit,
    capabilities,
    demo,
    diagnostics,
    doctor,
    enroll,
    exits,
    holds,
    init,
    pause,
    preview,
    proxy,
    reconcile,
    run,
    snapshot,
    status,
    sync,
    tray,
    unenroll,
    version,
    writes,
)
from agent.cli.options import examples
from agent.model.errors import AgentError


class Verbs(TyperGroup):
    """The verbs, with errors told as sentences and exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb named on the command line."""
        try:
            return super().invoke(ctx)
        except AgentError as error:
            raise typer.Exit(exits.tell(error)) from None
        except (TyperException, typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(exits.INTERRUPTED) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever reads our output has gone; typer ends quietly
            raise typer.Exit(exits.tell_fault(error)) from None


app = typer.Typer(
    name="practice-agent",
    cls=Verbs,
    help="Streams a practice's database to the cloud as an ordered, exact feed.\n\nExit codes: "
    + "; ".join(f"{code} {meaning}" for code, meaning in exits.MEANINGS)
    + ".",
    epilog=examples("practice-agent init --help", "practice-agent doctor", "practice-agent status"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="DIR", help="The agent's folder, for any verb.")
    ] = None,
) -> None:
    """Take what may stand before the verb."""
    if home is not None:
        given: dict[str, Any] = {"home": str(home)}
        context.default_map = {name: given | dict.fromkeys(_INNER, given) for name in context.command.commands}  # type: ignore[attr-defined]


_INNER = ("list", "accept", "show", "approve", "reject", "retry", "try", "setup", "verify")
_SET_UP, _WORK, _LOOK, _PROVE = "Set up", "Work", "Look", "Prove"

app.command(name="init", epilog=init.EXAMPLES, rich_help_panel=_SET_UP)(init.init)
app.command(name="enroll", epilog=enroll.EXAMPLES, rich_help_panel=_SET_UP)(enroll.enroll)
app.command(name="unenroll", epilog=unenroll.EXAMPLES, rich_help_panel=_SET_UP)(unenroll.unenroll)
app.command(name="proxy", epilog=proxy.EXAMPLES, rich_help_panel=_SET_UP)(proxy.proxy)
app.command(name="run", epilog=run.EXAMPLES, rich_help_panel=_WORK)(run.run)
app.command(name="sync", epilog=sync.EXAMPLES, rich_help_panel=_WORK)(sync.sync)
app.command(name="snapshot", epilog=snapshot.EXAMPLES, rich_help_panel=_WORK)(snapshot.snapshot)
app.command(name="pause", epilog=pause.PAUSE_EXAMPLES, rich_help_panel=_WORK)(pause.pause)
app.command(name="resume", epilog=pause.RESUME_EXAMPLES, rich_help_panel=_WORK)(pause.resume)
app.command(name="status", epilog=status.EXAMPLES, rich_help_panel=_LOOK)(status.status)
app.command(name="tray", epilog=tray.EXAMPLES, rich_help_panel=_LOOK)(tray.tray)
app.add_typer(holds.app, name="holds", rich_help_panel=_LOOK)
app.add_typer(writes.app, name="writes", rich_help_panel=_WORK)
app.add_typer(audit.app, name="audit", rich_help_panel=_LOOK)
app.command(name="capabilities", epilog=capabilities.EXAMPLES, rich_help_panel=_LOOK)(capabilities.capabilities)
app.command(name="preview", epilog=preview.EXAMPLES, rich_help_panel=_LOOK)(preview.preview)
app.command(name="doctor", epilog=doctor.EXAMPLES, rich_help_panel=_PROVE)(doctor.doctor)
app.command(name="diagnostics", epilog=diagnostics.EXAMPLES, rich_help_panel=_PROVE)(diagnostics.diagnostics)
app.command(name="reconcile", epilog=reconcile.EXAMPLES, rich_help_panel=_PROVE)(reconcile.reconcile)
app.command(name="demo", epilog=demo.EXAMPLES, rich_help_panel=_PROVE, context_settings=demo.PASS_ON)(demo.demo)
app.command(name="version", epilog=version.EXAMPLES, rich_help_panel=_LOOK)(version.version)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
