"""Composes the doctor: hands the database, the machine and the cloud to the checks of :mod:`agent.health.doctor`.

Needs no enrolment, no store and no lock: it may run before go-live and beside a running agent. Writes nothing but a
probe in the keyring, which it takes out again.
"""

from __future__ import annotations

import ipaddress
import platform
import secrets as randomness
import shutil
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent import __version__
from agent.cloud.transport import Transport
from agent.health import doctor as checks
from agent.health import doctor_records as records
from agent.health.doctor import Finding, failed
from agent.health.doctor_facts import (
    Machine,
    check_effort,
    check_freshness,
    check_machine,
    check_site,
    check_trust,
    sample_of,
)
from agent.health.doctor_writes import check_channel, check_rehearsal
from agent.host import enrolment, settings_file, sources
from agent.host.agent import open_client
from agent.host.home import Home
from agent.host.proxying import proxy_login
from agent.host.rehearsing import samples, stage
from agent.host.secret_names import DATABASE_PASSWORD
from agent.host.settings import Settings
from agent.model.clock import Clock
from agent.model.errors import AgentError
from agent.model.reading import Description
from agent.platform import machine, permissions, power, program
from agent.platform.secrets import Secrets
from agent.sources import grants, rights
from agent.sources.mapping import code_tables_of
from agent.sources.pms import Pms
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource

BUDGET_SECONDS = 2.0
"""How long the engine may be at work for the sample of one shape."""

_PROBE = "doctor-probe"
_UNSEEN = frozenset({"column_missing", "table_missing", "permission_denied"})
"""Why a shape is stopped that a login without the right meets as well."""


def examine(home: Home, clock: Clock, wait: Callable[[float], object]) -> Iterator[Finding]:
    """Every finding, one after the other. ``wait`` is called with the seconds to rest between two statements.

    Raises:
        AgentError: ``not_initialised``, ``settings_invalid``: without settings there is nothing to examine.
    """
    settings = settings_file.read(home.path)
    keyring = Secrets(home.path)
    yield from check_machine(_environment(), __version__)
    yield from _machine(home, keyring, settings)
    yield from _database(settings, keyring, clock, wait)
    yield from _writes(home, settings, clock)
    yield from _cloud(home, keyring, settings, clock)


def _machine(home: Home, keyring: Secrets, settings: Settings) -> Iterator[Finding]:
    yield Finding("machine", "settings", "ok", "agent.toml can be read")
    yield checks.check_program(program.lost_files())
    yield checks.check_private(permissions.is_private(home.path))
    yield checks.check_disk(shutil.disk_usage(home.path).free, settings.limits.disk_free_mb)
    try:
        value = randomness.token_hex(8)
        keyring.set(_PROBE, value)
        kept = keyring.get(_PROBE)
        keyring.delete(_PROBE)
    except AgentError as error:
        yield failed("machine", "keyring", error)
        return
    if kept == value:
        yield Finding("machine", "keyring", "ok", "The keyring keeps what it is given")
    else:
        advice = "See that the agent's user may read and write its keyring."
        yield Finding("machine", "keyring", "failed", "The keyring does not keep secrets", advice, "secrets_unreadable")


