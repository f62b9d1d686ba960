"""The signer's process: its keys are its own, its limits hold, and it may die and come back."""

from __future__ import annotations

import io
import os
import random
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from agent.cloud.signatures import CommandKeys
from agent.model.errors import NeedsPerson
from agent.wire.commands import Command, Target
from sandbox.cloud.keyfile import KeyFile
from sandbox.cloud.names import instant
from sandbox.cloud.signer import SigningDesk, serve
from sandbox.cloud.signer_process import SignerProcess
from sandbox.cloud.signing import SignerLimits, SignerRefused, SigningKeys
from tests.cloud.conftest import Ticking
from tests.sandbox.cloud.sender import Moment


def a_command(number: int = 1, kind: str = "alert.create", expires_in: float = 60) -> Command:
    moment = Moment()
    moment.now = moment.now.fromtimestamp(Ticking().time(), moment.now.tzinfo)
    issued = instant(moment())
    moment.go(seconds=expires_in)
    return Command(
        command_id=f"p1.c{number}",
        practice_id="p1",
        queue_seq=number,
        kind=kind,
        target=Target(resource="patient", id="P1"),
        payload={"text": "x"},
        issued_at=issued,
        expires_at=instant(moment()),
    )


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "signer.json"


@pytest.fixture
def signer(key: Path) -> Iterator[SignerProcess]:
    made = SignerProcess(key, SignerLimits(per_minute=4), make=True)
    yield made
    made.close()


def child_of(signer: SignerProcess) -> int:
    assert signer._child is not None
    return signer._child._process.pid


def test_it_signs_what_agents_trust_and_keeps_its_key_for_itself(signer: SignerProcess, key: Path) -> None:
    keys = CommandKeys.from_key_set(signer.key_set().model_dump(), "p1")
    command = a_command()
    assert keys.open_command(signer.sign(command)) == command
    assert signer.handover(keys.version) is None
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.with_name("signer.json.journal").stat().st_mode) == 0o600
    assert "x" not in key.with_name("signer.json.journal").read_text().split()


def test_a_signer_that_died_comes_back_with_its_limits(signer: SignerProcess) -> None:
    for number in range(2):
        signer.sign(a_command(number))
    os.kill(child_of(signer), signal.SIGKILL)
    told = []
    for number in range(10, 20):
        try:
            signer.sign(a_command(number))
            told.append("signed")
        except SignerRefused as refused:
            told.append(refused.code)
    # The first question may have met the dead one.
    known = [one for one in told if one != "signer_unavailable"]
    assert (known[:2], set(known[2:])) == (["signed", "signed"], {"too_many_commands"})


def test_it_refuses_whatever_the_serving_process_asks_beyond_its_limits(key: Path) -> None:
    desk = SigningDesk(KeyFile(key), SignerLimits(kinds=frozenset({"alert.create"}), max_bytes=2000), make=True)

    def refusal(command: Command) -> str:
        asked = {"ask": "sign", "command": command.model_dump()}
        return str(desk.answer(orjson.dumps(asked)).get("refused"))

    assert refusal(a_command(kind="payment.post")) == "kind_not_signed"
    assert refusal(a_command(expires_in=31 * 86_400)) == "expires_too_late"
    assert refusal(a_command().model_copy(update={"expires_at": "never"})) == "expires_too_late"
    assert refusal(a_command().model_copy(update={"expires_at": "2026-01-01T00:00:00"})) == "expires_too_late"
    assert refusal(a_command().model_copy(update={"payload": {"text": "x" * 2000}})) == "too_large"
    assert refusal(a_command()) == "None"


def test_it_answers_nonsense_with_a_refusal_and_goes_on(key: Path) -> None:
    desk = SigningDesk(KeyFile(key), SignerLimits(), make=True)
    asked, answers = io.BytesIO(b'\n{\n[]\n7\n{}\n{"ask":"sign"}\n{"ask":"keys"}\n'), io.BytesIO()
    serve(desk, asked, answers)
    told = [orjson.loads(line) for line in answers.getvalue().splitlines()]
    assert [one.get("refused") for one in told] == ["not_signed"] * 6 + [None]
    assert told[-1]["key_set"]["version"] == 1
    assert not any("d" in one for one in told[-1]["key_set"]["keys"])


def test_a_rotation_is_taken_up_while_it_runs(signer: SignerProcess, key: Path) -> None:
    keys = CommandKeys.from_key_set(signer.key_set().model_dump(), "p1")
    before = signer.sign(a_command(1))
    KeyFile(key).rotate(Moment()(), random.Random(1).randbytes)
    after = signer.sign(a_command(2))
    handover = signer.handover(keys.version)
    assert handover is not None and keys.learn(handover)
    assert [keys.open_command(one).queue_seq for one in (before, after)] == [1, 2]
    signer.close()
    assert signer.handover(1) == handover


def test_keys_that_others_could_read_or_that_are_missing_are_not_used(key: Path) -> None:
    missing = SignerProcess(key)
    with pytest.raises(SignerRefused) as refused:
        missing.key_set()
    missing.close()
    assert refused.value.code == "signer_unavailable"
    assert not key.exists()
    KeyFile(key).load(random.Random(1).randbytes)
    key.chmod(0o640)
    for path in (key, key.with_name("nothing.json")):
        with pytest.raises(NeedsPerson):
            KeyFile(path).load()
    key.chmod(0o600)
    key.write_text("{}")
    with pytest.raises(NeedsPerson):
        KeyFile(key).rotate(Moment()(), random.Random(1).randbytes)


def test_a_long_journal_begins_anew_and_the_last_hour_is_still_known(key: Path) -> None:
    file, moment = KeyFile(key), Moment()
    key.with_name("signer.json.journal").write_text("1.0 p1 p1.c0 alert.create\nnonsense\n" + "#" * 5_000_000)
    file.note(a_command(1), moment())
    moment.go(minutes=30)
    file.note(a_command(2), moment())
    assert [practice for practice, _ in file.recent(moment())] == ["p1", "p1"]
    moment.go(minutes=40)
    assert len(file.recent(moment())) == 1


def test_the_keys_are_the_same_for_the_same_entropy_and_different_otherwise() -> None:
    made = [SigningKeys.make(random.Random(seed).randbytes).private["kid"] for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
