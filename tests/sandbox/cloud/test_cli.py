"""``practice-cloud`` as a person runs it."""

from __future__ import annotations

import json
import signal
import ssl
import stat
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from sandbox.cloud.cli import main

START_SECONDS = 60


class Terminal:
    """Runs the command as its entry point does, in a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.chdir(folder)
        monkeypatch.delenv("PRACTICE_CLOUD_DB", raising=False)
        monkeypatch.setenv("COLUMNS", "100")
        self._patch, self._capsys = monkeypatch, capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        self._patch.setattr(sys, "argv", ["practice-cloud", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)


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
    for command in ("serve", "invite", "key", "practices", "changes", "holds", "openapi"):
        assert "Example" in terminal.run(command, "--help")[1]


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
    assert not [one for one in (tmp_path / "tls").iterdir() if "ca-key" in one.name]
