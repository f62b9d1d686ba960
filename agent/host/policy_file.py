"""Reads ``policy.toml``, the office's own word on what may be written; again whenever the file has changed."""

from __future__ import annotations

from pathlib import Path

from agent.model.errors import Retry
from agent.writeback.policy import Policy, parse

FILE = "policy.toml"


class PolicyFile:
    """The policy of a home, as the file says now; without a file every kind has its channel's default."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE
        self._seen: tuple[int, int] | None = None
        self._policy = Policy()

    def double_booking(self) -> bool:
        """Whether visits may overlap; no, while the file cannot be read."""
        try:
            return self.read().booking.allow_double_booking
        except Retry:
            return False

    def read(self) -> Policy:
        """The policy.

        Raises:
            Retry: ``policy_invalid``: the file cannot be read or says something unknown; nothing is written meanwhile.
        """
        try:
            found = self.path.stat()
            now = (found.st_mtime_ns, found.st_size)
            if now != self._seen:
                self._policy = parse(self.path.read_text(encoding="utf-8"))
                self._seen = now
        except FileNotFoundError:
            self._seen, self._policy = None, Policy()
        except (OSError, UnicodeDecodeError):
            raise Retry(
                "policy_invalid",
                "The office's policy file cannot be read",
                f"Check the file {FILE} in the agent's home folder and its rights.",
            ) from None
        return self._policy
