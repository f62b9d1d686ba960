"""What the Data page shows: a line per kind of record. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.health.catalogue import explain
from gui.models import moments
from gui.models.light import Seen
from gui.texts import say


@dataclass(frozen=True, slots=True)
class DataLine:
    """A kind of record."""

    resource: str
    name: str
    count: str
    state: str
    compared: str
    bound: str
    drift: str
    tone: str
    problem: str = ""
    """What keeps it from being read, and what to do; empty where nothing does."""


def name_of(resource: str) -> str:
    """``ledger_entry`` as people read it."""
    if say.has(f"resource.{resource}"):
        return say(f"resource.{resource}")
    return resource.replace("_", " ").capitalize()


def lines(seen: Seen) -> list[DataLine]:
    """All that are read here."""
    drift = (seen.document.get("reconcile") or {}).get("resources") or {}
    rotation = (seen.document.get("pace") or {}).get("rotation_minutes")
    kept = seen.document.get("quarantined") or {}
    return [_line(one, drift, rotation, kept) for one in seen.document.get("resources", []) if _used(one)]


def _used(one: dict[str, Any]) -> bool:
    return bool(one.get("loaded") or one.get("records") or one.get("stopped") or one.get("about"))


def _line(one: dict[str, Any], drift: dict[str, Any], rotation: float | None, kept: dict[str, int]) -> DataLine:
    resource = str(one["resource"])
    state, tone = _state(one)
    held = one.get("quarantined")
    if held is None:
        held = sum(count for shape, count in kept.items() if shape.split(".")[0] == resource)
    if held and tone == "good":
        state, tone = say("data.quarantined", count=held), "warn"
    seconds = one.get("oldest_comparison_seconds")
    if one.get("accelerated"):
        bound = say("data.seconds_bound")
    else:
        bound = say("data.span_bound", span=moments.span(one.get("bound_seconds") or (rotation or 30.0) * 60))
    return DataLine(
        resource,
        name_of(resource),
        f"{int(one.get('records') or 0):,}",
        state,
        say("none") if seconds is None else say("data.compared_within", span=moments.span(seconds)),
        bound,
        _drift(drift.get(resource)),
        tone,
        _problem(one),
    )


def _state(one: dict[str, Any]) -> tuple[str, str]:
    stopped: dict[str, str] = one.get("stopped") or {}
    if stopped:
        return say("data.stopped"), "bad"
    if one.get("loaded"):
        return say("data.loaded"), "good"
    about, records = one.get("about"), int(one.get("records") or 0)
    if about:
        return say("data.loading", percent=min(99, 100 * records // int(about))), "calm"
    return say("data.loading_plain"), "calm"


def _problem(one: dict[str, Any]) -> str:
    stopped: dict[str, str] = one.get("stopped") or {}
    if not stopped:
        return ""
    why = explain(next(iter(stopped.values())).split(":")[0])
    return say("data.problem", name=name_of(str(one["resource"])), why=why.title, advice=why.advice)


def _drift(found: Any) -> str:
    if found is None:
        return say("data.drift_unknown")
    count = sum(int(found.get(kind) or 0) for kind in ("different", "missing", "extra"))
    return say("data.drift_found", count=f"{count:,}") if count else say("data.no_drift")


def differences(answer: dict[str, Any]) -> int:
    """How many records a comparison found to differ."""
    kinds = ("different", "missing", "extra")
    return sum(int(part.get(kind) or 0) for part in answer.get("outcomes") or [] for kind in kinds)
