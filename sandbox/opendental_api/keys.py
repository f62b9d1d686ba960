"""The two keys with which a developer's program is let in: made up here, never anybody's real ones."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

_LETTERS = string.ascii_letters + string.digits


@dataclass(slots=True)
class ApiKeys:
    """The keys that an office has let in; taken away, nobody gets in."""

    developer: str
    customer: str
    enabled: bool = True
    """False: expired, or the office has switched the key off."""
    permissions: frozenset[str] = field(default_factory=frozenset)
    """Unused by the stand-in: every key may do everything."""

    @classmethod
    def made_up(cls, rng: Random | None = None) -> ApiKeys:
        """Two new keys; from chance, or the same for the same generator."""
        source = rng or secrets.SystemRandom()
        developer, customer = ("".join(source.choices(_LETTERS, k=16)) for _ in range(2))
        return cls(developer, customer)

    @property
    def header(self) -> str:
        """What a program sends as ``Authorization``."""
        return f"ODFHIR {self.developer}/{self.customer}"

    def let_in(self, headers: Mapping[str, str]) -> bool:
        """Whether a request has them; ``headers`` have lower-case names."""
        return self.enabled and secrets.compare_digest(headers.get("authorization", ""), self.header)
