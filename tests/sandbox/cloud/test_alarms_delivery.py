"""Messages reach their webhooks: signed, in order, again after failures and restarts, and are given up in the end."""

from __future__ import annotations

import itertools
import random
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from agent.model.errors import NeedsPerson
from agent.wire.cloud import Problem
from sandbox.cloud.alarms_desk import Desk
from sandbox.cloud.alarms_seal import Seal, key_from
from sandbox.cloud.alarms_sending import Sender
from sandbox.cloud.fleet_schema import targets
from sandbox.cloud.server import running
from sandbox.cloud.tls import development_tls
from tests.sandbox.cloud.fleet_office import Watched
from tests.sandbox.cloud.receiver import Receiver, receiving
from tests.sandbox.cloud.sender import enrolled, memory_cloud


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


class Post:
    """A watched practice whose alarms go to a receiver."""

    def __init__(self, url: str, receiver: Receiver) -> None:
        self.place, self.receiver = Watched(url), receiver
        self.rng = random.Random(5)
        self.sender = Sender(self.place.clock)
        added = self.place.cloud.alarms.add(receiver.url)
        assert not isinstance(added, Problem), added
        self.target_id, self.secret = added

    def send(self) -> int:
        return self.place.cloud.alarms.send_due(self.sender, self.rng)

    def raise_alarm(self) -> None:
        self.place.beat()
        assert set(self.place.go(16, beats=False)) == {"opened agent_silent"}

    def until_sent(self, most: int = 2000) -> int:
        """Rounds every so often until nothing waits; how many requests came meanwhile."""
        before = len(self.receiver.came)
        for _ in range(most):
            self.send()
            if not self.target().waiting:
                return len(self.receiver.came) - before
            self.place.clock.go(minutes=10)
        raise AssertionError("it never ended")

    def target(self):
        (one,) = self.place.cloud.alarms.targets()
        return one


@pytest.fixture
def post(cloud_url: str, receiver: Receiver) -> Post:
    return Post(cloud_url, receiver)


def test_a_message_arrives_once_signed_and_without_redirects_followed(post: Post) -> None:
    post.raise_alarm()
    assert (post.send(), post.send()) == (1, 0)
    ((headers, body),) = post.receiver.came
    assert headers["content-type"] == "application/json"
    assert headers["webhook-timestamp"] == str(int(post.place.clock.now.timestamp()))
    (told,) = post.receiver.bodies()
    assert (told["type"], told["data"]["code"]) == ("alarm.opened", "agent_silent")
    assert set(told["data"]) == {
        "alarm_id",
        "practice_id",
        "practice_name",
        "code",
        "subject",
        "severity",
        "title",
        "advice",
        "since",
        "opened_at",
        "closed_at",
        "message",
        "facts",
    }
    assert len(body) < 2000


def test_a_receiver_that_answers_500_gets_the_same_id_again_with_a_new_time(post: Post) -> None:
    post.receiver.statuses = [500, 302, 503]
    post.receiver.headers = {"location": post.receiver.url, "retry-after": "1"}
    post.raise_alarm()
    assert post.until_sent() == 4
    assert len(set(post.receiver.ids())) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in post.receiver.came}) == 4
    (line,) = post.place.cloud.alarms.log()
    assert (line.state, line.attempts, post.target().failure) == ("delivered", 4, None)


def test_pauses_grow_and_are_not_the_same_for_all(post: Post) -> None:
    post.receiver.statuses = [500] * 9
    post.raise_alarm()
    times = []
    for _ in range(20_000):
        if post.send():
            times.append(post.place.clock.now)
        (line,) = post.place.cloud.alarms.log()
        if line.next_at is None:
            break
        post.place.clock.now = datetime.fromisoformat(line.next_at)
    pauses = [(after - before).total_seconds() for before, after in itertools.pairwise(times)]
    assert len(pauses) == 9
    for pause, meant in zip(pauses, (5, 30, 120, 600, 1800, 3600, 7200, 7200, 7200), strict=True):
        assert 0.74 * meant < pause < 1.26 * meant
    assert len(set(pauses[-3:])) == 3


