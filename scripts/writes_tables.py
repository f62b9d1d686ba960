"""The tables of ``docs/writes.md``, made from payloads, reasons, channels and the policy's settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agent.model.reasons import REASONS
from agent.model.writing import Capability
from agent.sources.eaglesoft.writing import kinds as eaglesoft
from agent.sources.opendental.writing import kinds as opendental
from agent.wire import payloads as wire
from agent.writeback import policy as office

CHANNELS: dict[str, Sequence[Capability]] = {
    "Open Dental, by its API Service": opendental.CAPABILITIES,
    "Eaglesoft, by SQL with the vendor's authentication": eaglesoft.capabilities(),
}
"""Channel -> what it offers."""

_WORDS: tuple[tuple[Any, str], ...] = (
    (wire.LocalTime, "local time, `YYYY-MM-DDTHH:MM:SS`"),
    (wire.Day, "date, `YYYY-MM-DD`"),
    (wire.Amount, "amount, as text: `125.00`"),
    (wire.RecordId, "id"),
)
_KINDS: dict[Any, str] = {int: "whole number", float: "number", bool: "true or false", str: "text"}


def payloads() -> Iterator[str]:
    """A section for each kind."""
    told: dict[type[BaseModel], str] = {}
    for kind, model in wire.PAYLOADS.items():
        yield from ("", f"### `{kind}`", "", f"{_doc(model)} Target: {_target(kind)}.")
        if model.model_fields:
            yield from ("", *_table(model))
        for name, inner in _inner(model):
            if inner in told:
                yield from ("", f"`{name}`: as in `{told[inner]}`.")
            else:
                told[inner] = kind
                yield from ("", f"`{name}`:" if name == "address" else f"Each of `{name}`:", "", *_table(inner))


def _target(kind: str) -> str:
    resource = wire.TARGETS[kind]
    return f"`{resource}`" + ("" if resource == "agent" or kind == "patient.create" else " with an id")


def _doc(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split()).replace("``", "`")


def _table(model: type[BaseModel]) -> Iterator[str]:
    yield from ("| field | value | needed | meaning |", "|---|---|---|---|")
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        needed = "yes" if field.is_required() else _default(field)
        meaning = (field.description or "").replace("``", "`").replace("\n", " ")
        yield f"| `{name}` | {_value(hints[name], field)} | {needed} | {meaning} |"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return "no" if value is None or value == [] else f"no: `{str(value).lower() if value is False else value}`"


def _value(hint: Any, field: FieldInfo | None = None) -> str:
    known = next((said for kind, said in _WORDS if hint == kind), None)
    if known is not None:
        return known
    if get_origin(hint) in (Union, UnionType):
        return " or ".join("null" if one is type(None) else _value(one, field) for one in get_args(hint))
    if get_origin(hint) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(hint))
    if get_origin(hint) is list:
        return f"list of {_value(get_args(hint)[0])}s{_bounds(field.metadata if field is not None else ())}"
    if hasattr(hint, "__metadata__"):
        inner = [one for extra in hint.__metadata__ for one in getattr(extra, "metadata", ())]
        return _value(hint.__origin__) + _bounds(inner)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return "object"
    return _KINDS[hint] + _bounds(field.metadata if field is not None else ())


def _bounds(metadata: Sequence[Any]) -> str:
    found = {name: getattr(one, name) for one in metadata for name in ("ge", "le", "max_length") if hasattr(one, name)}
    if "ge" in found and "le" in found:
        return f", {found['ge']} to {found['le']}"
    return f", at most {found['max_length']:,}" if "max_length" in found else ""


def _inner(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield name, kind


def reasons() -> Iterator[str]:
    """Every reason code."""
    yield from ("| code | ends in | what happened | what to do | retryable |", "|---|---|---|---|---|")
    for one in REASONS.values():
        yield f"| `{one.code}` | {one.ends} | {one.title} | {one.asks} | {'yes' if one.retryable else ''} |"


def capabilities() -> Iterator[str]:
    """What each channel offers."""
    for number, (name, offered) in enumerate(CHANNELS.items()):
        yield from (("",) if number else ())
        yield from (f"### {name}", "", "| kind | default | tried on | note |", "|---|---|---|---|")
        for one in offered:
            default = f"`{one.default}`" if one.offered else f"refused: `{one.reason}`"
            yield f"| `{one.kind}` | {default} | {one.verified if one.offered else '-'} | {one.note} |"


def policy() -> Iterator[str]:
    """Every setting of the policy."""
    yield from ("| setting | value | default | meaning |", "|---|---|---|---|")
    yield from _settings('kinds."KIND".', office.KindPolicy)
    for name, field in office.Policy.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, office.Section):
            yield from _settings(f"{name}.", field.annotation)


def _settings(prefix: str, section: type[office.Section]) -> Iterator[str]:
    for attribute, field in section.model_fields.items():
        name = prefix + (field.alias or attribute)
        hours = office.Hours in _parts(field.annotation)
        kind = "tables" if hours else _plain(field.annotation)
        value = field.get_default() if not field.is_required() else None
        told = "(must be set)" if field.is_required() else "(none)" if value is None or value == () else f"`{value}`"
        told = told.lower() if isinstance(value, bool) else told
        yield f"| `{name}` | {kind} | {told} | {field.description} |"
        if hours:
            yield from _settings(f"{name}.", office.Hours)


def _parts(hint: Any) -> Iterator[Any]:
    yield hint
    for one in get_args(hint):
        yield from _parts(one)


def _plain(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        hint = get_args(hint)[0]
    if get_origin(hint) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(hint))
    if get_origin(hint) is tuple:
        return "list"
    return _KINDS[hint]
