"""From settings to the channel that writes go through: which PMS, which way, which secrets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from agent.host.secret_names import API_CUSTOMER_KEY, API_DEVELOPER_KEY, WRITE_AUTHENTICATION, WRITE_PASSWORD
from agent.host.settings import Settings
from agent.host.sources import dialect_of, with_login
from agent.model.clock import Clock
from agent.model.writing import Channel
from agent.platform.secrets import Secrets
from agent.sources.bridge.writer_client import ProcessWriter
from agent.sources.eaglesoft.writing.channel import EaglesoftChannel
from agent.sources.eaglesoft.writing.engines import engine_of
from agent.sources.opendental.writing.channel import OpenDentalChannel
from agent.sources.opendental.writing.exchange import HttpExchange
from agent.sources.reader import Reader
from agent.wire import writer as wire


def open_channel(
    settings: Settings, secrets: Secrets, reader: Reader, clock: Clock, *, double_booking: Callable[[], bool] = bool
) -> tuple[Channel, Callable[[], None]]:
    """The channel of the settings' PMS, and what closes it. Nothing is asked of the PMS yet. ``double_booking``: the
    office's policy lets visits overlap now.
    """
    match settings.practice.pms:
        case "opendental":
            return _open_dental(settings, secrets, reader, double_booking)
        case "eaglesoft":
            return _eaglesoft(settings, secrets, reader, clock, double_booking)


def _open_dental(
    settings: Settings, secrets: Secrets, reader: Reader, double_booking: Callable[[], bool]
) -> tuple[Channel, Callable[[], None]]:
    url = settings.writes.api_url
    developer, customer = secrets.get(API_DEVELOPER_KEY), secrets.get(API_CUSTOMER_KEY)
    if url is None or developer is None or customer is None:
        return OpenDentalChannel(None, reader, double_booking=double_booking), _nothing
    exchange = HttpExchange(developer, customer, url)
    return OpenDentalChannel(exchange, reader, double_booking=double_booking), exchange.close


def _eaglesoft(
    settings: Settings, secrets: Secrets, reader: Reader, clock: Clock, double_booking: Callable[[], bool]
) -> tuple[Channel, Callable[[], None]]:
    writes = settings.writes
    if writes.connection is None:
        return EaglesoftChannel(reader, None, writes.user), _nothing
    session = engine_of(dialect_of(settings)).session  # of one that writes; the reader's forbids it
    connection = with_login(writes.connection, writes.login, secrets.get(WRITE_PASSWORD))
    writer = ProcessWriter(
        lambda: wire.Open(connection, session), partial(_authentication, secrets), clock=clock.monotonic
    )
    return EaglesoftChannel(reader, writer, writes.user, double_booking=double_booking), writer.close


def _authentication(secrets: Secrets) -> wire.Authenticate | None:
    statement = secrets.get(WRITE_AUTHENTICATION)
    return None if statement is None else wire.Authenticate((statement,))


def _nothing() -> None:
    return None
