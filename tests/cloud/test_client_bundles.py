"""Handing over a diagnostics bundle: as it is, again as it was, and never taken for done when it is not."""

from __future__ import annotations

import io
import zipfile

import orjson
import pytest

from agent.cloud.client import CloudClient
from agent.model.errors import Retry, Terminal
from agent.wire.cloud import BundleAccepted
from sandbox.cloud.faults import Fault
from sandbox.cloud.server import Running
from sandbox.cloud.service import Cloud

NAME = "PA-0000-0001"


def bundle(content: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(zipfile.ZipInfo("manifest.json"), orjson.dumps({"incident": NAME}))
        file.writestr(zipfile.ZipInfo("a"), content)
    return out.getvalue()


def test_a_bundle_arrives_as_it_is_and_may_be_sent_again(client: CloudClient, server: Running) -> None:
    client.put_bundle(NAME, bundle())
    client.put_bundle(NAME, bundle())
    assert server.cloud.bundle(NAME) == bundle()
    with pytest.raises(Terminal, match="refused"):
        client.put_bundle(NAME, bundle(b"y"))


@pytest.mark.parametrize("kind", ["cut", "error", "garbage", "half", "lost"])
def test_what_goes_wrong_on_the_way_may_be_tried_again(client: CloudClient, server: Running, kind: str) -> None:
    server.faults.plan(Fault.model_validate({"kind": kind, "path": "/diagnostics"}))
    with pytest.raises(Retry):
        client.put_bundle(NAME, bundle())
    client.put_bundle(NAME, bundle())
    assert server.cloud.bundle(NAME) == bundle()


def test_a_cloud_that_holds_other_bytes_is_not_believed(client: CloudClient, monkeypatch: pytest.MonkeyPatch) -> None:
    other = BundleAccepted(received_at="2026-11-22T05:00:00Z", size=1, sha256="0" * 64)
    monkeypatch.setattr(Cloud, "take_bundle", lambda *_: other)
    with pytest.raises(Retry, match="bad_answer"):
        client.put_bundle(NAME, bundle())
