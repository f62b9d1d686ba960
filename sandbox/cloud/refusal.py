"""How the core says no: a :class:`~agent.wire.cloud.Problem`, raised inside and returned at the edge."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, NoReturn, ParamSpec, TypeVar

from agent.wire.cloud import Problem

P = ParamSpec("P")
S = TypeVar("S")
R = TypeVar("R")


class Refused(Exception):
    """The request is refused; everything that it did is rolled back."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem
        """What the caller is told."""


def refuse(
    status: int, code: str, title: str, expected_seq: int | None = None, *, field: str | None = None
) -> NoReturn:
    """Refuse the request with this problem; ``field``: the name of the field that is wrong."""
    raise Refused(Problem(code=code, title=title, status=status, expected_seq=expected_seq, field=field))


def answers_problems(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R | Problem]:
    """A method of the core that returns its refusals instead of raising them."""

    @wraps(method)
    def answered(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R | Problem:
        try:
            return method(self, *args, **kwargs)
        except Refused as refusal:
            return refusal.problem

    return answered
