"""The courier: commands are kept before the cloud is told so, what is no command of ours is refused, reports arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent.model.clock import iso_utc
from agent.model.errors import AgentError, Retry, Terminal
from agent.wire.commands import Command, CommandsPage, Delivery, Reports, ReportsAccepted
from agent.writeback.courier import Courier
from tests.writeback.bench import Bench, command

EMAIL = {"email": "new@example.com"}


class PlainCloud:
    """Hands out pages; takes reports."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.deliveries: list[Delivery] = []
        self.key_set: str | None = None
        self.taken: list[Reports] = []
        self.error: AgentError | None = None
        self.meanwhile: Callable[[], None] = lambda: None
        """What happens while a poll waits."""

    def commands(self, session: str, wait: float, keys: int = 0) -> CommandsPage:
        """What there is."""
        self.meanwhile()
        if self.error is not None:
            raise self.error
        page = CommandsPage(
            deliveries=self.deliveries, cloud_time=iso_utc(self.bench.clock.cloud), key_set=self.key_set
        )
        self.deliveries = []
        return page

    def report(self, reports: Reports) -> ReportsAccepted:
        """Take them."""
        if self.error is not None:
            raise self.error
        self.taken.append(reports)
        return ReportsAccepted(accepted=len(reports.reports))

    def told(self) -> list[tuple[str, str, str | None, str | None]]:
        """What it was told: command, state, reason, rule."""
        return [(r.command_id, r.state, r.reason_code, r.rule) for told in self.taken for r in told.reports]


class PlainKeys:
    """Opens what was put in; anything else is forged."""

    version = 1

    def __init__(self) -> None:
        self.known: dict[str, Command | AgentError] = {}

    def open_command(self, compact: str) -> Command:
        """The command."""
        found = self.known.get(compact) or refused("signature_invalid", compact.partition(" ")[2] or None)
        if isinstance(found, AgentError):
            raise found
        return found

    def learn(self, compact: str) -> bool:
        """Everything is newer, once."""
        fresh = compact not in self.known
        self.known[compact] = refused("malformed", None)
        return fresh


def refused(code: str, claimed: str | None) -> Terminal:
    return Terminal(code, "no", "no", command_id=claimed)


