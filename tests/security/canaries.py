"""Canaries: words that stand for what is known of a patient, put into a practice so that they can be looked for.

None of them occurs anywhere by chance. Whoever finds one outside the practice, the sealed store and the cloud has found
a leak.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import zstandard

from sandbox.practice.desk import Desk
from sandbox.practice.eaglesoft import SECRET

PATIENT: dict[str, tuple[str, ...]] = {
    "first name": ("Xylophandra",),
    "last name": ("Quizzenberg", "Ångströmová"),
    "preferred name": ("Zanziphoo",),
    "birth date": ("1931-07-23", "07/23/1931", "19310723"),
    "telephone": ("9175550187", "555-0187"),
    "e-mail": ("canary.feather@example.org",),
    "street": ("77 Canaryfeather Lane",),
    "chart number": ("CHXQ77310",),
    "note": ("canary sang in the waiting room",),
    "ledger text": ("gold crown for the canary",),
    "id": tuple(f"Zq7A{n}" for n in range(6)),
    "payload": ("canary asked for by the cloud",),
}
"""What of a patient -> the words by which it is told."""

PAYLOAD = PATIENT["payload"][0]
"""Stands in what commands carry."""

LOGIN_PASSWORD = "canary-login-password-8d1f"
WRITE_SECRET = "canary-vendor-statement-4c2a"
NEVER_READ = SECRET[:11]
"""Stands in the columns for passwords and social security numbers."""


def plant(desk: Desk) -> None:
    """Put canaries in everything that the practice knows of its patients, new patients with canary ids among them."""
    ids = iter(PATIENT["id"])
    assert desk.eaglesoft is not None
    desk.eaglesoft.patient_key = lambda: next(ids)
    known = {
        "first": PATIENT["first name"][0],
        "preferred": PATIENT["preferred name"][0],
        "birth": PATIENT["birth date"][0],
        "mobile": "(917)555-0187",
        "email": PATIENT["e-mail"][0],
        "address": (PATIENT["street"][0], "", "Springfield", "NY", "10001"),
        "chart": PATIENT["chart number"][0],
    }
    for number, one in zip(count(), list(desk.practice.patients.values()), strict=False):
        desk.edit_patient(one, last=PATIENT["last name"][number % 2], **known)
    for _ in PATIENT["id"]:
        person = desk.new_patient(last=PATIENT["last name"][0], **known)
        desk.annotate(desk.book(person), PATIENT["note"][0])
        charge = desk.post_charge(person)
        assert charge is not None
        desk.edit_charge(charge, description=PATIENT["ledger text"][0])
    del desk.eaglesoft.patient_key


def spoil() -> Iterator[tuple[str, tuple[object, ...]]]:
    """Statements that make rows odd, canaries and all: bytes that are no text, codes nobody knows, unusable keys."""
    text = PATIENT["street"][0].encode() + b"\xff\xfe" + PATIENT["last name"][0].encode() + b"\x81"
    yield "UPDATE patient SET address_2 = CAST(? AS TEXT) WHERE patient_id = ?", (text, PATIENT["id"][0])
    yield "UPDATE patient SET sex = 'Z', marital_status = 'Q' WHERE patient_id = ?", (PATIENT["id"][1],)
    yield "UPDATE patient SET birth_date = 'born ' || birth_date WHERE patient_id = ?", (PATIENT["id"][2],)
    yield (
        "UPDATE appointment SET classification = 77, start_time = '25:61 ' || appointment_notes WHERE patient_id = ?",
        (PATIENT["id"][3],),
    )
    first, last = PATIENT["first name"][0], PATIENT["last name"][0]
    for key in ("", "\x01\x02"):
        yield "INSERT INTO patient (patient_id, first_name, last_name) VALUES (?, ?, ?)", (key, first, last)


def forms(words: Iterable[str]) -> Iterator[bytes]:
    """A word as it may be written: folded, in UTF-16, in windows-1252, as JSON escapes, in percent and base64."""
    for word in words:
        for text in {word, word.lower(), word.upper()}:
            yield text.encode()
            yield text.encode("utf-16-le")
            yield text.encode("cp1252", "replace")
            yield json.dumps(text)[1:-1].encode()
            yield quote(text, safe="").encode()
        yield quote(word).encode()
        yield word.replace(" ", "+").encode()
        yield word.encode().hex().encode()
        for encoding in ("utf-8", "utf-16-le"):
            yield from _in_base64(word.encode(encoding))


def _in_base64(content: bytes) -> Iterator[bytes]:
    """What of some bytes is the same wherever they stand among others, in both alphabets; short ones not at all."""
    for lead in range(3):
        whole = base64.b64encode(bytes(lead) + content)
        sure = whole[-(-lead * 8 // 6) : len(whole) - 4]
        if len(sure) >= 6:
            yield sure
            yield sure.translate(bytes.maketrans(b"+/", b"-_"))


def layers(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Some bytes, and what is packed in them: files of a ZIP, zstd frames, streams of zlib and gzip."""
    yield content
    if depth >= 3:
        return
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            for name in file.namelist():
                yield name.encode()
                yield from layers(file.read(name), depth + 1)
        return
    for magic, unpack in ((b"\x28\xb5\x2f\xfd", _unzstd), (b"\x1f\x8b\x08", _inflate), (b"\x78\x9c", _inflate)):
        at = content.find(magic)
        while at >= 0:
            inner = unpack(content[at : at + 4_000_000])
            if inner:
                yield from layers(inner, depth + 1)
            at = content.find(magic, at + 1)


def _unzstd(content: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompressobj().decompress(content)
    except zstandard.ZstdError:
        return b""


def _inflate(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, 10_000_000)
    except zlib.error:
        return b""


_SOUGHT = {name: frozenset(forms(words)) for name, words in PATIENT.items()}
_SECRET = frozenset(forms([NEVER_READ]))
_PASSWORD = frozenset(forms([LOGIN_PASSWORD, WRITE_SECRET]))


def found(content: bytes) -> set[str]:
    """Names of the canaries that some bytes hold, however they are written or packed."""
    return {name for layer in layers(content) for name in _found(layer)}


def _found(content: bytes) -> set[str]:
    known = {name for name, sought in _SOUGHT.items() if any(one in content for one in sought)}
    if any(one in content for one in _SECRET):
        known.add("never to be read")
    if any(one in content for one in _PASSWORD):
        known.add("password")
    return known


def found_in_files(folder: Path) -> dict[str, set[str]]:
    """File name -> canaries, for every file in a folder that holds any."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    seen = {str(file.relative_to(folder)): found(file.read_bytes()) | found(file.name.encode()) for file in files}
    return {name: canaries for name, canaries in seen.items() if canaries}
