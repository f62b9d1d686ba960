"""Makes ``docs/model.md`` from the resources, the declarations and the crosswalk. The program does not import this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from agent.model.canonical import SCHEMA_VERSION
from agent.model.resources import RESOURCES
from agent.sources.codes import CodeTable
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.mapping import code_tables_of
from agent.sources.opendental.pms import OPENDENTAL
from agent.sources.pms import Pms
from agent.wire.cloud import ChunkHeader, Complete, Delete, Stale, Upsert
from scripts import crosswalk
from scripts.crosswalk import Elsewhere

SYSTEMS: tuple[Pms, ...] = (EAGLESOFT, OPENDENTAL)
"""Every practice-management system with declarations."""

ISSUES = {
    "undecodable": "the text could not be decoded; the field is null",
    "out_of_range": "a date, time or number that cannot be one; the field is null",
    "too_long": "text of more than 1,048,576 characters; the field is null",
    "nul_removed": "NUL characters were taken out of the text",
    "unknown_code": "no code table knows the code; the field is `unknown`, the raw code stands beside it",
    "missing_amount": "a share without an amount; it counts as 0.00",
    "nonexistent_local_time": "the start falls into the hour that is skipped when the clocks go forward",
    "ambiguous_local_time": "the start falls into the hour that occurs twice; UTC is that of the first",
    "cycle": "merges lead round in a circle; the field is null",
    "unusable_key": "the key of a row that belongs to the record cannot be used; of the record itself: it is set apart",
    "invalid": "the value does not fit the model; the field is null",
    "unmapped": "the value could not be mapped at all; the field is null",
}
"""Codes of issues, and what they say of a field."""

_HEAD = """\
# The canonical model

Whatever the practice-management system (PMS), the feed means the same. Resources are flat and linked by ids.

* **null** means unknown for this record. **Absent** means that this PMS cannot supply the field.
* `*_raw` is the PMS's own code or word, beside the mapped value. A code that no table knows becomes `unknown`;
  nothing is guessed.
* Dates are `YYYY-MM-DD`. Times are local wall-clock times, `YYYY-MM-DDTHH:MM:SS`, to be read in the record's
  `time_zone`. UTC is in `derived`, which is not part of the version.
* Money is a decimal string with two places. The sign is the effect on the account: charges are positive,
  payments and credits negative.
* An id is the PMS's key: text trimmed and upper-cased, a number in decimal, with the prefix of its kind where
  several tables feed one resource (`payment-12`). Where a PMS gives a key to another person later, the second
  holder's id ends in `~2`, the third's in `~3`. A reference to such a key has no suffix: it means the newest holder.
* References may point at records that have not arrived yet, until the resource referred to is `complete`.
* Procedure codes are opaque strings. No code list and no descriptors ship with the product.

