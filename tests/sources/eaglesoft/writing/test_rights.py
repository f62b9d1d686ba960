"""Every kind is written with logins that have the rights that the page of logins names, and no others."""

from __future__ import annotations

from contextlib import closing

import pytest

from agent.sources import grants
from agent.sources.bridge.client import ProcessBridge
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.eaglesoft.writing.channel import EaglesoftChannel
from agent.sources.reader import Reader
from agent.wire.bridge import Open
from scripts import login_page
from tests import servers
from tests.sources.eaglesoft.writing.offices import on_server
from tests.sources.eaglesoft.writing.test_channel import MAKERS


@pytest.mark.servers
def test_the_logins_of_the_page_are_enough_for_every_kind(
    postgresql_server: servers.Server, postgresql: servers.Database
) -> None:
    name = postgresql.name
    reads, writes = f"reader_{name}", f"writer_{name}"
    with on_server(postgresql) as office:
        postgresql.run(*grants.postgresql(EAGLESOFT, reads, "x"), *login_page.postgresql_writer(writes, "x"))
        try:
            reading = Open(postgresql_server.connection(name, reads, "x"), office.spoken.session)
            writer = office.writer(login=postgresql_server.connection(name, writes, "x"))
            with closing(ProcessBridge(lambda: reading)) as bridge:
                channel = EaglesoftChannel(Reader(bridge, office.spoken), writer, office.user)
                assert channel.look().state == "ready"
                for make in MAKERS:
                    task = make(office)
                    channel.apply(task, channel.prepare(task))
                    assert channel.find(task).result == "applied", task.kind
            writer.close()
        finally:
            for login in (reads, writes):
                postgresql.run(f"DROP OWNED BY {login}", f"DROP ROLE {login}")
