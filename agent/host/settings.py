"""What a practice's IT sets: the shape of ``agent.toml``. Holds no secret and does no I/O.

Passwords and keys are in the keyring (:mod:`agent.platform.secrets`), never here: a connection string with a password
is refused. :mod:`agent.host.settings_file` reads and writes the file.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone, for example America/New_York") from None
    return name


def _https(url: str) -> str:
    if not re.fullmatch(r"https://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise ValueError("must begin with https:// and hold no user name, password or query")
    return url.rstrip("/")


def _proxy(url: str) -> str:
    if url != "direct" and not re.fullmatch(r"https?://[^\s/?#@]+/?", url):
        raise ValueError("must be direct, or look like http://proxy.example:3128, without user name and password")
    return url


def _local_http(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise ValueError("must begin with http:// or https:// and hold no user name, password or query")
    return url.rstrip("/")


def _without_secret(connection: str) -> str:
    if re.search(r"(?i)(^|;)\s*(pwd|password|passwd|enp|encryptedpassword|uid|user|username)\s*=", connection):
        raise ValueError(
            "must hold no user name and no password: the name is [source] login, the password in the keyring"
        )
    return connection


Zone = Annotated[str, AfterValidator(_zone)]
ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-4]):[0-5]\d$")]


class Section(BaseModel):
    """Base of all sections: immutable, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)


class Location(Section):
    """An office of the practice, where the PMS does not list its offices itself or lists them wrongly."""

    id: str
    """The office's id in the PMS, or any short name where the PMS has a single office."""
    name: str
    """What people call the office; for whoever reads this file, the feed has the PMS's own name."""
    time_zone: Zone | None = None
    """IANA time zone of this office, when it is not the practice's."""


class Practice(Section):
    """Whose data it is."""

    pms: Literal["eaglesoft", "opendental"]
    """The practice-management system."""
    time_zone: Zone
    """IANA time zone of the practice: its PMS keeps wall-clock times, and this says what they mean."""
    location: tuple[Location, ...] = ()
    """Offices of the practice; each one is a `[[practice.location]]` table."""


class Source(Section):
    """How the PMS's database is reached."""

    dialect: Literal["sqlanywhere", "mariadb", "postgresql", "sqlite"]
    """The database engine behind the driver."""
    connection: Annotated[str, AfterValidator(_without_secret)]
    """ODBC connection string, or `DSN=name`; without user name and password."""
    login: str | None = None
    """Name of the database user; the password is in the keyring. Empty where the database has no users."""
    schema_name: str | None = Field(default=None, alias="schema")
    """Schema (owner) of the tables, where it is not the engine's default."""
    statement_seconds: float = Field(default=30.0, gt=0, le=600)
    """A statement that takes longer is told to cancel, in seconds."""

    model_config = ConfigDict(validate_by_name=True)


class Cloud(Section):
    """Where the feed goes."""

    url: Annotated[str, AfterValidator(_https)]
    """Address of the cloud; HTTPS only."""
    ca_file: str | None = None
    """PEM file of a certificate authority to trust for the cloud alone, instead of the machine's own trust store."""
    proxy: Annotated[str, AfterValidator(_proxy)] | None = None
    """HTTP proxy to go through; `direct` = none. Empty = what the machine's settings or environment say."""
    proxy_login: Annotated[str, Field(min_length=1, max_length=200, pattern="^[^:\\x00-\\x1f]+$")] | None = None
    """Name to give to a proxy that wants a login; its password is in the keyring (`practice-agent proxy`)."""

    @model_validator(mode="after")
    def _login_belongs_to_a_proxy(self) -> Cloud:
        if self.proxy == "direct" and self.proxy_login is not None:
            raise ValueError("`proxy_login` is for a proxy, and `proxy` says that there is none")
        return self