def _database(settings: Settings, keyring: Secrets, clock: Clock, wait: Callable[[float], object]) -> Iterator[Finding]:
    try:
        bridge, dialect = sources.open_bridge(settings, keyring.get(DATABASE_PASSWORD), clock)
        reader = Reader(bridge, dialect, deadline=settings.source.statement_seconds)
        source = DatabaseSource(sources.PMS[settings.practice.pms], reader, sources.office_of(settings))
    except AgentError as error:
        yield failed("database", "settings", error)
        return
    with closing(bridge):
        try:
            info = reader.info()
            bits = struct.calcsize("P") * 8
            facts: dict[str, int | float | str | None] = {
                "driver": info.driver,
                "driver_version": info.driver_version,
                "bits": bits,
            }
            title = f"Connected through {info.driver} {info.driver_version} ({bits} bit)"
            yield Finding("database", "connection", "ok", title, facts=facts)
            found = source.describe()
        except AgentError as error:
            yield failed("database", "connection", error)
            return
        pms = sources.PMS[settings.practice.pms]
        yield from checks.check_version(found, pms.title)
        yield checks.check_clock(found, settings.practice.time_zone, clock.time())
        yield _rights(reader, found, pms)
        yield from checks.check_shapes(found)
        yield check_site(found, pms.title, f"{info.driver} {info.driver_version}", bits, __version__)
        if found.halted is None:
            yield from _records(source, found, settings, wait)


def _writes(home: Home, settings: Settings, clock: Clock) -> Iterator[Finding]:
    """The way into the PMS, and one rehearsal of each kind that the office has switched on. Nothing is written."""
    writes = settings.writes
    if writes.api_url is None and writes.connection is None:
        yield Finding("writes", "channel", "ok", "Write-backs are not set up; none will be made")
        return
    try:
        with stage(home, clock) as at:
            facts = at.facts()
            yield check_channel(facts)
            if facts.state != "ready":
                return  # every rehearsal would say the same
            modes = {offer.capability.kind: offer.mode for offer in at.offers()}
            for request in samples(at):
                if modes[request.kind] != "off":
                    found = at.rehearse(request)
                    yield check_rehearsal(found.kind, found.would, found.reason, found.title, found.asks)
    except AgentError as error:
        yield failed("writes", "channel", error)


def _rights(reader: Reader, found: Description, pms: Pms) -> Finding:
    users = rights.has_users(reader.dialect)
    readable = list(dict.fromkeys(shape.table for shape in found.shapes if shape.stopped is None))
    stopped = [shape.stopped.partition(":") for shape in found.shapes if shape.stopped is not None]
    unseen = [what for code, _, what in stopped if code in _UNSEEN and what]
    try:
        beyond = rights.beyond(reader, readable) if users and readable else None
        unseen += rights.lacking(reader, grants.columns_read(pms))
        database, host = rights.here(reader)
    except AgentError as error:
        return failed("database", "rights", error, "warning")
    statements = grants.statements(pms, reader.dialect.name, database or pms.name, host)
    return checks.check_rights(beyond, users, statements, unseen)


def _records(
    source: DatabaseSource, found: Description, settings: Settings, wait: Callable[[float], object]
) -> Iterator[Finding]:
    today = datetime.fromisoformat(found.clock).date()
    busy: dict[str, tuple[float, int]] = {}
    sizes: dict[str, int] = {}
    newest: dict[str, str] = {}
    shown: dict[str, Mapping[str, Any]] = {}
    for shape in found.shapes:
        if shape.stopped is not None:
            continue
        try:
            sample = records.walk(source, shape, BUDGET_SECONDS, wait, today)
        except AgentError as error:
            unread = failed("records", shape.id, error)
            yield replace(unread, title=f"{checks.named(shape.id)}: {unread.title}")
            continue
        size = found.sizes.get(shape.id)
        yield from records.check_records(sample, shape, size)
        busy[shape.id] = (sample.busy, sample.read)
        sizes[shape.id] = records.estimate(sample, size) or sample.read
        newest[shape.resource] = max(newest.get(shape.resource, ""), sample.newest or "")
        if sample.masked is not None:
            shown.setdefault(shape.resource, sample.masked)
    yield records.check_codes(source.unknown_codes(), _meanings(sources.PMS[settings.practice.pms]))
    for resource, day in newest.items():
        fresh = check_freshness(resource, day or None, today)
        if fresh is not None:
            yield fresh
    yield check_effort(busy, sizes, settings.pace.duty_load, settings.pace.duty_office)
    yield from (sample_of(resource, masked) for resource, masked in shown.items())