def test_retry_after_is_heeded(post: Post) -> None:
    post.receiver.statuses, post.receiver.headers = [429], {"retry-after": "900"}
    post.raise_alarm()
    post.send()
    post.place.clock.go(seconds=890)
    assert post.send() == 0
    post.place.clock.go(seconds=20)
    assert post.send() == 1


def test_a_slow_receiver_is_given_up_for_now_and_holds_up_nobody_else(post: Post) -> None:
    with receiving() as quick:
        post.place.cloud.alarms.add(quick.url)
        post.receiver.slow.clear()
        post.raise_alarm()
        post.sender = Sender(post.place.clock, seconds=1)
        assert post.send() == 2
        assert len(quick.came) == 1
        states = {one.state: one.failure for one in post.place.cloud.alarms.log()}
        assert states == {"waiting": "no answer in time", "delivered": None}
        post.receiver.slow.set()
        post.sender = Sender(post.place.clock)
        post.place.clock.go(minutes=1)
        assert post.send() == 1
        assert (len(quick.came), {one.state for one in post.place.cloud.alarms.log()}) == (1, {"delivered"})


def test_a_receiver_that_disappears_gets_everything_in_order_when_it_is_back_even_after_a_restart(
    cloud_url: str, receiver: Receiver
) -> None:
    post = Post(cloud_url, receiver)
    port = receiver.port
    receiver.stop()
    post.raise_alarm()
    post.send()
    assert post.place.go(10) == ["closed agent_silent"]
    assert post.send() <= 1, "the closing waits for the opening"
    assert post.target().failure == "not reached"
    post.place.cloud.close()
    again, clock = memory_cloud(cloud_url)
    clock.now = post.place.clock.now
    receiver.start(port)
    for _ in range(30):
        clock.go(minutes=10)
        again.alarms.send_due(Sender(clock), post.rng)
    assert [one["type"] for one in receiver.bodies()] == ["alarm.opened", "alarm.closed"]
    again.close()


def test_an_attempt_whose_end_nobody_told_is_made_again_with_the_same_id(post: Post) -> None:
    class Killed(Sender):
        def send(self, due):
            super().send(due)
            raise KeyboardInterrupt

    post.raise_alarm()
    with pytest.raises(KeyboardInterrupt):
        post.place.cloud.alarms.send_due(Killed(post.place.clock), post.rng)
    assert post.send() == 0, "it is under way"
    post.place.clock.go(seconds=61)
    assert post.send() == 1
    assert len(post.receiver.ids()) == 2
    assert len(set(post.receiver.ids())) == 1


def test_after_a_day_a_message_is_dead_and_the_fleet_says_so_until_it_is_sent_again(post: Post) -> None:
    post.receiver.statuses = [500] * 1000
    post.raise_alarm()
    began = post.place.clock.now
    post.until_sent()
    assert timedelta(hours=21) < post.place.clock.now - began < timedelta(hours=26)
    told = post.place.cloud.fleet().delivery
    assert (told.dead, told.waiting, told.targets) == (1, 0, 1)
    assert told.failing and "answered 500" in told.failing[0]
    post.receiver.statuses = []
    assert post.place.cloud.alarms.again(post.target_id) == 1
    assert post.send() == 1
    assert post.place.cloud.fleet().delivery.dead == 0
    assert post.place.cloud.fleet().delivery.failing == []


def test_a_receiver_that_is_gone_is_sent_nothing_any_more(post: Post) -> None:
    post.receiver.statuses = [410]
    post.raise_alarm()
    post.send()
    assert post.place.go(10) == ["closed agent_silent"]
    assert post.send() == 0
    assert post.target().ended_at is not None
    assert [one.state for one in post.place.cloud.alarms.log()] == ["nobody", "dead"]


def test_a_webhook_of_one_practice_hears_of_that_one_only(cloud_url: str, receiver: Receiver) -> None:
    place = Watched(cloud_url)
    other = enrolled(place.cloud, "Oak")
    place.cloud.alarms.add(receiver.url, other.practice_id)
    place.beat()
    place.go(16, beats=False)
    assert place.cloud.alarms.send_due(Sender(place.clock), random.Random(1)) == 0
    assert {one.state for one in place.cloud.alarms.log()} == {"nobody"}


