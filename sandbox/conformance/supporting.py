"""Rules about diagnostics bundles: taken once, the same again, never another under the same name."""

from __future__ import annotations

import hashlib
import io
import uuid
import zipfile

import orjson

from agent.wire.cloud import BUNDLE_TYPE, MAX_BUNDLE_BYTES, BundleAccepted
from sandbox.conformance.caller import Answer
from sandbox.conformance.rules import Book, expect
from sandbox.conformance.stage import Stage

DIAGNOSTICS = Book("diagnostics")


@DIAGNOSTICS.rule("taken", "A bundle is taken, and the answer tells the SHA-256 of what is held")
def _taken(stage: Stage) -> None:
    name = _name()
    content = _bundle(name, b"first")
    told = _put(stage, name, content).message(BundleAccepted)
    expect(told.sha256 == hashlib.sha256(content).hexdigest(), "the SHA-256 of the bytes that were sent")
    expect(told.size == len(content), "their number")


@DIAGNOSTICS.rule("again", "The same bundle once more is answered as the first time")
def _again(stage: Stage) -> None:
    name = _name()
    first = _put(stage, name, _bundle(name, b"first")).message(BundleAccepted)
    stage.clock.wait(2.0)
    expect(_put(stage, name, _bundle(name, b"first")).message(BundleAccepted) == first, "the first answer")


@DIAGNOSTICS.rule("other", "Another bundle under the same name is refused, and the first one stays")
def _other(stage: Stage) -> None:
    name = _name()
    first = _put(stage, name, _bundle(name, b"first")).message(BundleAccepted)
    _put(stage, name, _bundle(name, b"second")).problem(409, "bundle_exists")
    expect(_put(stage, name, _bundle(name, b"first")).message(BundleAccepted) == first, "the first one's answer")


@DIAGNOSTICS.rule("unfit", "What is no bundle, or is of another name, is refused")
def _unfit(stage: Stage) -> None:
    name = _name()
    _put(stage, name, b"no ZIP").problem(422, "bad_bundle")
    _put(stage, name, _bundle(_name(), b"x")).problem(422, "bad_bundle")


@DIAGNOSTICS.rule("too_large", "A body larger than a bundle may be is refused")
def _too_large(stage: Stage) -> None:
    _put(stage, _name(), bytes(MAX_BUNDLE_BYTES + 1)).problem(413, "too_large")


def _put(stage: Stage, name: str, content: bytes) -> Answer:
    return stage.agent.call("PUT", f"diagnostics/{name}", content, kind=BUNDLE_TYPE)


def _name() -> str:
    word = uuid.uuid4().hex[:8].upper()
    return f"PA-{word[:4]}-{word[4:]}"


def _bundle(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for entry, held in (("manifest.json", orjson.dumps({"schema": 1, "incident": name})), ("a.txt", content)):
            file.writestr(zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0)), held)
    return out.getvalue()