The columns *Eaglesoft* and *Open Dental*: **yes** = the field is always there; **some** = on some records only
(some kinds of ledger entry, some locations); **–** = absent. What was verified where is in
[compatibility.md](compatibility.md). The columns *synchronizer* (names known from synchronizer-style dental
APIs) and *FHIR R4* say what comes closest there; empty means that nothing does."""


def page() -> str:
    """The whole page."""
    lines = [
        "<!-- Made by `make docs`; change the code, not this page. -->",
        *_HEAD.splitlines(),
        "",
        f"This is schema version {SCHEMA_VERSION}.",
        "",
        "| resource | what it is | synchronizer | FHIR R4 |",
        "|---|---|---|---|",
        *(
            f"| [{name}](#{name}) | {_plain(kind.__doc__).removesuffix('.')} | {there.synchronizer} | {there.fhir} |"
            for name, kind in RESOURCES.items()
            for there in [crosswalk.RESOURCES[name]]
        ),
    ]
    inner: dict[str, Any] = {}
    for name, kind in RESOURCES.items():
        schema = TypeAdapter(kind).json_schema()
        inner |= schema.get("$defs", {})
        lines += ["", f"## {name}", "", schema["description"], ""]
        lines += _fields(schema, crosswalk.FIELDS[name], name)
    lines += ["", "## Objects inside"]
    for name, schema in inner.items():
        lines += ["", f"### {name}", "", schema["description"], "", *_plain_fields(schema)]
    lines += _statuses()
    lines += _envelope()
    lines += ["", "## Issues", "", "`issues` names fields that could not be read or mapped as they should.", ""]
    lines += ["| code | meaning |", "|---|---|", *(f"| `{code}` | {told} |" for code, told in ISSUES.items())]
    lines += _code_tables()
    return "\n".join(lines) + "\n"


def _fields(schema: Mapping[str, Any], elsewhere: Mapping[str, Elsewhere], resource: str) -> Iterator[str]:
    titles = " | ".join(pms.title for pms in SYSTEMS)
    yield f"| field | type | meaning | {titles} | synchronizer | FHIR R4 |"
    yield "|---|---|---|" + "---|" * len(SYSTEMS) + "---|---|"
    for name, field in schema["properties"].items():
        supplied = " | ".join(supply(pms, resource, name) for pms in SYSTEMS)
        there = elsewhere[name]
        yield (
            f"| `{name}` | {_type(field)} | {_told(field, schema)} | {supplied} | {there.synchronizer} | {there.fhir} |"
        )


def supply(pms: Pms, resource: str, name: str) -> str:
    """Whether a PMS supplies a field: ``yes``, ``some`` (not on every record) or ``–``."""
    shapes = [shape for shape in pms.shapes if shape.resource == resource]
    found = [shape.fields[name] for shape in shapes if name in shape.fields]
    if not found:
        return "–"
    whole = len(found) == len(shapes) and not any(getattr(spec, "sometimes", False) for spec in found)
    return "yes" if whole else "some"


def _plain_fields(schema: Mapping[str, Any]) -> Iterator[str]:
    yield "| field | type | always there | meaning |"
    yield "|---|---|---|---|"
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {_type(field)} | {'yes' if name in required else 'no'} | {_told(field, schema)} |"


def _type(field: Mapping[str, Any]) -> str:
    kinds = field.get("anyOf", [field])
    return " or ".join(_one_type(kind) for kind in kinds)


def _one_type(kind: Mapping[str, Any]) -> str:
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    if "const" in kind:
        return f"`{kind['const']}`"
    match kind.get("type"):
        case "array":
            return f"list of {_type(kind['items'])}" if "items" in kind else "list"
        case "string":
            return "text"
        case "integer":
            return "whole number"
        case "boolean":
            return "true or false"
        case "object":
            return "object"
        case other:
            return str(other)


def _told(field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """The field's own docstring; of a field that is nothing but an object, that of the object says it."""
    told = field.get("description")
    if told is None:
        told = schema["$defs"][field["$ref"].rpartition("/")[2]]["description"]
    return _plain(told)


def _plain(text: str | None) -> str:
    """A docstring as it stands in a cell of a table."""
    return " ".join((text or "").split()).replace("``", "`").replace("|", "\\|")


def _statuses() -> Iterator[str]:
    for title, table in (
        ("Where an appointment stands, elsewhere", crosswalk.APPOINTMENT_STATUS),
        ("Whether it is confirmed, elsewhere", crosswalk.CONFIRMATION),
    ):
        yield from ("", f"## {title}", "", "| here | synchronizer | FHIR R4 |", "|---|---|---|")
        yield from (f"| `{value}` | {there.synchronizer} | {there.fhir} |" for value, there in table.items())


def _envelope() -> Iterator[str]:
    yield from ("", "## Around the data", "")
    yield "What an agent sends ([contract.md](contract.md)): chunks of lines, each line one of these."
    kinds: tuple[tuple[str, type[BaseModel]], ...] = (
        ("upsert", Upsert),
        ("delete", Delete),
        ("stale", Stale),
        ("complete", Complete),
        ("the head of a chunk", ChunkHeader),
    )
    for title, kind in kinds:
        yield from (
            "",
            f"### {title[0].upper()}{title[1:]}",
            "",
            _plain(kind.__doc__),
            "",
            "| field | meaning |",
            "|---|---|",
        )
        yield from (f"| `{name}` | {_plain(field.description)} |" for name, field in kind.model_fields.items())


def _code_tables() -> Iterator[str]:
    yield from (
        "",
        "## Code tables",
        "",
        "What each PMS's codes become. A practice that uses codes in its own way says so in",
    )
    yield "`agent.toml`; the table's name stands in quotation marks, because there is a dot in it:"
    yield from ("", '    [codes."opendental.confirmation"]', '    "will call back" = "attempted"')
    for pms in SYSTEMS:
        for name, (resource, field, table) in sorted(code_tables(pms).items()):
            meanings = ", ".join(f"{_raw(raw)} = {meaning}" for raw, meaning in table.values.items())
            yield from ("", f"### {name}", "", f"{pms.title}, `{resource}.{field}`: {meanings}.")


def _raw(raw: int | str) -> str:
    return f"`{raw}`"


def code_tables(pms: Pms) -> dict[str, tuple[str, str, CodeTable]]:
    """Name -> (resource, canonical field, table) of every code table that a PMS's shapes use."""
    return {
        name: (shape.resource, field, table)
        for shape in pms.shapes
        for name, (field, table) in code_tables_of(shape).items()
    }
