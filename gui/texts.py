"""The one function through which every text of the screen goes, so that all of them can be translated.

The English words are in :mod:`gui.english`; a translation is a table with the same keys. A warning's words come from
the agent's catalogue and are shown as they come.
"""

from __future__ import annotations

from collections.abc import Mapping

from gui.english import ENGLISH


class Language:
    """Which words are in use."""

    def __init__(self) -> None:
        self._words: Mapping[str, str] = ENGLISH

    def use(self, translation: Mapping[str, str]) -> None:
        """Use a translation; what it lacks stays English."""
        self._words = {**ENGLISH, **translation}

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, with its values put in."""
        return self._words[key].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._words


say = Language()
