"""A request that was let in: its fields, read as strictly as the API reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sandbox.opendental_api.answer import bad, missing
from sandbox.opendental_api.rows import Row, Rows
from sandbox.opendental_api.words import day_of, moment_of

Version = tuple[int, int, int]


@dataclass(slots=True)
class Call:
    """What a handler works with."""

    rows: Rows
    """The practice."""
    now: datetime
    """The practice's wall clock, whole seconds."""
    version: Version
    """Of the program."""
    query: Mapping[str, str]
    """Parameters of the address."""
    body: Mapping[str, Any]
    """Fields of the request."""
    key: int = 0
    """The key in the address, if there is one."""
    page: tuple[int, int] = (0, 1000)
    """How many rows of a list to pass over, at most how many to give."""

    @property
    def stamp(self) -> str:
        """Now, as it is stored."""
        return str(self.now)

    def has(self, name: str, since: Version = (0, 0, 0)) -> bool:
        """Whether a field was given that the program knows in its version."""
        return name in self.body and self.body[name] is not None and self.version >= since

    def required(self, *names: str) -> None:
        """Refuse unless all are given.

        Raises:
            Refused: a field is not there, or blank.
        """
        for name in names:
            if self.body.get(name) in (None, ""):
                raise bad(f"{name} is required")

    def number(self, name: str, default: int = 0) -> int:
        """A whole number, given as such or as text."""
        return _number(name, self.body[name]) if self.has(name) else default

    def asked(self, name: str) -> int | None:
        """A number in the address."""
        value = self.query.get(name)
        return None if value in (None, "") else _number(name, value)

    def text(self, name: str, longest: int, default: str = "") -> str:
        """A text that fits its column."""
        if not self.has(name):
            return default
        value = self.body[name]
        if not isinstance(value, str):
            raise bad(f"{name} must be a string")
        if len(value) > longest:
            raise bad(f"{name} has a maximum length of {longest}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A yes or no: the texts true and false."""
        if not self.has(name):
            return default
        value = str(self.body[name]).lower()
        if value not in ("true", "false"):
            raise bad(f'{name} must be "true" or "false"')
        return value == "true"

    def choice(self, name: str, words: Sequence[str], default: str, allowed: Sequence[str] = ()) -> int:
        """The number of a word."""
        if not self.has(name):
            return words.index(default)
        value = self.body[name]
        if value not in (allowed or words):
            raise bad(f"{name} is invalid")
        return words.index(value)

    def moment(self, name: str) -> str:
        """A date and time."""
        value = self.body[name]
        if not isinstance(value, str) or moment_of(value) is None:
            raise bad(f"{name} format must be yyyy-MM-dd HH:mm:ss")
        return value

    def day(self, name: str) -> str:
        """A date."""
        value = self.body[name]
        if not isinstance(value, str) or day_of(value) is None:
            raise bad(f"{name} format must be yyyy-MM-dd")
        return value

    def asked_day(self, name: str) -> date | None:
        """A date in the address."""
        value = self.query.get(name)
        if value in (None, ""):
            return None
        day = day_of(str(value))
        if day is None:
            raise bad(f"{name} format must be yyyy-MM-dd")
        return day

    def asked_moment(self, name: str) -> str | None:
        """A date, with or without a time, in the address."""
        value = self.query.get(name)
        if value in (None, ""):
            return None
        if moment_of(str(value)) is None and day_of(str(value)) is None:
            raise bad(f"{name} format must be yyyy-MM-dd HH:mm:ss")
        return str(value) if len(str(value)) > 10 else f"{value} 00:00:00"

    def dates(self) -> tuple[str, str] | None:
        """The days that ``date``, or ``dateStart`` and ``dateEnd``, ask for: from, to (both inclusive)."""
        day = self.asked_day("date")
        start, end = self.asked_day("dateStart") or day, self.asked_day("dateEnd") or day
        if start is None and end is None:
            return None
        return str(start or date.min), str(end or date.max)

    def definition(self, name: str, category: int) -> int:
        """A definition of a category, by its number; hidden ones do not count."""
        number = self.number(name)
        row = self.rows.one("definition", number)
        if row is None or row["Category"] != category or row["IsHidden"]:
            raise bad(f"{name} is invalid")
        return number

    def patient(self, number: int) -> Row:
        """A patient that may be written for.

        Raises:
            Refused: there is none, or it was deleted.
        """
        row = self.rows.one("patient", number)
        if row is None:
            raise missing("Patient")
        if row["PatStatus"] == 4:
            raise bad("Patient is deleted and cannot be modified")
        return row

    def provider(self, name: str) -> int:
        """A provider who may be written for; 0 = none."""
        number = self.number(name)
        row = self.rows.one("provider", number) if number else None
        if number and (row is None or row["IsHidden"] or row["ProvStatus"]):
            raise bad(f"{name} is invalid")
        return number

    def clinic(self, name: str = "ClinicNum") -> int:
        """A clinic; 0 = none."""
        number = self.number(name)
        if number and self.rows.one("clinic", number) is None:
            raise bad(f"{name} is invalid")
        return number


def _number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise bad(f"{name} is invalid")
    try:
        return int(value)
    except ValueError:
        raise bad(f"{name} is invalid") from None
