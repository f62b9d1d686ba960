"""The second line of defence: looks through the finished bytes of a part for what patients' data look like.

It knows patterns (telephone numbers, e-mail addresses, dates that are too old to be the program's, social security
numbers, sentences that are not the program's, letters beyond ASCII) and the practice's own words, where the host can
hand some in. It cannot know a name that looks like a word of the program and stands in no list: forms keep that out.
Never tells what it has found, only of which kind it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("e-mail address", re.compile(r"[A-Za-z0-9._%+-]@[A-Za-z0-9-]+\.[A-Za-z]{2,}")),
    ("telephone number", re.compile(r"(?<![\w.])\+?1?[ .-]?\(?[2-9]\d\d\)?[ .-]?[2-9]\d\d[ .-]\d{4}(?![\w.])")),
    ("telephone number", re.compile(r"(?<![\w.-])[2-9]\d\d-\d{4}(?![\w.-])")),
    ("social security number", re.compile(r"(?<![\w-])\d{3}-\d\d-\d{4}(?![\w-])")),
    ("date of birth", re.compile(r"(?<![\w.])\d{1,2}[/.-]\d{1,2}[/.-](19|20)\d\d(?!\w)")),
    ("date of birth", re.compile(r"(?<![\w.])(19\d\d|20[01]\d)[-/]\d\d?[-/]\d\d?")),
    ("street", re.compile(r"\d+ [A-Z][a-z]+ (St|Street|Ave|Avenue|Rd|Road|Ln|Lane|Dr|Drive|Blvd|Ct|Way)\b")),
)
_DIGITS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("telephone number", re.compile(r"(?<![\w.-])1?[2-9]\d\d[2-9]\d{6}(?![\w.-])")),
    ("date of birth", re.compile(r"(?<![\w.-])(19\d\d|20[01]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![\w.-])")),
)
"""Looked for in texts only: a plain number of so many digits is a count of bytes or changes."""
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_TOKEN = re.compile(r"[^\s\"{}\[\]:,;()/\\=]+")
_DIGESTS = re.compile(r"[0-9a-f]{12,128}( [0-9a-f]{12,128})*")
_SENTENCE = 4
"""Blanks in a text from which on it must be one of the program's own sentences."""
_SHORTEST = 4
"""Words of the practice are compared from this length on."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """What is looked for."""

    sentences: Collection[str]
    """Texts of the program's own, which may be long."""
    known: Collection[str] = frozenset()
    """The practice's own words (keys with letters, names, addresses), folded; held in memory only."""
    words: Collection[str] = frozenset()
    """The program's own words: where one is a word of the practice too, it says nothing."""

    def suspects(self, content: bytes) -> list[str]:
        """Kinds of patients' data that some finished bytes seem to hold, sorted; empty = none."""
        try:
            text = content.decode("ascii")
        except UnicodeDecodeError:
            return ["letters beyond ASCII"]
        found = {what for what, pattern in _PATTERNS if pattern.search(text)}
        texts = {_plain(one.group(1)) for one in _TEXT.finditer(text)}
        if any("\\u" in one for one in texts):
            found.add("letters beyond ASCII")
        found.update(what for what, pattern in _DIGITS if pattern.search("\n".join(texts)))
        own = {one.casefold() for one in self.words}
        tokens = {token.casefold() for one in texts for token in (one, *_TOKEN.findall(one))}
        if any(len(one) >= _SHORTEST and one in tokens and one not in own for one in self.known):
            found.add("word of the practice")
        long = [one for one in texts if one.count(" ") >= _SENTENCE and not _DIGESTS.fullmatch(one)]
        if any(one not in self.sentences for one in long):
            found.add("free text")
        return sorted(found)


def _plain(escaped: str) -> str:
    """A text of JSON as it was before it was escaped; as it stands where that fails."""
    try:
        plain = json.loads(f'"{escaped}"')
    except ValueError:
        return escaped
    return plain if isinstance(plain, str) and plain.isascii() else "\\u"
