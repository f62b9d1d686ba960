"""The agent's store cut short, restored from an old copy, robbed of its key or damaged at work: rebuilt by itself.

In the cloud nothing is doubled and no delete is forgotten, though the store that knew of it is gone.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.host.secret_names import STORE_KEY
from agent.platform.secrets import Secrets
from tests.crash.workplace import Workplace, until


def store_files(home: Path) -> list[Path]:
    """The store and its journal."""
    return [home / f"store.db{suffix}" for suffix in ("", "-wal", "-shm")]


def copy_store(home: Path, folder: Path) -> None:
    """Somebody copies the data folder."""
    folder.mkdir()
    for file in store_files(home):
        if file.exists():
            shutil.copy(file, folder)


def put_back(home: Path, folder: Path) -> None:
    """Somebody restores it."""
    for file in store_files(home):
        file.unlink(missing_ok=True)
        if (folder / file.name).exists():
            shutil.copy(folder / file.name, file)


def forget_some(workplace: Workplace) -> None:
    """The practice takes rows away that the cloud has, and goes on working."""
    desk = workplace.practice.desk
    for _ in range(3):
        assert desk.delete_appointment() is not None
        desk.delete_payment()
    workplace.practice.work(10)


def test_a_store_restored_from_an_older_copy_begins_a_new_epoch(workplace: Workplace, tmp_path: Path):
    with workplace.running():
        workplace.sync()
    copy_store(workplace.home, tmp_path / "copy")
    with workplace.running():
        workplace.practice.work(10)
        workplace.sync()
    put_back(workplace.home, tmp_path / "copy")
    forget_some(workplace)
    with workplace.running():
        workplace.settled()
    assert workplace.events("store_restored")
    assert workplace.check_feed() == {1, 2}


@pytest.mark.parametrize("harm", ["cut short", "key lost"])
def test_a_store_that_cannot_be_used_is_set_aside_and_built_again(workplace: Workplace, harm: str):
    workplace.sync()
    if harm == "cut short":
        store = store_files(workplace.home)[0]
        store.write_bytes(store.read_bytes()[: store.stat().st_size * 2 // 3])
    else:
        Secrets(workplace.home).delete(STORE_KEY)
    forget_some(workplace)
    workplace.settled()
    assert workplace.check_feed() == {1, 2}
    assert len(workplace.events("store_set_aside")) == 1
    assert len(list(workplace.home.glob("store.db.set-aside-*"))) >= 1


def test_a_store_that_proves_damaged_at_work_is_built_again_without_anybody(workplace: Workplace):
    with workplace.running() as process:
        workplace.sync()
        with closing(sqlite3.connect(store_files(workplace.home)[0], timeout=30)) as link:
            link.execute("UPDATE entries SET sealed = zeroblob(length(sealed))")
            link.commit()
        forget_some(workplace)
        until(lambda: workplace.events("store_set_aside"), "a new store")
        until(lambda: len(workplace.events("agent_started")) == 2, "the agent, again")
        workplace.settled()
        assert process.poll() is None
    assert workplace.check_feed() == {1, 2}
