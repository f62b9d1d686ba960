"""Every kind of write on a real MariaDB, read with the least login that the documentation gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.writing import OutcomeUnknown
from tests.servers import Database
from tests.sources.opendental.offices import on_mariadb
from tests.sources.opendental.works import WORKS


@pytest.mark.servers
def test_every_kind_is_done_once_and_found_after_a_lost_answer(mariadb: Database):
    with on_mariadb(mariadb, "agent_reader_of_writes", "pw-of-the-test") as practice:
        channel = practice.channel
        for kind, work in WORKS.items():
            task = work.make(practice)
            assert channel.find(task).result == "absent", kind
            practice.wire.breaks = "lost"
            with pytest.raises(OutcomeUnknown):
                channel.apply(task, channel.prepare(task))
            practice.wire.breaks = ""
            found = channel.find(task)
            if kind == "appointment.cancel":
                assert found.result == "absent"
                channel.apply(task, channel.prepare(task))
                found = channel.find(task)
            assert found.result == "applied", kind
            assert practice.one(work.effect.format(tag=task.tag)) == 1, kind
            assert channel.find(replace(task, before=None)).result == "applied", kind
            practice.run("DELETE FROM appointment WHERE AptDateTime > '2031-01-01'")