class Post:
    """A courier between a plain cloud and a real inbox."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.cloud = PlainCloud(bench)
        self.keys = PlainKeys()
        self.session: str | None = "s"
        self.events: list[tuple[str, Any]] = []
        self.begin()

    def begin(self) -> None:
        """A new process."""
        self.courier = Courier(
            self.bench.inbox,
            self.cloud,
            self.keys,
            self.bench.clock,
            session=lambda: self.session,
            report=lambda code, **fields: self.events.append((code, fields)),
        )

    def send(self, made: Command, count: int = 1) -> None:
        """The cloud has a command."""
        self.keys.known[made.command_id] = made
        self.cloud.deliveries.append(Delivery(jws=made.command_id, delivery_count=count))

    def forge(self, compact: str) -> None:
        """Somebody else has put something in."""
        self.cloud.deliveries.append(Delivery(jws=compact, delivery_count=1))


@pytest.fixture
def post(bench: Bench) -> Post:
    return Post(bench)


def test_a_command_is_kept_and_the_cloud_is_told_so(post: Post):
    post.send(command("patient.update_contact", "p1", EMAIL))
    assert post.courier.fetch() == 0.0
    post.courier.deliver()
    kept = post.bench.inbox.get("c1")
    assert kept is not None and kept.expires == post.bench.clock.cloud + 86_400 and not kept.look_first
    assert post.cloud.told() == [("c1", "received", None, None)]
    assert post.events == [("command_received", {"kind": "patient.update_contact"})]


def test_what_cannot_be_told_stays_to_be_told(post: Post):
    post.bench.give("patient.update_contact", "p1", EMAIL)
    post.cloud.error = Retry("cloud_unreachable", "away", "Wait.")
    with pytest.raises(Retry):
        post.courier.deliver()
    post.cloud.error = None
    post.courier.deliver()
    assert post.cloud.told() == [("c1", "received", None, None)]
    assert post.courier.deliver() > 0 and len(post.cloud.taken) == 1


def test_nothing_travels_without_a_session(post: Post):
    post.session = None
    post.send(command("patient.update_contact", "p1", EMAIL))
    assert post.courier.fetch() > 0 and post.courier.deliver() > 0
    assert len(post.cloud.deliveries) == 1 and post.bench.inbox.open() == []


def test_a_command_delivered_again_that_is_not_there_is_looked_for_first(post: Post):
    post.send(command("patient.update_contact", "p1", EMAIL), count=2)
    post.courier.fetch()
    kept = post.bench.inbox.get("c1")
    assert kept is not None and kept.look_first


def test_a_command_delivered_again_that_is_there_is_reported_again_as_it_stands(post: Post):
    made = command("patient.update_contact", "p1", EMAIL)
    post.send(made)
    post.courier.fetch()
    post.bench.wait(60)
    post.courier.deliver()
    before = post.cloud.taken[-1].reports[-1]
    post.send(made, count=2)
    post.courier.fetch()
    post.courier.deliver()
    again = post.cloud.taken[-1].reports[-1]
    assert again.number > before.number
    assert again.model_copy(update={"number": before.number}) == before
    assert len(post.bench.effects("c1")) == 1


@pytest.mark.parametrize("code", ["signature_invalid", "not_addressed", "malformed"])
def test_what_is_forged_foreign_or_malformed_is_refused_and_written_down(post: Post, code: str):
    post.keys.known["x"] = refused(code, "c9")
    post.forge("x")
    post.send(command("patient.update_contact", "p1", EMAIL))
    post.courier.fetch()
    post.courier.deliver()
    assert post.cloud.told() == [("c9", "rejected", code, None), ("c1", "received", None, None)]
    assert ("command_refused", {"reason": code}) in post.events
    (line,) = post.bench.audit.entries("c9")
    assert (line.event, line.detail["reason"]) == ("refused", code)
    assert post.bench.inbox.get("c9") is None


def test_a_forgery_of_a_command_that_is_kept_changes_nothing_about_it(post: Post):
    post.send(command("patient.update_contact", "p1", EMAIL))
    post.courier.fetch()
    post.forge("forged c1")
    post.courier.fetch()
    post.courier.deliver()
    assert [told[:2] for told in post.cloud.told()] == [("c1", "received")]
    assert [line.event for line in post.bench.audit.entries("c1")] == ["received", "refused"]


def test_what_cannot_be_read_at_all_is_an_error_and_stops_nothing_else(post: Post):
    post.forge("noise")
    post.send(command("patient.update_contact", "p1", EMAIL))
    with pytest.raises(Retry) as caught:
        post.courier.fetch()
    assert caught.value.code == "command_unreadable"
    assert [kept.command.command_id for kept in post.bench.inbox.open()] == ["c1"]


@pytest.mark.parametrize("name", ["issued_at", "expires_at"])
@pytest.mark.parametrize("instant", ["soon", "2026-03-03T14:00:00"])
def test_a_command_whose_times_cannot_be_read_is_malformed(post: Post, name: str, instant: str):
    post.send(command("patient.update_contact", "p1", EMAIL, **{name: instant}))
    post.courier.fetch()
    post.courier.deliver()
    assert post.cloud.told() == [("c1", "rejected", "malformed", name)] and post.bench.inbox.open() == []


def test_a_replayed_id_with_other_content_is_refused_and_noted(post: Post):
    post.send(command("patient.update_contact", "p1", EMAIL))
    post.courier.fetch()
    post.send(command("patient.update_contact", "p2", EMAIL))
    post.courier.fetch()
    post.bench.wait(60)
    assert post.bench.practice.tables["patient"]["p2"]["email"] is None
    assert [line.detail.get("reason") for line in post.bench.audit.entries("c1")][1] == "replayed"


def test_what_comes_after_the_end_is_left_to_the_cloud(post: Post):
    post.send(command("patient.update_contact", "p1", EMAIL))
    post.cloud.meanwhile = post.courier.close
    assert post.courier.fetch() > 0
    assert post.bench.inbox.open() == []


def test_a_poll_that_is_broken_off_at_the_end_is_no_error(post: Post):
    post.cloud.error = Retry("cloud_unreachable", "away", "Wait.")
    with pytest.raises(Retry):
        post.courier.fetch()
    post.courier.close()
    assert post.courier.fetch() > 0


def test_the_clouds_clock_is_remembered_over_a_restart(post: Post):
    post.bench.clock.wrong = -3600.0
    assert post.courier.cloud_now() == post.bench.clock.time()
    post.courier.fetch()
    assert post.courier.cloud_now() == pytest.approx(post.bench.clock.cloud, abs=0.002)
    post.bench.restart()
    post.begin()
    assert post.courier.cloud_now() == pytest.approx(post.bench.clock.cloud, abs=0.002)
    assert post.courier.polled is None


def noted(order: list[str], word: str, call: Callable[[str], Any]) -> Callable[[str], Any]:
    def noting(compact: str) -> Any:
        order.append(word)
        return call(compact)

    return noting


def test_newer_keys_are_learned_before_the_commands_that_they_have_signed(post: Post):
    order: list[str] = []
    post.keys.learn = noted(order, "learn", post.keys.learn)
    post.keys.open_command = noted(order, "open", post.keys.open_command)
    post.cloud.key_set = "keys"
    post.send(command("patient.update_contact", "p1", EMAIL))
    post.courier.fetch()
    assert order == ["learn", "open"] and ("command_keys_renewed", {}) in post.events
    post.courier.fetch()
    assert [code for code, _ in post.events].count("command_keys_renewed") == 1
