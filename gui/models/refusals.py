"""What a refusal is told as. Pure."""

from __future__ import annotations

from gui.port import Refused
from gui.texts import say


def words(refusal: Refused) -> str:
    """Title and advice in one."""
    if refusal.code == "unreachable" or not refusal.title:
        return f"{say('refused.unreachable')}. {say('refused.unreachable_advice')}"
    title = refusal.title if refusal.title.endswith((".", "!", "?")) else f"{refusal.title}."
    return f"{title} {refusal.advice}".strip()
