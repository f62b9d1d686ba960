"""The diagnostics bundle: what remote support needs, and nothing of a patient.

Fails closed twice. Each part is what a named producer gives, checked value by value against its form
(:mod:`agent.health.bundle_forms`); what does not pass is left out, and the manifest says so. Then the finished bytes
of each part are searched for what patients' data look like (:mod:`agent.health.bundle_scan`), and a part under
suspicion is left out whole. Pure: reads no file, no clock; the host hands everything in and keeps or sends the bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from agent.health.bundle_forms import check
from agent.health.bundle_parts import Part
from agent.health.bundle_scan import Scanner
from agent.model.errors import AgentError

SCHEMA = 1
"""Version of the manifest's form."""
MAX_BYTES = 8 * 1024 * 1024
"""A finished bundle is at most so long."""
_PART_BYTES = 4 * 1024 * 1024
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read out on the telephone

Producer = Callable[[], Any]
"""Gives a part's content, as JSON has it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A part that the bundle holds."""

    name: str
    title: str
    size: int
    """Bytes."""
    sha256: str
    left_out: Sequence[tuple[str, str, int]] = ()
    """(place, why, how often) of what did not pass its form."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that the bundle does not hold."""

    name: str
    title: str
    why: str
    """In words: ``looks like patient data: telephone number``."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished bundle."""

    incident: str
    """Its id, to be read out."""
    made_at: str
    """UTC."""
    parts: Mapping[str, bytes]
    """Name -> finished bytes, manifest and README among them."""
    held: Sequence[Held]
    missing: Sequence[Missing]

    def manifest(self) -> dict[str, Any]:
        """What the file ``manifest.json`` says."""
        document: dict[str, Any] = orjson.loads(self.parts["manifest.json"])
        return document

    def zipped(self) -> bytes:
        """The bundle as one ZIP file; the same parts give the same bytes."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            for name, content in self.parts.items():
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o600 << 16
                file.writestr(entry, content)
        return out.getvalue()


def incident_id(entropy: bytes) -> str:
    """An id that can be read out, from five bytes at least: ``PA-7K2M-X9QD``."""
    number = int.from_bytes(entropy[:5], "big")
    word = "".join(_ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return f"PA-{word[:4]}-{word[4:]}"


def build(
    incident: str,
    made_at: str,
    facts: Mapping[str, Any],
    parts: Sequence[Part],
    producers: Mapping[str, Producer],
    scanner: Scanner,
) -> Bundle:
    """Make a bundle. ``facts``: who made it (checked by the caller: words and versions of the program's own).

    A producer that fails costs its part alone; so does one that is missing.
    """
    finished: dict[str, bytes] = {}
    held: list[Held] = []
    missing: list[Missing] = []
    for part in parts:
        made = _part(part, producers.get(part.name), scanner)
        if isinstance(made, Missing):
            missing.append(made)
            continue
        one, content = made
        if sum(map(len, finished.values())) + len(content) > MAX_BYTES:
            missing.append(Missing(part.name, part.title, "the bundle would become too large"))
            continue
        finished[part.name] = content
        held.append(one)
    manifest = {
        "schema": SCHEMA,
        "incident": incident,
        "made_at": made_at,
        **facts,
        "parts": [asdict(one) for one in held],
        "missing": [asdict(one) for one in missing],
    }
    front = {
        "README.txt": readme(incident, made_at, held, missing).encode(),
        "manifest.json": orjson.dumps(manifest, option=orjson.OPT_INDENT_2),
    }
    return Bundle(incident, made_at, {**front, **finished}, held, missing)


def _part(part: Part, produce: Producer | None, scanner: Scanner) -> tuple[Held, bytes] | Missing:
    if produce is None:
        return Missing(part.name, part.title, "not to be had here")
    try:
        given = produce()
    except AgentError as error:
        return Missing(part.name, part.title, f"could not be made: {error.code}")
    except Exception as error:  # noqa: BLE001 - a bug in one part must not cost the others; its text may quote data
        return Missing(part.name, part.title, f"could not be made: {type(error).__name__}")
    if given is None:
        return Missing(part.name, part.title, "there is none")
    checked = check(part.form, given)
    if checked.content is None:
        return Missing(part.name, part.title, "it is not of the form that it must have")
    if part.lines:
        content = b"".join(orjson.dumps(line) + b"\n" for line in checked.content)
    else:
        content = orjson.dumps(checked.content, option=orjson.OPT_INDENT_2)
    if len(content) > _PART_BYTES:
        return Missing(part.name, part.title, "it is too large")
    suspects = scanner.suspects(content)
    if suspects:
        return Missing(part.name, part.title, f"looks like patient data: {', '.join(suspects)}")
    left_out = tuple((place, why, count) for (place, why), count in sorted(checked.left_out.items()))
    return Held(part.name, part.title, len(content), hashlib.sha256(content).hexdigest(), left_out), content


def readme(incident: str, made_at: str, held: Sequence[Held], missing: Sequence[Missing]) -> str:
    """What the bundle is, for whoever opens it."""
    lines = [
        f"Practice Agent, diagnostics bundle {incident}",
        f"Made at {made_at}",
        "",
        "For support: what works, what does not, and on what it runs. It holds no data of patients: every value is",
        "a number, a moment, or a word of the program's own; what was anything else has been left out, and",
        "manifest.json says where and how often.",
        "",
        "It holds:",
        "",
        *(f"  {one.name:18} {one.title}" for one in held),
    ]
    cut = [one for one in held if one.left_out]
    if cut:
        lines += ["", "Of these, some values were left out:", ""]
        lines += [
            f"  {one.name:18} {place or 'at the top'}: {why} ({count}x)"
            for one in cut
            for place, why, count in one.left_out
        ]
    if missing:
        lines += ["", "It does not hold:", "", *(f"  {one.name:18} {one.title}: {one.why}" for one in missing)]
    return "\n".join(lines) + "\n"
