"""Shows what would be sent: some records of the practice's database, read, mapped, masked. Keeps and sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Protocol

from agent.health import masking
from agent.host import settings_file, sources
from agent.host.home import Home
from agent.host.secret_names import DATABASE_PASSWORD
from agent.model.clock import Clock
from agent.model.errors import Terminal
from agent.model.reading import Description, Mapped, Page, Range
from agent.model.resources import RESOURCES
from agent.platform.secrets import Secrets


class Database(Protocol):
    """What a preview asks of a practice's database."""

    def describe(self) -> Description:
        """Look at the database."""

    def scan(self, shape: str, within: Range, limit: int) -> Page:
        """The first records."""

    def map(self, shape: str, records: Any) -> list[Mapped]:
        """In canonical form."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as it would be sent."""

    resource: str
    shape: str
    id: str | None
    data: dict[str, Any]
    derived: dict[str, Any]
    issues: tuple[tuple[str, str], ...]
    """(field, code)."""


def preview(home: Home, resource: str | None, rows: int, clock: Clock, *, unmask: bool = False) -> Iterator[Shown]:
    """Up to ``rows`` records of every shape of a resource (None = of all), masked unless told otherwise."""
    settings = settings_file.read(home.path)
    source, close = sources.open_source(settings, Secrets(home.path).get(DATABASE_PASSWORD), clock)
    with closing(_Closing(close)):
        yield from records(source, resource, rows, unmask=unmask)


def records(database: Database, resource: str | None, rows: int, *, unmask: bool = False) -> Iterator[Shown]:
    """The same, of a database that is open.

    Raises:
        Terminal: the code of what stops the resource's shapes, when none of them can be read.
    """
    found = database.describe()
    shapes = [one for one in found.shapes if resource in (None, one.resource)]
    readable = [one for one in shapes if one.stopped is None]
    if not readable and shapes:
        code, _, what = (shapes[0].stopped or "schema_changed").partition(":")
        raise Terminal(code, f"{resource or 'Nothing'} cannot be read here: {what}", "See `practice-agent doctor`.")
    for name in RESOURCES:
        for shape in readable:
            if shape.resource != name:
                continue
            page = database.scan(shape.id, Range(), rows)
            for mapped in database.map(shape.id, page.records):
                if mapped.data is not None:
                    yield _shown(shape.resource, shape.id, mapped, unmask)


def _shown(resource: str, shape: str, mapped: Mapped, unmask: bool) -> Shown:
    issues = tuple((issue.field, issue.code) for issue in mapped.issues)
    data, derived = mapped.data or {}, mapped.derived or {}
    if unmask:
        return Shown(resource, shape, mapped.id, data, derived, issues)
    hidden = None if mapped.id is None else masking.mask_text(mapped.id)
    return Shown(resource, shape, hidden, masking.mask_record(resource, data), masking.mask(derived), issues)


class _Closing:
    def __init__(self, close: Any) -> None:
        self.close = close
