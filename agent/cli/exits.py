"""Exit codes, and how an error is told to a person: title, advice and code, never a traceback.

The one place where errors become words on the screen. Must never print an exception's own text: only errors of the
house, whose texts hold no patient data, are shown.
"""

from __future__ import annotations

import os
import sys
import traceback

from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal

FINE = 0
DIFFERS = 1
USAGE = 2
PERSON = 3
LATER = 4
IMPOSSIBLE = 5
INTERNAL = 70
INTERRUPTED = 130

MEANINGS: tuple[tuple[int, str], ...] = (
    (FINE, "fine"),
    (DIFFERS, "something differs, is unhealthy or waits"),
    (USAGE, "the command line is wrong"),
    (PERSON, "a person must act first; the message says how"),
    (LATER, "something is away; the same may work later"),
    (IMPOSSIBLE, "it cannot be done; trying again changes nothing"),
    (INTERNAL, "a fault of the program"),
    (INTERRUPTED, "interrupted with Ctrl-C"),
)
"""What each code says, for the help and the documents."""

DEBUG = "PRACTICE_AGENT_DEBUG"
"""Environment variable: 1 = show tracebacks. For developers; a traceback may show what a log may not."""


def exit_code(error: AgentError) -> int:
    """The exit code that an error's disposition asks for."""
    match error:
        case NeedsPerson():
            return PERSON
        case Retry():
            return LATER
        case Terminal():
            return IMPOSSIBLE
        case _:
            return INTERNAL


def tell(error: AgentError) -> int:
    """Tell an error on stderr; returns the exit code."""
    _traced()
    print(f"Error: {error.title} ({error.code}).\n{error.advice}", file=sys.stderr)  # noqa: T201 - the screen
    return exit_code(error)


def tell_fault(error: Exception) -> int:
    """Tell a fault of the program by its type and place, without its text; returns the exit code."""
    _traced()
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" at {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
    print(  # noqa: T201 - the screen
        f"Error: The program has a fault: {type(error).__name__}{place} (internal_error).\n"
        f"Please tell support; {DEBUG}=1 shows where it happened, for a developer.",
        file=sys.stderr,
    )
    return INTERNAL


def _traced() -> None:
    if os.environ.get(DEBUG) == "1":
        traceback.print_exc()
