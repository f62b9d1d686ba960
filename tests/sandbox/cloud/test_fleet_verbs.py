"""``practice-cloud fleet`` and ``alarms`` as a person runs them; the examples of docs/fleet.md as they stand."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.cloud.alarms import KINDS
from sandbox.cloud.fleet_verbs import ago
from sandbox.cloud.terminal import table
from tests.sandbox.cloud.conftest import Terminal
from tests.sandbox.cloud.fleet_office import Watched, warning
from tests.sandbox.cloud.receiver import receiving

PAGE = (Path(__file__).parents[3] / "docs" / "fleet.md").read_text(encoding="utf-8")


def test_the_examples_of_the_page_work_as_they_stand(terminal: Terminal) -> None:
    lines = [line[2:] for block in re.findall(r"```console\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
    assert len(lines) == 11
    target = secret = ""
    with receiving() as receiver:
        for line in lines:
            words = shlex.split(
                line.replace("w4n0x2k8wq", target).replace("http://127.0.0.1:9099/alarms", receiver.url)
            )
            ended, out, errors = terminal.run(*words[1:])
            assert (ended, errors) == (0, ""), line
            if words[1:3] == ["alarms", "add"]:
                target, secret = out.strip().split("\t")
    names: dict = {}
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.S)[0], names)
    ((headers, body),) = receiver.came
    assert names["alarm_of"](body, headers, secret)["type"] == "alarm.test"


def test_the_page_knows_every_alarm_in_its_words() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]*\| ([^|]+) \| \w+ \|$", PAGE, re.M))
    assert rows == {code: kind.title for code, kind in KINDS.items()}
    for code, kind in KINDS.items():
        assert re.search(rf"^\| `{code}` .* \| {kind.severity} \|$", PAGE, re.M), code


def test_the_message_on_the_page_is_like_a_real_one() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.S)[0])
    place = Watched()
    place.beat()
    place.go(17, beats=False)
    (real,) = place.bodies()
    assert shown.keys() == real.keys()
    assert shown["data"].keys() == real["data"].keys()
    assert shown["data"]["facts"].keys() == real["data"]["facts"].keys()
    assert real["data"]["advice"].startswith(shown["data"]["advice"].removesuffix(" ..."))


def test_the_fleet_is_a_line_a_practice_and_says_that_alarms_go_nowhere(terminal: Terminal, tmp_path: Path) -> None:
    place = Watched(f"sqlite:///{tmp_path / 'practice-cloud.db'}")
    place.beat()
    place.go(20, beats=False)
    ended, out, _ = terminal.run("fleet")
    head, line, note = out.splitlines()
    assert ended == 0
    told = dict(zip(head.split("\t"), line.split("\t"), strict=True))
    assert (told["Practice"], told["PMS"], told["Agent"], told["Alarms"]) == ("Elm", "eaglesoft 21.2", "1.4.0", "1")
    assert (told["State"], told["Since"], told["Warnings"]) == ("silent", told["Heard"], "-")
    assert note.startswith("Alarms go nowhere")
    whole = terminal.run("fleet", "Elm")[1]
    assert f"{place.practice_id}.agent_silent\terror" in whole
    assert "mon tue wed thu fri 08:00-17:00, America/New_York" in whole
    assert json.loads(terminal.run("fleet", "Elm", "--json")[1])["summary"]["name"] == "Elm"
    assert json.loads(terminal.run("fleet", "--json")[1])["practices"][0]["alarms"] == 1
    assert terminal.run("fleet", "Nobody")[0] == 1


def test_the_warnings_of_a_practice_are_named_the_worst_first() -> None:
    place = Watched()
    place.beat(warnings=[warning("clock_wrong", "warning"), warning("offline")])
    (line,) = place.cloud.fleet().practices
    assert (line.warnings, line.errors, line.warning_codes) == (2, 1, ["offline", "clock_wrong"])


@pytest.mark.parametrize(("columns", "shown"), [(80, False), (200, True)])
def test_a_narrow_terminal_is_spared_what_is_not_needed_at_a_glance(
    columns: int, shown: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")
    row = ("Elm Street Dental", "working", "0.1.0", "The [practice] database does not answer, and has not for long")
    table(("Practice", "State", "Agent", "Why"), [row], ("Agent",), {"working": "green"})
    out = capsys.readouterr().out
    assert ("0.1.0" in out, "[practice]" in out, "Elm Street Dental" in out) == (shown, True, True)


def test_a_webhook_that_does_not_take_a_test_is_told_of(terminal: Terminal) -> None:
    with receiving() as receiver:
        target = json.loads(terminal.run("alarms", "add", receiver.url, "--json")[1])["target_id"]
        receiver.statuses = [500]
        assert terminal.run("alarms", "test", target)[:2] == (1, "not taken: answered 500\n")
    ended, out, _ = terminal.run("fleet")
    assert ended == 0
    assert "Alarms that nobody took: 1" in out
    assert f"Webhook {target}: answered 500 since" in out
    assert json.loads(terminal.run("alarms", "list", "--json")[1])[0]["dead"] == 1
    assert json.loads(terminal.run("alarms", "log", "--json")[1])[0]["state"] == "dead"
    assert terminal.run("alarms", "add", "http://hooks.example/")[0] == 1
    assert terminal.run("alarms", "remove", "wnobody")[0] == 1


def test_a_key_is_for_a_practice_or_for_the_fleet(terminal: Terminal) -> None:
    terminal.run("invite", "--practice", "Elm")
    assert terminal.run("key", "--fleet")[1].startswith("fleet.")
    for words in ((), ("--fleet", "--write"), ("--fleet", "--practice", "Elm")):
        assert terminal.run("key", *words)[0] == 2


def test_every_verb_has_help_with_an_example(terminal: Terminal) -> None:
    for verb in ("fleet", *(f"alarms {one}" for one in ("add", "list", "remove", "test", "resend", "log"))):
        assert "Example" in terminal.run(*verb.split(), "--help")[1], verb


def test_times_are_told_in_a_word() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    told = [ago((now - timedelta(seconds=s)).isoformat(), now) for s in (1.5, 59, 130, 7300, 200_000)]
    assert told == ["1.5 s", "59 s", "2 min", "2 h", "2 d"]
    assert ago(None, now) == "-"
