"""What rarely happens to a practice's server: folders restored, keys lost, databases restored, upgrades, nights."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sim.world import World


def _restart_with(world: World, harm: Callable[[], None]) -> None:
    world.store.close()
    harm()
    world.boot()


def _files(path: Path) -> list[Path]:
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def copy_store(world: World) -> None:
    """Somebody copies the data folder."""
    world.store_copy = world.folder / "copy.db"
    for source, target in zip(_files(world.path), _files(world.store_copy), strict=True):
        target.unlink(missing_ok=True)
        if source.exists():
            shutil.copy(source, target)


def restore_store(world: World) -> None:
    """The data folder is restored from that copy."""
    if world.store_copy is None:
        return
    copied = world.store_copy

    def harm() -> None:
        for source, target in zip(_files(copied), _files(world.path), strict=True):
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copy(source, target)
        if world.broken_schema is None:
            world.work()

    _restart_with(world, harm)


def lose_key(world: World) -> None:
    """The keyring is reset."""
    world.master = world.rng.randbytes(32)
    world.store_copy = None
    _restart_with(world, lambda: None)


def cut_store(world: World) -> None:
    """The store file is damaged."""

    def harm() -> None:
        content = world.path.read_bytes()
        world.path.write_bytes(content[: world.rng.randrange(len(content))])
        for extra in _files(world.path)[1:]:
            extra.unlink(missing_ok=True)

    _restart_with(world, harm)


def back_up(world: World) -> None:
    """The practice makes a backup."""
    if world.broken_schema is not None:
        return
    world.desk.release()
    world.backup = (world.connection.serialize(), copy.deepcopy(world.practice))
    world.writes.effects.saved = world.writes.effects.counts.copy()


def restore_database(world: World) -> None:
    """The practice's database is restored from that backup."""
    if world.backup is None or world.broken_schema is not None:
        return
    image, practice = world.backup
    world.connection.deserialize(image)
    world.writes.restored()
    now = world.practice.now
    world.practice = copy.deepcopy(practice)
    world.practice.now = now
    world.open_desk()
    world.way.between = None


def break_schema(world: World) -> None:
    """An upgrade renames a column that is read."""
    if world.broken_schema is None and (world.history is None or not world.plan.writes):
        world.broken_schema = "appointment"
        note = "appointment_notes" if world.plan.pms == "eaglesoft" else "Note"
        world.desk.release()
        world.connection.execute(f"ALTER TABLE appointment RENAME COLUMN {note} TO renamed_by_upgrade")


def mend_schema(world: World) -> None:
    """The column is there again."""
    if world.broken_schema is not None:
        note = "appointment_notes" if world.plan.pms == "eaglesoft" else "Note"
        world.connection.execute(f"ALTER TABLE appointment RENAME COLUMN renamed_by_upgrade TO {note}")
        world.broken_schema = None
        world.desk.learn()


def database_away(world: World) -> None:
    """The database server stops, or is there again."""
    world.way.away = not world.way.away


def days_pass(world: World) -> None:
    """A weekend, or the night in which the clocks change."""
    world.advance(world.rng.choice((3600.0 * 5, 86400.0, 86400.0 * 3)))


def set_clock(world: World) -> None:
    """Somebody sets the server's clock."""
    world.clock.jump(world.rng.uniform(-86400, 86400))


def late_commit(world: World) -> None:
    """A transaction of the front desk commits long after others that began later."""
    if world.broken_schema is None and world.history is None:
        world.practice.now = world.local_now()
        with world.desk.held():
            world.desk.work(world.rng.randrange(1, 4))


CALAMITIES: dict[Callable[[World], None], float] = {
    copy_store: 2.0,
    restore_store: 3.0,
    lose_key: 1.0,
    cut_store: 1.0,
    back_up: 1.0,
    restore_database: 1.0,
    break_schema: 1.0,
    mend_schema: 1.0,
    database_away: 1.0,
    days_pass: 1.0,
    set_clock: 1.0,
    late_commit: 1.0,
}
"""What may happen, and how often beside the others."""


def happen(world: World) -> None:
    """One of them happens."""
    calamity = world.rng.choices(list(CALAMITIES), list(CALAMITIES.values()))[0]
    world.done[calamity.__name__] += 1
    calamity(world)
