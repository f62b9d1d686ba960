"""What an office lets the cloud write: ``policy.toml`` in the agent's home folder, read at every decision.

The policy is the office's own: nothing that comes from the cloud can widen it. A kind that it does not name has the
mode that its channel declares (``practice-agent capabilities``); an office's file may switch it off, have a person
asked, or switch it on. Pure: the host reads the file.
"""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.model.errors import Retry
from agent.model.reasons import REASONS
from agent.model.writing import Capability, Mode
from agent.wire.payloads import WRITE_KINDS

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"


class Section(BaseModel):
    """Base of all sections: immutable, and nothing in it that is not known."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True, validate_by_name=True
    )


class KindPolicy(Section):
    """One kind of write: a `[kinds."appointment.create"]` table."""

    mode: Mode | None = None
    """`off`; `ask`: a person approves each one with `practice-agent writes approve`; `on`."""
    per_hour: int | None = Field(default=None, ge=0)
    """At most so many within an hour."""
    per_day: int | None = Field(default=None, ge=0)
    """At most so many within 24 hours."""


class Hours(Section):
    """Days and times in which visits may be booked, in the practice's own time."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    """Days of the week."""
    opens: Annotated[str, Field(pattern=_CLOCK)] = Field(alias="from")
    """A visit begins at this time at the earliest, HH:MM,"""
    closes: Annotated[str, Field(pattern=_CLOCK)] = Field(alias="to")
    """and ends at this time at the latest, HH:MM; later than `from`."""

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if self.closes <= self.opens:
            raise ValueError("`to` must be later than `from`")
        return self


class Booking(Section):
    """What may be booked or moved, and where to."""

    hours: tuple[Hours, ...] | None = None
    """When; `[[booking.hours]]` tables. Left out: the office hours of `agent.toml`. An empty list: at any time."""
    appointment_types: tuple[str, ...] = ()
    """Only these kinds of visit, by their ids in the feed; empty = all."""
    operatories: tuple[str, ...] = ()
    """Only these operatories, by their ids in the feed; empty = all."""
    allow_double_booking: bool = False
    """Whether a visit may be put where another one is."""
    days_ahead: int = Field(default=366, ge=0, le=3660)
    """At most so many days from today."""


class Payments(Section):
    """What may be posted."""

    most: Annotated[str, Field(pattern=r"^\d{1,7}\.\d\d$")] = "10000.00"
    """The largest amount of one payment."""


class Documents(Section):
    """What may be filed."""

    max_mb: float = Field(default=10.0, gt=0, le=12)
    """The largest file, in MB."""


class Policy(Section):
    """All of `policy.toml`."""

    kinds: dict[str, KindPolicy] = {}
    """Kind -> what holds for it."""
    booking: Booking = Booking()
    """What may be booked or moved, and where to."""
    payments: Payments = Payments()
    """What may be posted."""
    documents: Documents = Documents()
    """What may be filed."""

    @model_validator(mode="after")
    def _known(self) -> Policy:
        for kind in self.kinds:
            if kind not in WRITE_KINDS:
                raise ValueError(f"{kind} is not a kind of write")
        return self

    def of(self, kind: str) -> KindPolicy:
        """What holds for a kind."""
        return self.kinds.get(kind, KindPolicy())

    def mode(self, capability: Capability) -> Mode:
        """Whether a kind is off, asked for, or on."""
        return self.of(capability.kind).mode or capability.default


def parse(text: str) -> Policy:
    """The policy in a file's text.

    Raises:
        Retry: ``policy_invalid``, naming the line or the setting: commands wait until it is corrected.
    """
    try:
        return Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _invalid(str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _invalid(f"{'.'.join(str(piece) for piece in first['loc'])}: {first['msg']}") from None


def _invalid(what: str) -> Retry:
    reason = REASONS["policy_invalid"]
    return Retry(reason.code, reason.title, f"{reason.asks} policy.toml: {what}.")


def within(hours: tuple[Hours, ...], start: datetime, end: datetime) -> bool:
    """Whether a visit lies in the hours; an empty list means any time."""
    if not hours:
        return True
    midnight = start.replace(hour=0, minute=0, second=0)
    return any(
        _DAYS[start.weekday()] in one.days
        and midnight + _time(one.opens) <= start
        and end <= midnight + _time(one.closes)
        for one in hours
    )


def _time(clock: str) -> timedelta:
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
