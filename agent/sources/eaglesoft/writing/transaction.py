"""Puts a write together: the steps of one transaction, in order, and how they are shown to people.

Every transaction begins by asking whether the connection may write. Keys that the engine gives are fetched; others are
chosen under the guard of their uniqueness, and the whole is begun again when somebody else has taken one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.sources.eaglesoft.writing import drafts
from agent.sources.eaglesoft.writing.engines import DraftStep, Engine
from agent.sources.eaglesoft.writing.looking import Looking
from agent.wire.writer import Apply, Made, OneOf, Step, Value

ATTEMPTS = 5
"""How often a transaction is begun anew when a key that it chose is taken."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A write as the channel runs it."""

    apply: Apply
    resource: str
    """Resource of the record that it makes or changes."""
    key: tuple[str | int | Made | OneOf, ...]
    """Its key, or the step that makes it, or the keys that are tried."""
    stale: str | None = None
    """Field that has changed since the decision: then it must not be run."""


class Transaction:
    """Collects steps."""

    def __init__(self, looking: Looking, engine: Engine) -> None:
        self._looking = looking
        self._engine = engine
        self._steps: list[DraftStep] = [engine.may_write]
        self._attempts = 1

    def add(self, draft: DraftStep) -> Made:
        """A step; what it makes can be used by later ones."""
        self._steps.append(draft)
        return Made(len(self._steps) - 1)

    def insert(self, name: str, table: str, values: Mapping[str, Value], need: Sequence[str] = ()) -> None:
        """A new row whose key is among the values; columns that are not here are left out, but for those needed."""
        self._looking.need(table, *need)
        self.add(drafts.insert(name, table, self._looking.known(table, values)))

    def numbered(self, name: str, table: str, key: str, values: Mapping[str, Value], need: Sequence[str] = ()) -> Made:
        """A new row with a number of its own; what stands for the number."""
        self._looking.need(table, key, *need)
        known = self._looking.known(table, values)
        if self._looking.key_kind(table, key) == "given":
            return self.add(drafts.insert(name, table, known, gives=key))
        self.retried()
        number = self.add(drafts.next_number(f"{name}_number", table, key))
        self.add(drafts.insert(name, table, {key: number, **known}))
        return number

    def retried(self, attempts: int = ATTEMPTS) -> None:
        """Begin the whole again when a key is taken."""
        self._attempts = max(self._attempts, attempts)

    def prepared(self, resource: str, key: tuple[str | int | Made | OneOf, ...], stale: str | None = None) -> Prepared:
        """The whole."""
        return Prepared(Apply(tuple(map(self._engine.step, self._steps)), self._attempts), resource, key, stale)


def shown(apply: Apply) -> dict[str, Any]:
    """A transaction for people: every statement with its values. Holds patient data."""
    return {"statements": [_shown(step) for step in apply.steps]}


def _shown(step: Step) -> dict[str, Any]:
    return {"step": step.name, "sql": step.sql, "values": [_plain(value) for value in step.params], "rows": step.rows}


def _plain(value: Value) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Made):
        return f"<made by step {value.made}>"
    (name,) = type(value).__slots__
    found = getattr(value, name)
    return list(found) if isinstance(found, tuple) else found
