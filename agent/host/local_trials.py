"""Tries what somebody is about to set: a database, a cloud. Reads only, keeps nothing, tells plain findings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent import __version__
from agent.cloud.transport import Transport
from agent.health import doctor as checks
from agent.health.doctor import Finding
from agent.host import settings_file, setup, sources
from agent.host.home import Home
from agent.host.proxying import proxy_login
from agent.host.secret_names import DATABASE_PASSWORD
from agent.host.settings import Settings
from agent.model.clock import Clock
from agent.model.errors import AgentError, NeedsPerson
from agent.platform.secrets import Secrets
from agent.sources.reader import Reader

_NOWHERE = "https://cloud.invalid"
"""Stands for a cloud that nobody has named yet; nothing is sent there."""

Answer = dict[str, Any]


def try_database(home: Home, clock: Clock, arguments: Mapping[str, Any]) -> Answer:
    """Connect, say what is there and what of it can be read. Without a password the one in the keyring is used where
    the login is the same.

    Raises:
        AgentError: it cannot be reached or read, or ``task_arguments_invalid``.
    """
    present = _present(home)
    settings = _settings(arguments, present)
    password = arguments.get("password") or None
    if password is None and present is not None and present.source.login == settings.source.login:
        password = Secrets(home.path).get(DATABASE_PASSWORD)
    bridge, dialect = sources.open_bridge(settings, password, clock)
    with closing(bridge):
        reader = Reader(bridge, dialect, deadline=settings.source.statement_seconds)
        info = reader.info()
        found = sources.source_of(settings, reader).describe()
        findings = [
            Finding("database", "connection", "ok", f"Connected through {info.driver} {info.driver_version}"),
            *checks.check_version(found, sources.PMS[settings.practice.pms].title),
            *checks.check_shapes(found),
        ]
        if "time_zone" in arguments:
            findings.insert(1, checks.check_clock(found, settings.practice.time_zone, clock.time()))
    return _told(
        findings,
        pms=found.pms,
        pms_version=found.pms_version,
        engine=found.engine,
        dialect=settings.source.dialect,
        readable=sum(1 for shape in found.shapes if shape.stopped is None),
        shapes=len(found.shapes),
    )


def try_cloud(home: Home, clock: Clock, arguments: Mapping[str, Any]) -> Answer:
    """Reach the cloud: name, proxy, trust, clock. Nothing is said of the practice. Without a login for the proxy the
    one that is kept is used, with the present proxy only.

    Raises:
        AgentError: it cannot be reached, or ``task_arguments_invalid``.
    """
    url, ca_file, proxy = (arguments.get(name) or None for name in ("url", "ca_file", "proxy"))
    if url is None:
        raise _wrong("url is missing")
    way = Transport(
        url,
        clock,
        ca_file=None if ca_file is None else Path(ca_file),
        proxy=proxy,
        proxy_login=_proxy_login(home, proxy, arguments),
        agent_version=__version__,
    )
    with closing(way):
        way.exchange("GET", "/")  # whatever it answers shows that the way and the trust are good
        host = urlsplit(url).hostname or ""
        trust = "the machine's trust store" if ca_file is None else "the CA file"
        through = "" if way.proxy is None else " through a proxy"
        findings = [Finding("cloud", "connection", "ok", f"{host} answers{through}; its certificate is in {trust}")]
        clocks = checks.check_offset(way.clock_offset)
        if clocks is not None:
            findings.append(clocks)
        return _told(findings, proxied=way.proxy is not None, clock_offset_seconds=way.clock_offset)


def _proxy_login(home: Home, proxy: str | None, arguments: Mapping[str, Any]) -> tuple[str, str] | None:
    if name := arguments.get("proxy_login"):
        return name, arguments.get("proxy_password") or ""
    present = _present(home)
    if present is None or present.cloud.proxy != proxy:
        return None
    return proxy_login(present, Secrets(home.path))


def told_findings(findings: list[Finding]) -> Answer:
    """Findings as an answer: all of them, and how many there are of each level."""
    return _told(findings)


def _told(findings: list[Finding], **facts: object) -> Answer:
    counts = {level: sum(1 for one in findings if one.level == level) for level in ("ok", "warning", "failed")}
    return {**facts, "counts": counts, "findings": [asdict(one) for one in findings]}


def _settings(arguments: Mapping[str, Any], present: Settings | None) -> Settings:
    """Settings with the database that is to be tried."""
    known = {"connection", "pms", "login", "password", "dialect", "schema", "time_zone"}
    if strange := sorted(set(arguments) - known):
        raise _wrong(f"{len(strange)} of the names are not known; there are {', '.join(sorted(known))}")
    if not all(value is None or isinstance(value, str) for value in arguments.values()):
        raise _wrong("every argument is a text")
    source = None if present is None else present.source
    given = setup.Given(
        pms=arguments.get("pms") or ("" if present is None else present.practice.pms),
        connection=arguments.get("connection") or ("" if source is None else source.connection),
        time_zone=arguments.get("time_zone") or ("UTC" if present is None else present.practice.time_zone),
        cloud=_NOWHERE,
        dialect=arguments.get("dialect") or (source.dialect if source and not arguments.get("connection") else None),
        login=arguments["login"] or None if "login" in arguments else None if source is None else source.login,
        schema=arguments.get("schema") or (None if source is None else source.schema_name),
    )
    try:
        return setup.settings_of(given)
    except setup.Unusable as error:
        raise _wrong(error.title) from None


def _present(home: Home) -> Settings | None:
    try:
        return settings_file.read(home.path)
    except AgentError:
        return None


def _wrong(what: str) -> NeedsPerson:
    return NeedsPerson("task_arguments_invalid", f"This cannot be tried: {what}", "See docs/local-api.md.")