def _meanings(pms: Pms) -> dict[str, list[str]]:
    """Code table -> what a code can mean."""
    tables = {name: table for shape in pms.shapes for name, (_, table) in code_tables_of(shape).items()}
    return {name: sorted({*table.values.values()} - {table.default}) for name, table in tables.items()}


def _environment() -> Machine:
    return Machine(
        f"{platform.system()} {platform.release()}",
        platform.python_version(),
        struct.calcsize("P") * 8,
        machine.cpus(),
        machine.memory_mb(),
        machine.odbc_drivers(),
        time.tzname[0],
        power.sleeps(),
    )


def _cloud(home: Home, keyring: Secrets, settings: Settings, clock: Clock) -> Iterator[Finding]:
    host = urlsplit(settings.cloud.url).hostname or ""
    port = urlsplit(settings.cloud.url).port or 443
    ca_file = None if settings.cloud.ca_file is None else Path(settings.cloud.ca_file)
    try:
        way = Transport(
            settings.cloud.url,
            clock,
            ca_file=ca_file,
            proxy=settings.cloud.proxy,
            proxy_login=proxy_login(settings, keyring),
            agent_version=__version__,
        )
    except AgentError as error:
        yield failed("cloud", "settings", error)
        return
    with closing(way):
        if way.proxy is None:
            name = _name(host, port)
            yield name
            yield Finding("cloud", "proxy", "ok", "No proxy is in use")
            if name.level == "failed":
                return  # asking there would say the same
        else:
            shown = urlsplit(way.proxy)
            whose = "agent.toml" if settings.cloud.proxy else "the system's settings"
            named = settings.cloud.proxy_login is not None or shown.username is not None
            title = (
                f"Through the proxy {shown.hostname}:{shown.port or 80}, by {whose}, with{'' if named else 'out'} login"
            )
            yield Finding("cloud", "proxy", "ok", title, facts={"proxy": shown.hostname})
        try:
            way.exchange("GET", "/")  # whatever it answers shows that the way and the trust are good
        except AgentError as error:
            yield failed("cloud", "connection", error)
            return
        trust = "the machine's trust store" if ca_file is None else "the CA file"
        yield Finding("cloud", "connection", "ok", f"{host}:{port} answers; its certificate is trusted by {trust}")
        ends = way.certificate_ends
        days = None if ends is None else int((ends - clock.time()) // 86_400)
        public = way.publicly_trusted() if ca_file is None and way.proxy is None else None
        yield from check_trust(way.issuer() if way.proxy is None else None, days, public)
        clocks = checks.check_offset(way.clock_offset)
        if clocks is not None:
            yield clocks
    yield _enrolment(home, keyring, settings, clock)


def _name(host: str, port: int) -> Finding:
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return Finding("cloud", "name", "ok", f"The cloud's address is a number ({host}); no name is asked for")
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        advice = "Check the internet connection, the machine's DNS settings and the cloud's address."
        return Finding("cloud", "name", "failed", f"The name {host} cannot be resolved", advice, "dns_failed")
    return Finding("cloud", "name", "ok", f"The name {host} can be resolved", facts={"addresses": len(found)})


def _enrolment(home: Home, keyring: Secrets, settings: Settings, clock: Clock) -> Finding:
    try:
        enrolled = enrolment.read(home.path)
        if enrolled is None:
            advice = "Run `practice-agent enroll CODE` when this report is fine."
            return Finding("cloud", "enrolment", "warning", "This agent is not enrolled yet", advice, "not_enrolled")
        with closing(open_client(home.path, settings, keyring, clock)) as client:
            client.check()
    except AgentError as error:
        return failed("cloud", "enrolment", error)
    title = f"Enrolled for {enrolled.practice_name}; the cloud takes this agent's key"
    return Finding("cloud", "enrolment", "ok", title, facts={"agent_id": enrolled.agent_id})
