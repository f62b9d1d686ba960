"""The whole suite: every rule in its order, each checked by itself; what one breaks does not stop the next."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from pydantic import BaseModel, ConfigDict

from sandbox.conformance.delivering import DELIVERY, EXPIRY, REPORTS
from sandbox.conformance.enrolling import ENROLMENT, TOKENS
from sandbox.conformance.feeding import FEED, RECONCILE
from sandbox.conformance.queueing import QUEUE
from sandbox.conformance.rules import Broken, Rule
from sandbox.conformance.sending import BATCHES, SESSIONS
from sandbox.conformance.stage import Stage
from sandbox.conformance.supporting import DIAGNOSTICS

RULES: tuple[Rule, ...] = tuple(
    chain(ENROLMENT, TOKENS, SESSIONS, BATCHES, FEED, RECONCILE, QUEUE, DELIVERY, REPORTS, EXPIRY, DIAGNOSTICS)
)
"""All rules, in the order in which they are checked."""


class Finding(BaseModel):
    """What was found out about a rule."""

    model_config = ConfigDict(frozen=True)

    rule: str
    """Its name."""
    title: str
    """What it demands."""
    ok: bool
    """Whether the cloud keeps it."""
    expected: str | None = None
    """What was expected, where it does not."""


def check(stage: Stage, only: Collection[str] = ()) -> Iterator[Finding]:
    """Check the rules whose names begin with one of ``only`` (none: all), one after the other."""
    for rule in RULES:
        if only and not rule.name.startswith(tuple(only)):
            continue
        expected = _broken(rule, stage)
        yield Finding(rule=rule.name, title=rule.title, ok=expected is None, expected=expected)


def _broken(rule: Rule, stage: Stage) -> str | None:
    """What was expected, where the rule is not kept."""
    try:
        rule.check(stage)
    except Broken as found:
        return found.expected
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # An answer of the right status and another form: the cloud's fault, whatever it was that stumbled over it.
        return f"answers of the documented form ({type(error).__name__})"
    return None
