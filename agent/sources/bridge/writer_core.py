"""Runs transactions on a DB-API connection. In the child over ODBC, and in process for simulation.

Knows no driver: connections are handed in. Answers, never raises: committed, not written (rolled back, certainly), or
unknown, which begins in the moment when the commit is sent and ends with its answer.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agent.sources.bridge.faults import classify
from agent.sources.bridge.writer_faults import classify_write, commit_refused
from agent.wire import writer as wire
from agent.wire.bridge import Done, Fault, Moment

_MOST = 1000
"""Rows after which the counting of what a read finds ends."""

Hook = Callable[[str], None]
"""Told where a transaction stands: ``begin``; ``step <name>`` after each; ``commit`` when all steps are done;
``sending`` when the parent has been told that the commit follows; ``committed`` before the parent is told of it."""


class WriterCore:
    """One connection and the transactions that are run on it, one at a time."""

    def __init__(self, connect: Callable[[wire.Open], Any], hook: Hook | None = None) -> None:
        self._connect = connect
        self._hook = hook or (lambda _point: None)
        self._connection: Any = None
        self._cursor: Any = None
        self._cancelled = False
        self._committing = False
        self._guard = threading.Lock()

    def answer(self, request: wire.Request, announce: Callable[[], None]) -> wire.Reply | Fault:
        """The reply to a request; ``announce`` is called just before a commit is sent."""
        self._cancelled = self._committing = False
        match request:
            case wire.Open():
                return self._open(request)
            case wire.Close():
                self._drop()
                return Done()
            case _ if self._connection is None:
                return Fault("not_open")
            case wire.Authenticate():
                return self._authenticate(request)
            case wire.Trial():
                return self._attempts(request, None)
            case wire.Apply():
                return self._attempts(request, announce)

    def cancel(self) -> None:
        """Give the request under way up, unless it is committing; called from another thread than :meth:`answer`."""
        self._cancelled = True
        with self._guard:
            if self._cursor is not None and not self._committing and hasattr(self._cursor, "cancel"):
                self._cursor.cancel()

    # ------------------------------------------------------------------------------------------------------------------

    def _open(self, request: wire.Open) -> wire.Reply | Fault:
        self._drop()
        try:
            self._connection = self._connect(request)
        except Exception as error:  # noqa: BLE001  drivers raise what they like; only a code leaves
            return classify(error, connecting=True, by_name="dsn=" in request.connection.lower())
        for statement in request.session:
            try:
                self._connection.cursor().execute(statement.sql).close()
            except Exception as error:  # noqa: BLE001  see above
                if statement.required:
                    self._drop()
                    return classify(error)
        return Done()

    def _authenticate(self, request: wire.Authenticate) -> wire.Reply | Fault:
        for statement in request.statements:
            try:
                self._connection.cursor().execute(statement).close()
            except Exception as error:  # noqa: BLE001  see above
                return Fault("authentication_refused", classify(error).sqlstate, classify(error).native)
        return Done()

    def _attempts(self, request: wire.Apply | wire.Trial, announce: Callable[[], None] | None) -> wire.Outcome:
        """``announce``: None = roll it back."""
        outcome = self._transaction(request.steps, 0, announce)
        for attempt in range(1, request.attempts):
            if not _key_taken(outcome):
                break
            outcome = self._transaction(request.steps, attempt, announce)
        return outcome

    def _transaction(
        self, steps: tuple[wire.Step, ...], attempt: int, announce: Callable[[], None] | None
    ) -> wire.Committed | wire.NotWritten | wire.Unknown:
        made: list[str | int | None] = []
        name: str | None = None
        try:
            self._hook("begin")
            _begin(self._connection)
            for step in steps:
                name = step.name
                if self._cancelled:
                    return self._undo(wire.NotWritten(name, fault=Fault("statement_timeout")))
                value, found = self._step(step, made, attempt)
                if step.rows is not None and found != step.rows:
                    return self._undo(wire.NotWritten(name, step.rows, found))
                made.append(value)
                self._hook(f"step {name}")
            name = None
            if announce is None:
                self._roll_back()
                return wire.Committed(tuple(made), attempt)
            self._hook("commit")
        except Exception as error:  # noqa: BLE001  see above
            fault = Fault("statement_timeout") if self._cancelled else classify_write(error)
            return self._undo(wire.NotWritten(name, fault=fault))
        except BaseException:
            # Whoever plays the end of the process: the server rolls back.
            self._drop()
            raise
        return self._commit(made, attempt, announce)

    def _commit(
        self, made: list[str | int | None], attempt: int, announce: Callable[[], None]
    ) -> wire.Committed | wire.NotWritten | wire.Unknown:
        with self._guard:
            self._committing = not self._cancelled
        if not self._committing:
            return self._undo(wire.NotWritten(fault=Fault("statement_timeout")))
        announce()
        try:
            self._hook("sending")
            self._connection.commit()
            self._hook("committed")
        except Exception as error:  # noqa: BLE001  see above
            self._drop()
            fault = classify_write(error)
            return wire.NotWritten(fault=fault) if commit_refused(error) else wire.Unknown(fault)
        except BaseException:
            self._drop()
            raise
        try:
            _rest(self._connection)
        except Exception:  # noqa: BLE001  it is committed; the connection is of no use any more
            self._drop()
        return wire.Committed(tuple(made), attempt)

    def _step(self, step: wire.Step, made: list[str | int | None], attempt: int) -> tuple[str | int | None, int]:
        """The value that a step makes, and how many rows it found or changed."""
        cursor = self._connection.cursor()
        with self._guard:
            self._cursor = cursor
        try:
            values = tuple(_bound(value, made, attempt) for value in step.params)
            cursor.execute(step.sql, values) if values else cursor.execute(step.sql)
            if cursor.description is not None:
                rows = cursor.fetchmany(_MOST)
                return (_plain(rows[0][0]) if step.made and rows else None), len(rows)
            found = cursor.rowcount
            if not step.made:
                return None, found
            if step.fetch is not None:
                return _plain(cursor.execute(step.fetch).fetchone()[0]), found
            return _plain(cursor.lastrowid), found
        finally:
            with self._guard:
                self._cursor = None
            cursor.close()

    def _undo(self, outcome: wire.NotWritten) -> wire.NotWritten:
        self._roll_back()
        return outcome

    def _roll_back(self) -> None:
        try:
            self._connection.rollback()
            _rest(self._connection)
        except Exception:  # noqa: BLE001  a connection that is closed is rolled back by the server
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # It is given up, whatever it says to that.
            with contextlib.suppress(Exception):
                connection.rollback()
            with contextlib.suppress(Exception):
                connection.close()


def _begin(connection: Any) -> None:
    """Begin a transaction: ODBC connections are in autocommit mode between two of them."""
    if hasattr(connection, "getinfo"):
        connection.autocommit = False
    else:
        connection.execute("BEGIN IMMEDIATE")


def _rest(connection: Any) -> None:
    if hasattr(connection, "getinfo"):
        connection.autocommit = True


def _bound(value: wire.Value, made: list[str | int | None], attempt: int) -> Any:
    match value:
        case wire.Made():
            return made[value.made]
        case wire.OneOf():
            return value.one_of[min(attempt, len(value.one_of) - 1)]
        case Moment():
            return datetime.fromisoformat(value.moment)
        case wire.Day():
            return date.fromisoformat(value.day)
        case wire.Amount():
            return Decimal(value.amount)
        case _:
            return value


def _plain(value: Any) -> str | int | None:
    if value is None or isinstance(value, str | int):
        return value
    return int(value)


def _key_taken(outcome: wire.Outcome) -> bool:
    return isinstance(outcome, wire.NotWritten) and outcome.fault is not None and outcome.fault.code == "key_taken"
