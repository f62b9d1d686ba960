"""What is told of a diagnostics bundle before it leaves. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def sizes(made: Mapping[str, Any]) -> str:
    """Its size, in words."""
    count = made.get("bytes") or made.get("size")
    return f"{int(count) / 1024:,.0f} KB" if count else ""


def contents(made: Mapping[str, Any]) -> str:
    """What is in it, as text."""
    parts = made.get("contents") or made.get("preview") or made.get("files") or made.get("parts")
    if not parts:
        return ""
    if isinstance(parts, str):
        return parts
    if isinstance(parts, list):
        return "\n".join(_line(part) for part in parts)
    return "\n\n".join(f"{name}\n{_text(inside)}" for name, inside in parts.items())


def _line(part: Any) -> str:
    return "   ".join(str(value) for value in part.values()) if isinstance(part, dict) else str(part)


def _text(inside: Any) -> str:
    return inside if isinstance(inside, str) else json.dumps(inside, indent=2, ensure_ascii=False)
