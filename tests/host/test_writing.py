"""The write-back side of a running agent: turns with capture, keys that are kept, support's commands."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from agent.capture.readback import Readback
from agent.cloud.signatures import CommandKeys
from agent.host import enrolment
from agent.host.pausing import Pausing
from agent.host.policy_file import PolicyFile
from agent.host.settings import Cloud, OfficeHours, Pace, Practice, Settings, Source
from agent.host.writing import KeptKeys, Support, Turns, Writing, office_of
from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.model.reasons import REASONS
from agent.model.writing import Settlement, WriteRefused
from agent.store.sealing import Seal
from agent.store.store import Store
from agent.wire.commands import Command, Target
from agent.wire.inbox import Kept
from sandbox.cloud.signing import Signer, SigningKeys

NOW = datetime(2027, 3, 3, 9, 0, tzinfo=UTC)


# Turns ----------------------------------------------------------------------------------------------------------------


class Watched:
    """Stands for the practice: notes whether the turn was held while it was read."""

    def __init__(self, turn: threading.Lock) -> None:
        self._turn = turn
        self.held: dict[str, bool] = {}
        self.halted = "database_changed"

    def _note(self, name: str) -> None:
        self.held[name] = self._turn.locked()

    def now(self) -> datetime:
        self._note("now")
        return NOW

    def look(self, *_: Any) -> dict[str, Any]:
        self._note("look")
        return {}

    def day(self, *_: Any) -> list[Any]:
        self._note("day")
        raise Terminal("column_missing", "A column is missing", "Update the agent.")

    def settle(self, settlement: Settlement, *_: Any) -> Settlement:
        self._note("settle")
        return settlement


def test_the_practice_is_read_in_turns_with_capture():
    turn = threading.Lock()
    watched = Watched(turn)
    turns = Turns(cast("Readback", watched), turn)
    turns.look("patient", ["1"])
    turns.settle(Settlement("c-1", "verified"), "patient", (1,))
    with pytest.raises(Terminal):
        turns.day("appointment", "2027-03-03", "2027-03-03")
    assert watched.held == {"look": True, "settle": True, "day": True}
    assert not turn.locked()


def test_the_clock_and_the_halt_are_told_while_capture_works():
    turn = threading.Lock()
    turns = Turns(cast("Readback", Watched(turn)), turn)
    with turn:
        assert turns.now() == NOW
        assert turns.halted == "database_changed"


# Keys -----------------------------------------------------------------------------------------------------------------


def signing_keys() -> SigningKeys:
    return SigningKeys.make(random.Random(5).randbytes)


def enrolled(home: Path, keys: SigningKeys) -> enrolment.Enrolled:
    trusted = CommandKeys(keys.public_set(), "p1").to_json()
    found = enrolment.Enrolled("p1.a1", "p1", "Elm Street Dental", trusted)
    enrolment.write(home, found)
    return found


def signed(keys: SigningKeys) -> str:
    until = NOW + timedelta(hours=1)
    command = Command(
        command_id="p1.c1",
        practice_id="p1",
        queue_seq=1,
        kind="alert.create",
        target=Target(resource="patient", id="4"),
        payload={"text": "x"},
        issued_at=NOW.isoformat(),
        expires_at=until.isoformat(),
    )
    return Signer(keys, lambda: NOW).sign(command)


def test_a_key_set_that_was_learned_is_on_the_disk_and_trusted_after_a_restart(tmp_path: Path):
    keys = signing_keys()
    rotated = keys.rotate(NOW, random.Random(6).randbytes, revoke=True)
    kept = KeptKeys(tmp_path, enrolled(tmp_path, keys))
    assert kept.version == 1
    with pytest.raises(Terminal, match="not signed by a key"):
        kept.open_command(signed(rotated))
    assert kept.learn(rotated.handovers[-1].jws)
    again = enrolment.read(tmp_path)
    assert again is not None
    for one in (kept, KeptKeys(tmp_path, again)):
        assert one.version == 2
        assert one.open_command(signed(rotated)).command_id == "p1.c1"
        with pytest.raises(Terminal, match="not signed by a key"):
            one.open_command(signed(keys))
    assert (again.agent_id, again.practice_id, again.practice_name) == ("p1.a1", "p1", "Elm Street Dental")


def test_a_key_set_that_a_stranger_has_signed_changes_nothing(tmp_path: Path):
    kept = KeptKeys(tmp_path, enrolled(tmp_path, signing_keys()))
    before = (tmp_path / "enrolment.json").read_bytes()
    stranger = SigningKeys.make(random.Random(7).randbytes).rotate(NOW, random.Random(8).randbytes)
    assert not kept.learn(stranger.handovers[-1].jws)
    assert not kept.learn("no.key.set")
    assert kept.version == 1
    assert (tmp_path / "enrolment.json").read_bytes() == before


# Support's commands ---------------------------------------------------------------------------------------------------


def asked(kind: str, payload: dict[str, Any] | None = None) -> Command:
    return Command(
        command_id="p1.c1",
        practice_id="p1",
        queue_seq=1,
        kind=kind,
        target=Target(resource="agent"),
        payload=payload or {},
        issued_at=NOW.isoformat(),
        expires_at=NOW.isoformat(),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.db", Seal(bytes(32)), lambda: 1000.0)
    yield made
    made.close()


class Still:
    """A clock that stands."""

    def time(self) -> float:
        return 1_790_000_000.0

    def monotonic(self) -> float:
        return 0.0


def test_commands_of_support_go_through_the_mailbox(store: Store):
    support = Support(store.requests, lambda _: None)
    for kind in ("agent.sync_now", "agent.snapshot", "agent.reconcile"):
        support.carry_out(asked(kind, {"repair": True} if kind == "agent.reconcile" else None))
    found = []
    while (one := store.requests.next()) is not None:
        found.append((one.kind, dict(one.arguments)))
        store.requests.tell(one.id, "done", {})
    assert found == [("sync", {}), ("snapshot", {}), ("reconcile", {"repair": True})]


def test_support_can_pause_and_go_on(store: Store, tmp_path: Path):
    pausing = Pausing(tmp_path, Still())
    support = Support(store.requests, lambda _: None, pausing)
    support.carry_out(asked("agent.pause", {"minutes": 30}))
    assert pausing.until == Still().time() + 1800
    support.carry_out(asked("agent.resume"))
    assert pausing.until is None
    with pytest.raises(WriteRefused, match="kind_not_offered"):
        Support(store.requests, lambda _: None).carry_out(asked("agent.resume"))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Retry("offline", "The cloud cannot be reached", "Wait."), "bundle_not_sent"),
        (NeedsPerson("token_refused", "The cloud refuses", "Enrol."), "bundle_not_sent"),
        (Terminal("too_large", "Too large", "Ask."), "bundle_refused"),
    ],
)
def test_a_bundle_that_cannot_be_sent_waits_and_one_that_is_refused_ends(store: Store, error: AgentError, code: str):
    def diagnose(command_id: str) -> None:
        assert command_id == "p1.c1"
        raise error

    with pytest.raises(AgentError) as caught:
        Support(store.requests, diagnose).carry_out(asked("agent.collect_diagnostics"))
    assert caught.value.code == code
    assert REASONS[code].ends == ("waits" if code == "bundle_not_sent" else "rejected")
    assert isinstance(caught.value, Retry if code == "bundle_not_sent" else WriteRefused)


# The office -----------------------------------------------------------------------------------------------------------


def test_the_hours_of_the_settings_hold_for_bookings(tmp_path: Path):
    settings = Settings(
        practice=Practice.model_validate({"pms": "eaglesoft", "time_zone": "America/Chicago"}),
        source=Source(connection="DSN=Elm", dialect="sqlite"),
        cloud=Cloud(url="https://feed.example.com"),
        pace=Pace(office_hours=(OfficeHours(days=("mon",), opens="09:00", closes="12:00"),)),
    )
    office = office_of(settings, PolicyFile(tmp_path))
    assert [(one.days, one.opens, one.closes) for one in office.hours] == [(("mon",), "09:00", "12:00")]
    assert office.zone == "America/Chicago"
    assert office.policy().booking.hours is None


# A pause --------------------------------------------------------------------------------------------------------------


def test_in_a_pause_only_what_support_asks_is_done(store: Store, tmp_path: Path):
    done: list[str] = []

    class Engine:
        def step(self) -> float:
            done.append("step")
            return 0.0

        def bring(self, kept: Kept) -> float:
            done.append(kept.command.kind)
            return 0.0

    writing = object.__new__(Writing)
    pausing = Pausing(tmp_path, Still())

    class Watch:
        def look(self) -> None:
            done.append("look")

    vars(writing).update(engine=Engine(), watch=Watch(), _pausing=pausing, _inbox=store.inbox, _clock=Still())
    alert = asked("agent.resume").model_copy(
        update={"command_id": "p1.c0", "kind": "alert.create", "target": Target(resource="patient", id="4")}
    )
    store.inbox.receive(alert, 2e9, look_first=False)
    writing.step()
    pausing.begin(1)
    assert writing.step() > 0
    store.inbox.receive(asked("agent.resume"), 2e9, look_first=False)
    writing.step()
    pausing.end()
    writing.step()
    assert done == ["look", "step", "agent.resume", "look", "step"]
