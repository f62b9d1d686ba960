"""An office with the service: a practice in memory or on a server, its front desk, and requests to the service."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import orjson

from sandbox.opendental_api.answer import ApiAnswer
from sandbox.opendental_api.installed import installed
from sandbox.opendental_api.keys import ApiKeys
from sandbox.practice.build import build
from sandbox.practice.desk import Desk
from sandbox.practice.engine import Database, open_memory
from sandbox.practice.oddities import OVER_ODBC
from sandbox.practice.opendental_hash import foreign_rows
from tests.sandbox.practice.rows import rendered, stored


class Office:
    """A practice that has the service installed."""

    def __init__(self, connection: Any = None, seed: int = 1) -> None:
        connection = open_memory("opendental") if connection is None else connection
        self.practice = build("opendental", connection, seed, odd=OVER_ODBC - {"zero_dates"})
        self.desk = Desk(self.practice, connection, Random(seed))
        self.database = Database(connection)
        self.keys = ApiKeys.made_up(Random(seed))
        self.faulty = installed(lambda: self.desk, lambda: connection, keys=self.keys)
        self.service = self.faulty.service
        self.patient = next(one for one in self.practice.patients.values() if one.status == 0 and one.dentist)
        self.chair = next(one for one in self.practice.chairs.values() if not one.hidden)

    def ask(self, method: str, path: str, body: Any = None, /, **query: Any) -> ApiAnswer:
        """Send a request with the right keys."""
        headers = {"Authorization": self.keys.header, "Content-Type": "application/json"}
        sent = None if body is None else orjson.dumps(body)
        texts = {name: str(value) for name, value in query.items()}
        return self.service.handle(method, f"/api/v1{path}", texts, headers, sent)

    def get(self, path: str, /, **query: Any) -> Any:
        """What a list or a record holds."""
        answer = self.ask("GET", path, **query)
        assert answer.status == 200, answer
        return orjson.loads(answer.body)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What was made."""
        answer = self.ask("POST", path, body)
        assert answer.status == 201, answer
        return orjson.loads(answer.body)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """What was changed, if the call tells it."""
        answer = self.ask("PUT", path, body)
        assert answer.status == 200, answer
        return orjson.loads(answer.body) if answer.body else None

    def refused(self, method: str, path: str, body: Any = None, /, **query: Any) -> tuple[int, str]:
        """Status and reason of a refusal."""
        answer = self.ask(method, path, body, **query)
        assert answer.status >= 400, answer
        return answer.status, orjson.loads(answer.body)

    def book(self, **fields: Any) -> Any:
        """A new appointment, tomorrow at ten."""
        asked = {"PatNum": self.patient.key, "Op": self.chair.key, "AptDateTime": "2025-03-04 10:00:00"}
        return self.post("/appointments", asked | fields)

    def as_the_model_says(self) -> bool:
        """Whether the database holds what the front desk's model of the practice says, and no row is a stranger."""
        held, said = stored(self.desk), rendered(self.desk)
        secret = {"patient": 30}
        for rows in (held, said):
            for (table, _), row in rows.items():
                if table in secret:
                    del row[secret[table]]
        return held == said and not foreign_rows(self.database)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query finds."""
        return self.database.select(sql)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])