class OfficeHours(Section):
    """Days and times at which the practice works, in its own time zone."""

    days: tuple[Day, ...] = Field(min_length=1)
    """Days of the week."""
    opens: ClockTime = Field(alias="from")
    """First minute of work, HH:MM."""
    closes: ClockTime = Field(alias="to")
    """First minute after work, HH:MM; later than `from`."""

    model_config = ConfigDict(validate_by_name=True)

    @model_validator(mode="after")
    def _in_order(self) -> OfficeHours:
        if self.closes <= self.opens:
            raise ValueError("`to` must be later than `from`; hours past midnight are two entries")
        return self


_WEEKDAYS = OfficeHours(days=("mon", "tue", "wed", "thu", "fri"), opens="07:00", closes="19:00")


class Pace(Section):
    """How hard the agent may work on the practice's database."""

    poll_seconds: float = Field(default=5.0, ge=0.5, le=3600)
    """Pause between two looks at what changes often (appointments, new records), in seconds."""
    rotation_minutes: float = Field(default=30.0, ge=1, le=1440)
    """The whole database is compared once in this time, in minutes, as far as the duty allows."""
    compare_seconds: float = Field(default=60.0, ge=1, le=86400)
    """Pause between two comparisons of the same part of the database, in seconds, where the duty would allow more."""
    lookup_minutes: float = Field(default=0.5, ge=0.01, le=1440)
    """Pause between two looks at the small tables (providers, definitions), in minutes."""
    statement_ms: float = Field(default=30.0, ge=1, le=1000)
    """Statements are made smaller until each takes the engine at most this long, in milliseconds."""
    duty_office: float = Field(default=0.05, gt=0, le=1)
    """Share of the time that the engine may be at work for the agent in office hours."""
    duty_off: float = Field(default=0.5, gt=0, le=1)
    """The same share outside office hours."""
    duty_load: float = Field(default=0.25, gt=0, le=1)
    """The same share in office hours while the first load runs."""
    office_hours: tuple[OfficeHours, ...] = (_WEEKDAYS,)
    """When the practice works; an empty list means never, so that `duty_off` always holds."""


class Limits(Section):
    """Where the agent stops by itself and asks, or waits."""

    outbox_mb: int = Field(default=2048, ge=16, le=1_000_000)
    """Changes kept for a cloud that cannot be reached, in MB; when full, reading pauses and nothing is lost."""
    disk_free_mb: int = Field(default=512, ge=16, le=1_000_000)
    """Reading pauses while the disk of the home folder has less room than this, in MB."""
    delete_share: float = Field(default=0.2, gt=0, le=1)
    """When more than this share of a resource's records vanishes at once, deletes are held and a person is asked."""
    delete_floor: int = Field(default=100, ge=0)
    """So many deletes at once are never held, whatever their share."""
    log_mb: int = Field(default=10, ge=1, le=1000)
    """Size of a log file, in MB; four older ones are kept."""


class Writes(Section):
    """How the cloud's write-backs reach the PMS; left out, none are made. What may be written: `policy.toml`."""

    api_url: Annotated[str, AfterValidator(_local_http)] | None = None
    """Open Dental: address of its API Service, usually `http://localhost:30223/api/v1`; keys are in the keyring."""
    connection: Annotated[str, AfterValidator(_without_secret)] | None = None
    """Eaglesoft: ODBC connection string for writing; without user name and password."""
    login: str | None = None
    """Eaglesoft: name of the database user that writes; the password is in the keyring."""
    user: str | None = None
    """Eaglesoft: id of the provider whom writes are booked under, as the office names it."""


class Settings(Section):
    """All settings of an agent: the file `agent.toml` in its home folder."""

    practice: Practice
    """Whose data it is."""
    source: Source
    """How the PMS's database is reached."""
    cloud: Cloud
    """Where the feed goes."""
    pace: Pace = Pace()
    """How hard the agent may work on the practice's database."""
    limits: Limits = Limits()
    """Where the agent stops by itself and asks, or waits."""
    writes: Writes = Writes()
    """How the cloud's write-backs reach the PMS."""
    codes: dict[str, dict[str, str]] = {}
    """Code tables that this practice uses in its own way: `[codes.confirmation]` then `"7" = "confirmed"`."""
