"""The one catalogue of warnings: what can be wrong, in plain words.

Everything that tells people how the agent fares (CLI, tray, heartbeat, bundle) renders these words and no others. Knows
no state; never holds patient data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.health.cloud_side import CLOUD_SIDE
from agent.health.command_side import COMMAND_SIDE
from agent.health.local_side import LOCAL_SIDE
from agent.health.machine_side import MACHINE_SIDE
from agent.health.practice_side import PRACTICE_SIDE
from agent.health.warnable import Severity, Warnable
from agent.health.write_side import WRITE_SIDE

__all__ = ["CATALOGUE", "SECTIONS", "Severity", "Warnable", "explain", "shown"]

SECTIONS: tuple[tuple[str, tuple[Warnable, ...]], ...] = (
    ("The practice's database", PRACTICE_SIDE),
    ("The cloud and the way to it", CLOUD_SIDE),
    ("Write-backs", WRITE_SIDE),
    ("This machine", MACHINE_SIDE),
    ("Commands", COMMAND_SIDE),
    ("The local API", LOCAL_SIDE),
)

CATALOGUE: Mapping[str, Warnable] = {one.code: one for _, section in SECTIONS for one in section}

_ORDER: tuple[Severity, ...] = ("error", "warning", "notice")


def explain(code: str) -> Warnable:
    """What a code means; a code that is not in the catalogue (a bug, which a test finds) is told as it is."""
    return CATALOGUE.get(code) or Warnable(code, f"Something is wrong: {code}", "Please send a bundle to support.")


def shown(present: Mapping[str, float]) -> list[Warnable]:
    """The warnings to show of those present, the worst first.

    ``present`` gives for each code how many seconds it has lasted. What has not lasted long enough is left out, and so
    is what another one shown explains.
    """
    lasting = [explain(code) for code, seconds in present.items() if seconds >= explain(code).visible_after]
    codes = {one.code for one in lasting}
    causes = [one for one in lasting if not codes.intersection(_causes(one.code))]
    return sorted(causes, key=lambda one: (_ORDER.index(one.severity), one.code))


def _causes(code: str) -> set[str]:
    """Everything that explains a warning, directly or through others."""
    found: set[str] = set()
    ahead: Iterable[str] = explain(code).depends_on
    while ahead := [cause for cause in ahead if cause not in found]:
        found.update(ahead)
        ahead = [further for cause in ahead for further in explain(cause).depends_on]
    return found
