"""Another database behind the same name: held until a person says so, or until the right one is back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud.tls import development_tls
from tests.causes.watching import Agent, at_work
from tests.cli import office as offices
from tests.cli.office import Office
from tests.crash.workplace import Practice, practice_in

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    """A practice at work."""
    return practice_in(tmp_path / "practice.db")


@pytest.fixture
def office(tmp_path: Path, practice: Practice) -> Iterator[Office]:
    """Its office, with an agent that is set up."""
    with offices.opened(tmp_path, tmp_path / "practice.db", development_tls(tmp_path / "tls")) as made:
        made.set_up()
        made.settings_of("pace", poll_seconds=0.5, compare_seconds=1, lookup_minutes=0.02)
        yield made
    practice.connection.close()


def put(file: Path, office: Office, agent: Agent) -> None:
    """Put another file in the place of the practice's, as restoring a backup does: connections are lost."""
    os.replace(file, office.practice)
    agent.lose_reader()


def test_a_training_database_and_an_old_backup(office: Office, practice: Practice, tmp_path: Path):
    other, backup, own = (tmp_path / name for name in ("other.db", "backup.db", "own.db"))
    practice_in(other, seed=77).connection.close()
    shutil.copy(office.practice, backup)
    with at_work(office) as agent:
        agent.until(lambda: office.held("patient"), "the first load")
        practice.work(60)
        practice.connection.commit()
        office.well("sync", "--once")
        before = {resource: dict(office.held(resource)) for resource in ("patient", "appointment", "ledger_entry")}
        shutil.copy(office.practice, own)
        for strange, code in ((other, "database_changed"), (backup, "database_restored")):
            put(strange, office, agent)
            agent.tells(code)
            assert {resource: dict(office.held(resource)) for resource in before} == before
            shutil.copy(own, tmp_path / "again.db")
            put(tmp_path / "again.db", office, agent)
            agent.forgets(code)
            assert office.say("holds", "list", "--json").stdout.strip() == "[]"
