"""What enrolment left behind: who this agent is to the cloud. The key is in the keyring; this file holds no secret."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from agent.host import private_file
from agent.model.errors import NeedsPerson

FILE = "enrolment.json"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enrolment that took place."""

    agent_id: str
    practice_id: str
    practice_name: str
    command_keys: str | None = None
    """The keys that commands are signed with, as JSON; None = this cloud sends no commands."""


def read(home: Path) -> Enrolled | None:
    """The enrolment of this home, or None."""
    try:
        raw = orjson.loads((home / FILE).read_bytes())
        return Enrolled(raw["agent_id"], raw["practice_id"], raw["practice_name"], raw.get("command_keys"))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise NeedsPerson(
            "enrolment_damaged",
            f"The file {FILE} in the home folder cannot be read",
            "Enrol again: practice-agent enroll --takeover with a new code.",
        ) from error


def write(home: Path, enrolled: Enrolled) -> None:
    """Keep an enrolment; whole or not at all."""
    private_file.write(home / FILE, orjson.dumps(asdict(enrolled)))


def forget(home: Path) -> None:
    """Forget an enrolment."""
    (home / FILE).unlink(missing_ok=True)
