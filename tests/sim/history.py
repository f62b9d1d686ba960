"""The course of every record: which states it had in the practice, in order, to hold the cloud's feed against.

States that were overwritten between two polls may be missing in the feed; none may be there that the practice never
had, and none out of order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from agent.model.canonical import encode, version_of
from sandbox.practice.oracle import expected
from tests.sim.judge import Broken

if TYPE_CHECKING:
    from tests.sim.world import World

IN_TWO_TABLES = frozenset({"merge_patients", "move_chair", "rename_definition", "rename_location", "hide", "add_code"})
"""Operations that change a lookup. Lookups are read every few seconds, records when they change: what such an operation
does to a record can show in two steps, the first of which the practice never had. Not done where courses are noted."""

GONE = ""
"""Stands for a record that is not there."""


class History:
    """States of all records of a practice, noted after every transaction of the front desk."""

    def __init__(self) -> None:
        self._courses: dict[tuple[str, str], list[str]] = {}
        self._present: set[tuple[str, str]] = set()

    def note(self, world: World) -> None:
        """The practice as it stands."""
        present = set()
        for resource, records in expected(world.practice).items():
            for record_id, data in records.items():
                name = (resource, _base(record_id))
                present.add(name)
                self._add(name, version_of(encode(data)))
        for name in self._present - present:
            self._add(name, GONE)
        self._present = present

    def _add(self, name: tuple[str, str], version: str) -> None:
        course = self._courses.setdefault(name, [])
        if not course or course[-1] != version:
            course.append(version)

    def check(self, world: World) -> None:
        """Every record's course in the feed lies within its course in the practice."""
        reached: dict[tuple[str, str], int] = {}
        after, more = 0, True
        while more:
            entries, after, more = world.cloud.changes(world.practice_id, after)
            for entry in map(orjson.loads, entries):
                if entry["op"] not in ("upsert", "delete"):
                    continue
                name = (entry["resource"], _base(entry["id"]))
                version = entry["version"] if entry["op"] == "upsert" else GONE
                course, at = self._courses.get(name, []), reached.get(name, 0)
                if version not in course[at:]:
                    if version == GONE and _another_holder(entry):
                        continue
                    raise Broken(f"{name[0]}: a state in the feed that the practice did not have then")
                reached[name] = course.index(version, at)


def _base(record_id: str) -> str:
    return record_id.partition("~")[0]


def _another_holder(entry: dict[str, object]) -> bool:
    """A reused key is a delete and a new record in the feed, at one moment: the practice shows only the new one."""
    return entry["resource"] == "patient"
