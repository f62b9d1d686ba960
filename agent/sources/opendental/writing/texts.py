"""What of a payload's texts the PMS can keep, and the mark by which a record is found again. Shortens nothing."""

from __future__ import annotations

import re

from agent.sources.opendental.writing.refusals import refused
from agent.sources.phones import e164_of

LONG = 65_535
"""Bytes of a note."""
SHORT = 100
"""Characters of a name, an address line, an e-mail address."""
TITLE = 255
"""Characters of a document's description."""
PHONE = 30
"""Characters of a telephone number."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_AMERICAN = re.compile(r"\+1([0-9]{3})([0-9]{3})([0-9]{4})")
_ANY_TAG = re.compile(r"\bRef PA-[A-Z2-7]{10}\b")


def note(text: str, rule: str, tag: str | None = None) -> str:
    """A text of several lines, with the tag at its end.

    Raises:
        WriteRefused: it does not fit, or holds a character that the PMS's tables cannot keep.
    """
    whole = "\r\n".join(_checked(text.strip(), rule).splitlines())
    if tag is not None:
        whole = f"{whole} {mark(tag)}" if whole else mark(tag)
    if len(whole.encode()) > LONG:
        raise refused("text_too_long", rule=rule)
    return whole


def line(text: str | None, limit: int, rule: str) -> str:
    """A text of one line; empty for none.

    Raises:
        WriteRefused: as :func:`note`; a line break is such a character.
    """
    if text is None:
        return ""
    whole = _checked(text.strip(), rule)
    if len(whole.splitlines()) > 1 or "\t" in whole:
        raise refused("text_not_storable", rule=rule)
    if len(whole) > limit:
        raise refused("text_too_long", rule=rule)
    return whole


def phone(number: str | None, rule: str) -> str:
    """A telephone number as offices of this PMS write it; empty for none."""
    whole = line(number, PHONE, rule)
    american = _AMERICAN.fullmatch(e164_of(whole) or "") if whole else None
    if american is None or re.search(r"[A-Za-z]", whole):  # an extension stays where it is
        return whole
    return f"({american[1]}){american[2]}-{american[3]}"


def mark(tag: str) -> str:
    """The tag as it stands in a text."""
    return f"Ref {tag}"


def without_mark(text: str) -> str:
    """A text without any command's tag, white space as single blanks, for comparing."""
    return " ".join(_ANY_TAG.sub("", text).split())


def has_mark(text: str) -> bool:
    """Whether a text holds some command's tag."""
    return _ANY_TAG.search(text) is not None


def same_number(one: str, other: str) -> bool:
    """Whether two telephone numbers are the same but for the way in which they are written."""
    return _bare(one) == _bare(other)


def _bare(number: str) -> str:
    return e164_of(number.strip()) or "".join(number.split())


def _checked(text: str, rule: str) -> str:
    """The PMS's tables keep three bytes a character: nothing beyond the basic plane."""
    if _CONTROL.search(text) or any(ord(letter) > 0xFFFF or 0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise refused("text_not_storable", rule=rule)
    return text
