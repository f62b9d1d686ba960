"""CPU and memory of processes, as the operating system counts them. Knows nothing of what they do."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took."""

    cpu: float
    """Seconds of CPU, user and system, of all processes measured."""
    wall: float
    """Seconds by the clock."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.cpu + other.cpu, self.wall + other.wall)


NOTHING = Cost(0.0, 0.0)


class Meter:
    """Reads the CPU time of this process and of others (of those to a hundredth of a second)."""

    def __init__(self, *others: int | None, own: bool = True) -> None:
        self._own = own
        self._others = [psutil.Process(pid) for pid in others if pid is not None]
        self._cpu, self._wall = self._used(), time.perf_counter()

    def lap(self) -> Cost:
        """The cost since the last lap, or since the meter was made."""
        cpu, wall = self._used(), time.perf_counter()
        cost = Cost(cpu - self._cpu, wall - self._wall)
        self._cpu, self._wall = cpu, wall
        return cost

    def _used(self) -> float:
        return (time.process_time() if self._own else 0.0) + sum(sum(other.cpu_times()[:2]) for other in self._others)


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of one or more processes, in bytes."""

    rss: int
    """Resident: pages that two processes share are counted twice in a sum."""
    pss: int
    """Resident, with shared pages divided among those who share them."""
    private: int
    """Resident and shared with nobody."""

    def __add__(self, other: Memory) -> Memory:
        return Memory(self.rss + other.rss, self.pss + other.pss, self.private + other.private)


def memory_of(pid: int) -> Memory:
    """A process's memory now; where the system does not tell shares, all three are the resident size."""
    full = psutil.Process(pid).memory_full_info()
    return Memory(full.rss, getattr(full, "pss", full.rss), getattr(full, "uss", full.rss))


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]
