"""The second line of defence: what patients' data look like is found in finished bytes; the program's own is not."""

from __future__ import annotations

import json

import pytest

from agent.health.bundle_scan import Scanner

SCANNER = Scanner(
    sentences={"The cloud cannot be reached in time today"},
    known={"quizzenberg", "zq7a1", "rich", "9175550187"},
    words={"rich", "status"},
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("canary.feather@example.org", "e-mail address"),
        ("(917)555-0187", "telephone number"),
        ("917-555-0187", "telephone number"),
        ("+1 917 555 0187", "telephone number"),
        ("9175550187", "telephone number"),
        ("555-0187", "telephone number"),
        ("123-45-6789", "social security number"),
        ("07/23/1931", "date of birth"),
        ("1931-07-23", "date of birth"),
        ("19310723", "date of birth"),
        ("2011-02-03T00:00:00", "date of birth"),
        ("77 Canaryfeather Lane", "street"),
        ("canary sang in the waiting room", "free text"),
        ("Ångströmová", "letters beyond ASCII"),
        ("QUIZZENBERG", "word of the practice"),
        ("patient:Zq7A1", "word of the practice"),
    ],
)
def test_what_patients_data_look_like_is_found_however_it_is_written(text: str, kind: str):
    for content in (json.dumps({"a": text}), json.dumps({"a": text}, ensure_ascii=False), json.dumps({text: 1})):
        assert kind in SCANNER.suspects(content.encode())


def test_plain_numbers_are_counts():
    scanner = Scanner(sentences=(), known={"1000001"})
    assert scanner.suspects(b'{"bytes": 2147483648, "seq": 19310723, "acked": 1000001}') == []
    assert scanner.suspects(b'{"bytes": "2147483648"}') == ["telephone number"]
    assert scanner.suspects(b'{"acked": "1000001"}') == ["word of the practice"]


def test_letters_in_another_encoding_are_suspect():
    assert SCANNER.suspects("Å".encode("latin-1")) == ["letters beyond ASCII"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T05:00:00.000Z",
        "0f" * 32,
        " ".join(["0123456789ab"] * 6),
        "The cloud cannot be reached in time today",
        "10.11.6",
        "America/New_York",
        "agent/host/bundling.py",
        "rich",
        "127.0.0.1:8443",
    ],
)
def test_what_is_the_programs_own_is_not_suspect(text: str):
    assert SCANNER.suspects(json.dumps({"status": text, "bytes": 1790000000, "rows": 555}).encode()) == []
