"""What the columns take: lengths, characters, telephone numbers. Refuses; never shortens what somebody has written.

Lengths are those that public sources name, where one does; a column that is shorter is found out by the database, which
refuses the whole write.
"""

from __future__ import annotations

import re
import unicodedata

from agent.sources.eaglesoft.writing.refusals import refused

CHARACTERS = "cp1252"
"""What Eaglesoft's databases keep in the United States."""

LIMITS = {
    "first_name": 40,
    "last_name": 40,
    "middle_initial": 10,
    "preferred_name": 40,
    "address_1": 50,
    "address_2": 50,
    "city": 40,
    "state": 2,
    "zipcode": 10,
    "email_address": 120,
    "appointment_notes": 32_000,
    "deletion_note": 200,
    "note": 4000,
    "alert": 50,
    "header_description": 50,
}
"""Column -> most characters."""

MARKED = 40
"""Most characters of a text of the writer's own that ends with the tag."""

_NUMBER = re.compile(r"(\+?[0-9]+)(?:x([0-9]{1,6}))?")


def text(value: str | None, rule: str, column: str) -> str | None:
    """A text as the column keeps it: Windows line ends; blank is None."""
    if value is None:
        return None
    kept = value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").strip()
    if len(kept) > LIMITS[column]:
        raise refused("text_too_long", rule=rule)
    if any(ord(one) < 32 and one not in "\r\n\t" for one in kept):
        raise refused("text_not_storable", rule=rule)
    try:
        kept.encode(CHARACTERS)
    except UnicodeEncodeError:
        raise refused("text_not_storable", rule=rule) from None
    return kept or None


def number(value: str | None, rule: str) -> tuple[str | None, str | None]:
    """A telephone number as Eaglesoft keeps it, digits only (with a plus when it is a foreign one), and extension."""
    if value is None:
        return None, None
    found = _NUMBER.fullmatch(re.sub(r"[\s().\-]", "", value.lower().replace("ext", "x")))
    if found is None:
        raise refused("phone_invalid", rule=rule)
    digits = re.sub(r"^\+?1(?=[0-9]{10}$)", "", found[1])
    return digits, found[2]


def marked(words: str, tag: str, most: int = MARKED) -> str:
    """Words and the tag behind them, the words cut where there is no room.

    Control characters go: an engine or a driver may end a text at one, and the tag would never be found again.
    """
    clean = "".join(" " if unicodedata.category(one) == "Cc" else one for one in words)
    clean = clean.encode(CHARACTERS, "replace").decode(CHARACTERS)
    return f"{clean[: most - len(tag) - 1].strip()} {tag}".strip()
