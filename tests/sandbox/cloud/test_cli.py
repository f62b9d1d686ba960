"""``practice-cloud`` as a person runs it."""

from __future__ import annotations

import json
import random
import signal
import ssl
import stat
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from sandbox.cloud.keyfile import KeyFile
from tests.sandbox.cloud.conftest import Terminal

START_SECONDS = 60


def env() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin", "COLUMNS": "100"}


def test_a_code_is_made_for_a_practice_that_is_new_or_known(terminal: Terminal, tmp_path: Path) -> None:
    first, second = (terminal.run("invite", "--practice", "Elm") for _ in range(2))
    assert (first[0], first[2]) == (0, "")
    assert first[1].strip().count("-") == 4
    assert first[1] != second[1]
    (practice,) = json.loads(terminal.run("practices", "--json")[1])
    assert (practice["name"], practice["epoch"]) == ("Elm", 0)
    assert terminal.run("key", "--practice", "Elm")[1].startswith(practice["practice_id"] + ".")
    assert terminal.run("practices")[1].splitlines()[0].split("\t")[0] == "Practice"
    assert terminal.run("holds", "--json")[1].strip() == "[]"
    assert terminal.run("changes", "--practice", "Elm")[0] == 0
    assert stat.S_IMODE((tmp_path / "practice-cloud.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["key", "--practice", "Nobody"], 1),
        (["holds", "accept", "x.1"], 1),
        (["serve", "--port", "x"], 2),
        (["nonsense"], 2),
        (["practices", "--db", "postgresql://nobody@127.0.0.1:1/x"], 3),
        (["practices", "--db", "nonsense"], 4),
        (["practices", "--db", "sqlite:////missing/folder/x.db"], 4),
        (["serve"], 4),
        (["serve", "--cert", "a", "--key", "b"], 4),
    ],
)
def test_exit_codes_mean_something(terminal: Terminal, words: list[str], code: int) -> None:
    ended, _, errors = terminal.run(*words)
    assert ended == code, errors
    assert errors
    assert "Traceback" not in errors


def test_every_command_has_help_with_an_example(terminal: Terminal) -> None:
    for command in (
        "serve",
        "invite",
        "key",
        "practices",
        "changes",
        "holds",
        "openapi",
        "command",
        "commands",
        "signer rotate",
    ):
        assert "Example" in terminal.run(*command.split(), "--help")[1]


def test_serve_says_where_it_is_and_ends_when_told(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    words = ["serve", "--port", "0", "--dev-tls", "tls", "--ready-file", str(ready)]
    process = subprocess.Popen([sys.executable, "-m", "sandbox.cloud.cli", *words], cwd=tmp_path, env=env())
    try:
        tick = threading.Event()
        for _ in range(START_SECONDS * 10):
            if ready.exists() or process.poll() is not None:
                break
            tick.wait(0.1)
        told = json.loads(ready.read_text())
        assert told["pid"] == process.pid
        trust = ssl.create_default_context(cafile=told["ca"])
        with httpx.Client(base_url=told["url"], verify=trust, trust_env=False) as http:
            assert http.get("/openapi.json").status_code == 200
            assert http.post("/__faults", json={"kind": "cut"}).status_code == 404
        with pytest.raises(httpx.HTTPError):
            httpx.get(told["url"].replace("https", "http"), trust_env=False)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()
    assert stat.S_IMODE((tmp_path / "tls" / "server-key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "practice-cloud.db.signer.json").stat().st_mode) == 0o600
    assert not [one for one in (tmp_path / "tls").iterdir() if "ca-key" in one.name]


def test_commands_are_queued_and_shown(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("invite", "--practice", "Elm")
    asked = ["command", "Elm", "alert.create", "--target", "patient:P1", "--payload", "alert.json"]
    (tmp_path / "alert.json").write_text('{"text": "Zebulon"}')
    ended, _, errors = terminal.run(*asked)
    assert (ended, "signer_unavailable" in errors) == (1, True), "only the serving cloud makes the signer's key"
    KeyFile(tmp_path / "practice-cloud.db.signer.json").load(random.Random(1).randbytes)
    ended, first, errors = terminal.run(*asked, "--idempotency-key", "k1", "--json")
    assert ended == 0, errors
    command_id = json.loads(first)["command_id"]
    again = terminal.run(*asked, "--idempotency-key", "k1", "--wait", "0.1")
    assert (again[0], again[1].strip()) == (3, f"{command_id} queued"), "it has not ended yet"
    table = terminal.run("commands", "Elm")[1].splitlines()
    assert [line.split("\t")[2:5] for line in table] == [
        ["Kind", "Target", "State"],
        ["alert.create", "patient:P1", "queued"],
    ]
    assert terminal.run("commands", "Elm", command_id)[1].splitlines()[1].startswith("queued\t")
    assert json.loads(terminal.run("commands", "Elm", "--json", "--state", "verified")[1]) == []
    assert json.loads(terminal.run("commands", "Elm", command_id, "--json")[1])["queue_seq"] == 1
    assert terminal.run("key", "--practice", "Elm", "--write")[0] == 0


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["alert.create", "--target", "patient:P1"], "payload.text"),
        (["alert.create", "--payload", "missing.json"], "bad_request"),
        (["alert.shout"], "kind"),
        (["agent.sync_now", "--expires-in", "1"], "expires_in"),
        (["agent.sync_now", "--retry-of", "nobody"], "retry_of"),
    ],
)
def test_a_command_that_is_not_as_documented_names_its_field(terminal: Terminal, words: list[str], field: str) -> None:
    terminal.run("invite", "--practice", "Elm")
    ended, _, errors = terminal.run("command", "Elm", *words)
    assert (ended, field in errors) == (1, True), errors


def test_the_signers_keys_are_shown_and_rotated_without_showing_the_private_one(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = KeyFile(tmp_path / "s.json")
    file.load(random.Random(1).randbytes)
    terminal.run("signer", "rotate", "--signer-key", "s.json")
    ended, shown, _ = terminal.run("signer", "show", "--signer-key", "s.json", "--json")
    assert (ended, json.loads(shown)["version"], len(json.loads(shown)["keys"])) == (0, 2, 2)
    assert file.load().private["d"] not in shown
    revoked = terminal.run("signer", "rotate", "--revoke", "--signer-key", "s.json")[1]
    assert len(revoked.splitlines()) == 2
    assert terminal.run("signer", "show", "--signer-key", "nothing.json")[0] == 4
