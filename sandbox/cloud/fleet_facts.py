"""What an agent says of itself, read with care: the fields that monitoring uses, each of its kind or left out.

An agent may be older, newer or broken: a field that is not as expected counts as not said. Free text of an agent goes
nowhere from here: of warnings only the code is taken, their words come from the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core.core_schema import ValidationInfo

from agent.health.catalogue import CATALOGUE
from agent.health.verdict import Verdict, judge

MAX_WARNINGS = 60
"""Warnings of one heartbeat that are taken."""

_PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"
Plain = Annotated[str, Field(max_length=100, pattern=_PLAIN)]
Seconds = Annotated[float, Field(ge=0, lt=1e9, allow_inf_nan=False)]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Wall = Annotated[str, Field(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]


class Said(BaseModel):
    """Base: a field that is not of its kind counts as not said."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_not_said(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return handler(value)
        except ValidationError:
            return cls.model_fields[str(info.field_name)].get_default(call_default_factory=True)


class WarningSaid(Said):
    """A warning that is shown at the agent."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] = "unreadable"
    severity: Literal["error", "warning", "notice"] = "warning"
    since: Moment | None = None


class Waiting(Said):
    """Changes that the cloud has not acknowledged."""

    changes: Count | None = None
    oldest_seconds: Seconds | None = None


class ResourceSaid(Said):
    """How a resource stands."""

    resource: Plain = ""
    loaded: bool = False


class WritesSaid(Said):
    """How write-backs stand."""

    needs_person: Count = 0


class ComparedSaid(Said):
    """How a resource compared last, as the agent found: what differed was read again, so it was not on its way."""

    at: Moment | None = None
    different: Count = 0
    missing: Count = 0
    extra: Count = 0

    @property
    def differing(self) -> int:
        """Records that differ."""
        return self.different + self.missing + self.extra


class ReconcileSaid(Said):
    """What the agent says of its comparisons with this cloud."""

    resources: dict[Plain, ComparedSaid] = Field(default_factory=dict, max_length=200)


class LinkSaid(Said):
    """The connection to the cloud, as the agent sees it."""

    certificate_ends_in_days: Annotated[int, Field(ge=-36_500, le=36_500)] | None = None


class Span(Said):
    """Days and times at which the practice works."""

    days: list[Day] = Field(default_factory=list, max_length=7)
    opens: Wall = Field(default="00:00", alias="from")
    closes: Wall = Field(default="00:00", alias="to")


class Office(Said):
    """When the practice works, by its own clock."""

    time_zone: str = "UTC"
    hours: list[Span] = Field(default_factory=list, max_length=50)

    @field_validator("time_zone", mode="after")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            return "UTC"
        return name


class Facts(Said):
    """What the agent said last."""

    at: Moment | None = None
    pms: Plain | None = None
    pms_version: Plain | None = None
    epoch: Count = 0
    waiting: Waiting = Waiting()
    last_delivery: Moment | None = None
    last_delivery_lag_seconds: Seconds | None = None
    resources: list[ResourceSaid] = Field(default_factory=list, max_length=200)
    warnings: list[WarningSaid] = Field(default_factory=list, max_length=MAX_WARNINGS)
    reconcile: ReconcileSaid = ReconcileSaid()
    writes: WritesSaid = WritesSaid()
    cloud: LinkSaid = LinkSaid()
    office: Office | None = None
    paused_until: Moment | None = None

    def paused(self, now: datetime) -> bool:
        """Whether somebody at the practice has paused the agent for a while."""
        return self.paused_until is not None and self.paused_until > now


@dataclass(frozen=True, slots=True)
class Words:
    """What a warning's code means."""

    title: str
    advice: str


def words_of(code: str) -> Words:
    """The catalogue's words for a warning, whatever the agent called it."""
    known = CATALOGUE.get(code)
    if known is not None:
        return Words(known.title, known.advice)
    return Words(f"The agent reports {code}", "See the agent's own window, or its status, for what it means.")


def verdict_of(status: Mapping[str, Any]) -> Verdict:
    """The one line that the agent itself would show; ``status``: its status document."""
    facts = Facts.model_validate(status)
    at = facts.at or datetime.fromtimestamp(0, UTC)
    warnings = [
        {"code": one.code, "title": words_of(one.code).title, "advice": "", "severity": one.severity}
        | {"since": utc(one.since or at)}
        for one in facts.warnings
    ]
    told = {
        **status,
        "at": utc(at),
        "epoch": facts.epoch,
        "warnings": warnings,
        "waiting": {**facts.waiting.model_dump(), "changes": facts.waiting.changes or 0, "bytes": 0},
        "last_delivery": utc(facts.last_delivery) if facts.last_delivery is not None else None,
        "resources": [one.model_dump() for one in facts.resources],
    }
    try:
        return judge("running", told)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Verdict("not_working", None, "It says something that this cloud does not understand")


def utc(moment: datetime) -> str:
    """A moment as messages tell it: UTC, ISO 8601, whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
