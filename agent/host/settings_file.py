"""``agent.toml``: read with errors that say what to do, written whole or not at all.

Owns the file's format. Never reads or writes a secret, and never repeats a value in an error.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from agent.host import private_file
from agent.host.settings import Section, Settings
from agent.model.errors import NeedsPerson, Terminal

FILE = "agent.toml"


def read(home: Path) -> Settings:
    """The settings of a home folder.

    Raises:
        NeedsPerson: ``not_initialised`` when there are none yet.
        Terminal: ``settings_invalid``; names the file, every wrong key and the remedy.
    """
    file = home / FILE
    try:
        return parse(file.read_bytes(), str(file))
    except FileNotFoundError:
        raise NeedsPerson(
            "not_initialised",
            f"There are no settings in {home}",
            "Run `practice-agent init` first, or say with --home where the agent's folder is.",
        ) from None
    except OSError as error:
        raise Terminal(
            "settings_invalid",
            f"{file} cannot be read",
            "See that the agent's user may read the file.",
            errno=error.errno,
        ) from error


def parse(content: bytes, name: str = FILE) -> Settings:
    """Settings from the file's content; ``name`` is what errors call the file.

    Raises:
        Terminal: ``settings_invalid``.
    """
    try:
        raw = tomllib.loads(content.decode("utf-8"))
        return Settings.model_validate(raw)
    except UnicodeDecodeError:
        raise _invalid(name, ["it is not UTF-8 text"]) from None
    except tomllib.TOMLDecodeError as error:
        # tomllib tells what and where, and may quote one character, never a value.
        raise _invalid(name, [f"it is not TOML: {error}"]) from None
    except ValidationError as error:
        raise _invalid(name, faults(error)) from None


def faults(error: ValidationError) -> list[str]:
    """What is wrong with settings: each key with the remedy, no value."""
    return [_told(e["type"], e["loc"], e["msg"]) for e in error.errors(include_input=False)]


def _invalid(name: str, wrong: Sequence[str]) -> Terminal:
    return Terminal(
        "settings_invalid",
        f"{name}: {'; '.join(wrong)}",
        "Correct the file and start again; docs/settings.md explains every key, `practice-agent init` writes it anew.",
    )


def _told(kind: str, where: Sequence[int | str], message: str) -> str:
    path = [str(step) for step in where]
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(path[-1], _known(path[:-1]), 1, 0.6)
        return f"unknown key {'.'.join(path)}" + (f" (did you mean {close[0]}?)" if close else "")
    if kind == "missing":
        return f"{'.'.join(path)} is missing"
    return f"{'.'.join(path)}: {message.removeprefix('Value error, ')}"


def _known(path: Sequence[str]) -> list[str]:
    """Keys that a table may have."""
    model: type[BaseModel] = Settings
    for step in path:
        if step.isdigit():
            continue
        inner = next((section_of(f) for key, f in fields_of(model) if key == step), None)
        if inner is None:
            return []
        model = inner
    return [key for key, _ in fields_of(model)]


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """A section's keys as they stand in the file, with what is known of each."""
    for name, info in model.model_fields.items():
        yield info.alias or name, info


def section_of(field: FieldInfo) -> type[Section] | None:
    """The section that a field holds, alone or as a list of tables; None for a plain value."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, Section):
            return kind
    return None


def write(home: Path, settings: Settings) -> None:
    """Put the settings in place, durably; a file that is there is replaced whole.

    Raises:
        NeedsPerson: ``home_unusable`` when the file cannot be written.
    """
    file = home / FILE
    try:
        private_file.write(file, render(settings).encode())
    except OSError as error:
        raise NeedsPerson(
            "home_unusable",
            f"{file} cannot be written",
            "See that the disk has room and that this user may write to the folder.",
            errno=error.errno,
        ) from error


def render(settings: Settings) -> str:
    """The file's content: what differs from the defaults, and the rest as comments that show the default."""
    lines = ["# Settings of Practice Agent; docs/settings.md explains every key. Secrets are in the keyring, not here."]
    for key, info in fields_of(Settings):
        if key == "codes":
            continue
        lines += ["", f"# {info.description}", f"[{key}]"]
        lines += _section(key, getattr(settings, key))
    for table, codes in settings.codes.items():
        lines += ["", f"[codes.{toml(table)}]", *(f"{toml(raw)} = {toml(code)}" for raw, code in codes.items())]
    return "\n".join(lines) + "\n"


def _section(path: str, section: Section) -> Iterator[str]:
    later: list[tuple[str, Section]] = []
    for name, info in type(section).model_fields.items():
        key, value = info.alias or name, getattr(section, name)
        if path == "practice" and key == "location":
            later = [(f"{path}.{key}", each) for each in value]
        elif value is None:
            yield f"# {info.description}"
            yield f"# {key} ="
        elif not info.is_required() and value == info.get_default(call_default_factory=True):
            yield f"# {info.description}"
            yield f"# {key} = {toml(value)}"
        else:
            yield f"# {info.description}"
            yield f"{key} = {toml(value)}"
    for table, each in later:
        yield ""
        yield f"[[{table}]]"
        for name, info in type(each).model_fields.items():
            if getattr(each, name) is not None:
                yield f"{info.alias or name} = {toml(getattr(each, name))}"


def toml(value: object) -> str:
    """A value as TOML; strings are written as JSON writes them, which TOML's basic strings can read."""
    match value:
        case BaseModel():
            plain: Mapping[str, Any] = value.model_dump(by_alias=True)
            return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in plain.items()) + " }"
        case tuple() | list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case bool() | int() | float() | str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            raise TypeError(f"no TOML for {type(value).__name__}")
