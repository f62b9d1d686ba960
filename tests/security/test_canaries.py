"""The search itself: a canary is found however it is written, and wherever it is packed."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
import zstandard

from tests.security import canaries

WRITTEN: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "in capitals": lambda word: word.upper().encode(),
    "UTF-16": lambda word: word.encode("utf-16-le"),
    "windows-1252": lambda word: word.encode("cp1252"),
    "JSON": lambda word: json.dumps(word).encode(),
    "percent": lambda word: quote(word).encode(),
    "a form": lambda word: quote_plus(word).encode(),
    "hex": lambda word: word.encode().hex().encode(),
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda content: content,
    "zstd": lambda content: b"ab" + zstandard.ZstdCompressor().compress(content) + b"cd",
    "zlib": lambda content: b"ab" + zlib.compress(content),
    "gzip": gzip.compress,
    "zstd in gzip": lambda content: gzip.compress(zstandard.ZstdCompressor().compress(content)),
}


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("status.json", content)
    return out.getvalue()


@pytest.mark.parametrize("how", WRITTEN)
@pytest.mark.parametrize("packed", [*PACKED, "a ZIP file"])
@pytest.mark.parametrize("what", ["last name", "birth date", "telephone", "e-mail", "note", "id"])
def test_a_canary_is_found(how: str, packed: str, what: str):
    pack = PACKED.get(packed, zipped)
    for word in canaries.PATIENT[what]:
        content = b"x" * 50 + WRITTEN[how](word) + b" and more\n" * 50
        assert what in canaries.found(pack(content)), word


@pytest.mark.parametrize("lead", range(6))
def test_a_canary_in_base64_is_found_wherever_it_stands(lead: int):
    for what in ("last name", "e-mail", "note", "street", "payload"):
        for word in canaries.PATIENT[what]:
            content = base64.b64encode(b"q" * lead + word.encode() + b"z" * 9)
            assert what in canaries.found(content), word


def test_nothing_is_found_where_nothing_is():
    assert canaries.found(bytes(range(256)) * 4000 + b"78 9c" + b"\x78\x9c\x28\xb5\x2f\xfd" * 20) == set()
