"""From settings to a source: which PMS, which dialect, which bridge."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from agent.host.settings import Settings
from agent.model.clock import Clock
from agent.sources.bridge.client import ProcessBridge
from agent.sources.bridge.limit import ConnectionLimit
from agent.sources.dialect import Dialect, mariadb, postgresql, sqlanywhere, sqlite
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.mapping import Office
from agent.sources.opendental.pms import OPENDENTAL
from agent.sources.pms import Pms
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource
from agent.wire import bridge as wire

PMS: dict[str, Pms] = {one.name: one for one in (EAGLESOFT, OPENDENTAL)}
"""Every practice-management system that the agent can read, by the name that settings use."""


def dialect_of(settings: Settings) -> Dialect:
    """The dialect that the settings name."""
    source = settings.source
    match source.dialect:
        case "sqlanywhere":
            return sqlanywhere(source.schema_name or "PPM")
        case "postgresql":
            return postgresql(source.schema_name)
        case "mariadb":
            return mariadb()
        case "sqlite":
            return sqlite()


def connection_string(settings: Settings, password: str | None) -> str:
    """The whole connection string; made anew for every connection and kept nowhere."""
    return with_login(settings.source.connection, settings.source.login, password)


def with_login(connection: str, login: str | None, password: str | None) -> str:
    """A connection string with user name and password."""
    parts = [connection.rstrip("; ")]
    if login:
        parts.append(f"UID={_quoted(login)}")
    if password:
        parts.append(f"PWD={_quoted(password)}")
    return ";".join(parts)


def office_of(settings: Settings) -> Office:
    """What the settings say about mapping."""
    practice = settings.practice
    zones = {one.id: one.time_zone for one in practice.location if one.time_zone is not None}
    # Settings may leave out the PMS's name before a code table's: there is only one.
    codes = {name if "." in name else f"{practice.pms}.{name}": table for name, table in settings.codes.items()}
    return Office(practice.time_zone, zones, codes)


def open_bridge(settings: Settings, password: str | None, clock: Clock) -> tuple[ProcessBridge, Dialect]:
    """The bridge to the practice's database, and how to speak to it. Nothing is started before the first question."""
    dialect = dialect_of(settings)
    opening = partial(_opening, settings, password, dialect)
    return ProcessBridge(opening, ConnectionLimit(clock.monotonic), clock=clock.monotonic), dialect


def open_reader(settings: Settings, password: str | None, clock: Clock) -> tuple[Reader, Callable[[], None]]:
    """The way to read the practice's database, and what closes it."""
    bridge, dialect = open_bridge(settings, password, clock)
    return Reader(bridge, dialect, deadline=settings.source.statement_seconds), bridge.close


def source_of(settings: Settings, reader: Reader) -> DatabaseSource:
    """The practice's database as a source."""
    return DatabaseSource(PMS[settings.practice.pms], reader, office_of(settings))


def open_source(settings: Settings, password: str | None, clock: Clock) -> tuple[DatabaseSource, Callable[[], None]]:
    """The practice's database as a source, and what closes it."""
    reader, close = open_reader(settings, password, clock)
    return source_of(settings, reader), close


def _opening(settings: Settings, password: str | None, dialect: Dialect) -> wire.Open:
    return wire.Open(connection_string(settings, password), dialect.session)


def _quoted(value: str) -> str:
    """A value as connection strings take it, whatever characters it has; plain ones bare, as some drivers take braces
    around them for a part of the value.
    """
    if re.fullmatch(r"[\w.@\\-]+", value):
        return value
    return "{" + value.replace("}", "}}") + "}"