def test_removing_a_webhook_drops_what_waits_for_it(post: Post) -> None:
    post.raise_alarm()
    assert post.place.cloud.alarms.remove(post.target_id) is None
    assert post.send() == 0
    assert isinstance(post.place.cloud.alarms.remove(post.target_id), Problem)


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://hooks.example/a?b=c", True),
        ("http://127.0.0.1:9/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:80/x", True),
        ("http://hooks.example/", False),
        ("http://127.0.0.1.example/", False),
        ("http://localhost@hooks.example/", False),
        ("https://user:secret@hooks.example/", False),
        ("https://hooks.example/#part", False),
        ("https://hooks.example/a b", False),
        ("https:///nothing", False),
        ("https://hooks.example:port/", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_https_is_an_address_except_on_this_machine(url: str, good: bool) -> None:
    cloud, _ = memory_cloud()
    answer = cloud.alarms.add(url)
    assert isinstance(answer, Problem) is not good
    assert good or answer.code == "bad_url"


def test_a_test_message_is_sent_once_and_verifies_with_the_official_library(receiver: Receiver) -> None:
    cloud, clock = memory_cloud()
    clock.now = datetime.now(UTC)  # noqa: TID251  the library checks the time against this machine's clock
    target_id, secret = cloud.alarms.add(receiver.url)
    assert cloud.alarms.test(target_id, Sender(clock)) is None
    assert receiver.verified(secret)
    receiver.statuses = [500]
    assert cloud.alarms.test(target_id, Sender(clock)) == "answered 500"
    clock.go(days=1)
    assert cloud.alarms.send_due(Sender(clock), random.Random(1)) == 0
    assert isinstance(cloud.alarms.test("wnobody", Sender(clock)), Problem)


def test_over_tls_only_a_receiver_that_is_trusted_gets_anything(tmp_path: Path) -> None:
    place = Watched()
    with running(place.cloud, development_tls(tmp_path)) as served:
        target_id, _ = place.cloud.alarms.add(f"{served.url}/nowhere")
        assert place.cloud.alarms.test(target_id, Sender(place.clock)) == "certificate not trusted"
        trust = ssl.create_default_context(cafile=str(served.ca))
        assert place.cloud.alarms.test(target_id, Sender(place.clock, trust)) == "answered 404"


def test_a_secret_lies_sealed_in_the_database_and_opens_with_its_own_key_for_its_own_webhook_only(post: Post) -> None:
    with post.place.cloud._database.read() as db:
        kept = db.execute(select(targets.c.secret)).scalar_one()
    assert post.secret not in kept and len(kept) == 80
    seal = Seal(bytes(32))
    assert seal.open(post.target_id, kept) == post.secret
    assert seal.open("w000000000", kept) is None
    assert Seal(b"x" * 32).open(post.target_id, kept) is None


def test_a_cloud_with_another_key_tells_that_it_cannot_sign_and_sends_nothing(post: Post) -> None:
    post.raise_alarm()
    other = Desk(post.place.cloud._database, post.place.clock, bytes, Seal(b"x" * 32))
    other.send_due(post.sender, post.rng)
    assert (post.receiver.came, post.target().failure) == ([], "its secret does not open")
    post.place.clock.go(minutes=1)
    assert post.send() == 1, "the one with the right key goes on"


def test_what_an_older_version_left_unsealed_is_sealed_and_goes_on_working(post: Post) -> None:
    with post.place.cloud._database.write() as db:
        db.execute(update(targets).values(secret=post.secret))
    assert [post.place.cloud.alarms.seal_plain() for _ in range(2)] == [1, 0]
    with post.place.cloud._database.read() as db:
        assert not db.execute(select(targets.c.secret)).scalar_one().startswith("whsec_")
    post.raise_alarm()
    assert post.send() == 1


def test_a_key_file_is_made_once_for_its_owner_alone_and_one_that_is_open_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "alarms.key"
    key = key_from(file)
    assert key_from(file) == key and len(key) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(NeedsPerson):
        key_from(file)
