"""Writes the documents that are made from the code: ``make docs``. With ``--check`` it only compares.

Each page is a function that gives the page's text; add it to PAGES. Nothing here is imported by the program.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from agent.api import openapi
from agent.api.server import CALLS
from agent.cli import reference
from agent.health import catalogue
from agent.host import settings_file
from agent.host.settings import Section, Settings
from scripts import compatibility_page, eaglesoft_writes_page, login_page, model_page, writes_page

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `make docs`; change the code, not this page. -->"
_KINDS: dict[Any, str] = {int: "whole number", float: "number", bool: "true or false", str: "text"}


def settings_page() -> str:
    """Every key of ``agent.toml``."""
    lines = [
        MADE,
        "# Settings",
        "",
        "`practice-agent init` writes the file `agent.toml` into the agent's home folder; it is read at every start. A",
        "key that is not known is refused, with the nearest one that is. Passwords and keys are not here: they are in",
        "the keyring (see [security.md](security.md)).",
    ]
    for key, field in settings_file.fields_of(Settings):
        section = settings_file.section_of(field)
        if section is None:
            lines += ["", f"## `[{key}.*]`", "", field.description or ""]
        else:
            lines += ["", f"## `[{key}]`", "", field.description or "", "", *_table(section)]
            for inner, inside in _inner(section):
                lines += ["", f"### `{key}.{inner}`", "", (inside.__doc__ or "").strip(), "", *_table(inside)]
    return "\n".join(lines) + "\n"


def _inner(section: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    for key, field in settings_file.fields_of(section):
        inside = settings_file.section_of(field)
        if inside is not None:
            yield key, inside


def _table(section: type[Section]) -> Iterator[str]:
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    for key, field in settings_file.fields_of(section):
        yield f"| `{key}` | {_kind(field)} | {_default(field)} | {field.description} |"


def _kind(field: FieldInfo) -> str:
    if settings_file.section_of(field) is not None:
        return "list of tables"
    kind: Any = field.annotation
    while get_origin(kind) in (UnionType, Union, Annotated):
        kind = get_args(kind)[0]  # what stands beside it is None, or what is checked
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    return _KINDS.get(kind, "list")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "(must be set)"
    value = field.get_default(call_default_factory=True)
    return "(none)" if value is None or value == () else f"`{settings_file.toml(value)}`"


def warnings_page() -> str:
    """Every warning."""
    lines = [
        MADE,
        "# Warnings",
        "",
        "Each has a stable code. *error*: changes do not reach the cloud. *warning*: they do, but somebody should act",
        "before that ends. *notice*: worth knowing. A warning is shown when it has lasted for the time given, and not",
        "while one of the causes named explains it.",
    ]
    for title, section in catalogue.SECTIONS:
        lines += ["", f"## {title}"]
        for one in sorted(section, key=lambda one: one.code):
            facts: list[str] = [one.severity]
            if one.visible_after:
                facts.append(f"shown after {one.visible_after:g} s")
            if one.depends_on:
                facts.append("hidden by " + ", ".join(f"`{code}`" for code in one.depends_on))
            lines += ["", f"### `{one.code}`", "", f"**{one.title}.** {one.advice}", "", f"*{'; '.join(facts)}*"]
    return "\n".join(lines) + "\n"


def local_api() -> str:
    """The local API's OpenAPI document."""
    return json.dumps(openapi.document(CALLS), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "docs/cli.md": reference.page,
    "docs/compatibility.md": compatibility_page.page,
    "docs/database-login.md": login_page.page,
    "docs/eaglesoft-writes.md": eaglesoft_writes_page.page,
    "docs/local-api.json": local_api,
    "docs/model.md": model_page.page,
    "docs/settings.md": settings_page,
    "docs/warnings.md": warnings_page,
    "docs/writes.md": writes_page.page,
}


def stale() -> list[str]:
    """The pages that are not what the code says."""
    return [name for name, page in PAGES.items() if not _same(ROOT / name, page())]


def _same(file: Path, content: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == content


def main(arguments: list[str]) -> int:
    """Write all pages, or with ``--check`` say which are stale; 1 when some are."""
    if "--check" in arguments:
        wrong = stale()
        for name in wrong:
            print(f"{name} is not what the code says: run `make docs`", file=sys.stderr)
        return 1 if wrong else 0
    for name in stale():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8", newline="\n")
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
