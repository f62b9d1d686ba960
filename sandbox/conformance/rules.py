"""Rules: what a cloud must do, each with a name, a sentence, and the check that finds out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sandbox.conformance.stage import Stage

Check = Callable[["Stage"], None]


class Broken(Exception):
    """The cloud does not keep a rule."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        """What was expected in the place of what came."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that the contract demands."""

    name: str
    """Stable: ``batch.gap``."""
    title: str
    """In words."""
    check: Check
    """Raises :class:`Broken`."""


class Book:
    """The rules of one subject, in the order in which they are checked."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._rules: list[Rule] = []

    def rule(self, name: str, title: str) -> Callable[[Check], Check]:
        """Enter the decorated check."""

        def enter(check: Check) -> Check:
            self._rules.append(Rule(f"{self._subject}.{name}", title, check))
            return check

        return enter

    def __iter__(self) -> Iterator[Rule]:
        """The rules."""
        return iter(self._rules)


def expect(holds: object, expected: str) -> None:
    """The rule is broken unless this holds."""
    if not holds:
        broken(expected)


def broken(expected: str) -> NoReturn:
    """The rule is broken."""
    raise Broken(expected)
