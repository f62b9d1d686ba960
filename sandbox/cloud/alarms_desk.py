"""What people ask of alarms (webhooks, log, a test), and one round of sending; each call one transaction or two."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from sandbox.cloud import alarms_delivery as delivery
from sandbox.cloud.alarms_seal import Seal
from sandbox.cloud.alarms_sending import Sender
from sandbox.cloud.database import Database
from sandbox.cloud.fleet_schema import FLEET, deliveries, messages, targets
from sandbox.cloud.names import Entropy
from sandbox.cloud.refusal import answers_problems, refuse


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook, without its secret."""

    target_id: str
    practice_id: str | None
    """Whose alarms it gets; None = all."""
    url: str
    added_at: str
    taken_at: str | None
    failed_at: str | None
    failure: str | None
    ended_at: str | None
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A message, and what became of it at one webhook."""

    at: str
    message_id: str
    kind: str
    alarm_id: str
    target_id: str | None
    """None = there was no webhook."""
    state: str
    attempts: int
    failure: str | None
    next_at: str | None


class Desk:
    """Webhooks and messages."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], entropy: Entropy, seal: Seal | None = None
    ) -> None:
        """``seal`` None: no webhook can be added, and nothing is sent."""
        self._database = database
        self._now = now
        self._entropy = entropy
        self._seal = seal

    @answers_problems
    def add(self, url: str, practice_id: str | None = None) -> tuple[str, str]:
        """A new webhook; its id and its secret, which is shown this once."""
        seal = self._sealing()
        with self._database.write() as db:
            return delivery.add_target(db, practice_id or FLEET, url, self._now(), self._entropy, seal)

    def seal_plain(self) -> int:
        """Seal the secrets that an older version has left as they were; how many."""
        if self._seal is None:
            return 0
        with self._database.write() as db:
            return delivery.seal_plain(db, self._seal)

    @answers_problems
    def remove(self, target_id: str) -> None:
        """No message goes there any more."""
        with self._database.write() as db:
            delivery.remove_target(db, target_id)

    @answers_problems
    def again(self, target_id: str) -> int:
        """Send once more what was given up; how many messages."""
        with self._database.write() as db:
            return delivery.again(db, target_id, self._now())

    def targets(self) -> list[Target]:
        """All webhooks."""
        with self._database.read() as db:
            t, d = targets.c, deliveries.c
            states: dict[tuple[str, str], int] = {}
            for target_id, state in db.execute(select(d.target_id, d.state).where(d.state != "delivered")):
                states[target_id, state] = states.get((target_id, state), 0) + 1
            return [
                Target(
                    row.target_id,
                    None if row.practice_id == FLEET else row.practice_id,
                    row.url,
                    row.added_at,
                    row.taken_at,
                    row.failed_at,
                    row.failure,
                    row.ended_at,
                    states.get((row.target_id, "waiting"), 0),
                    states.get((row.target_id, "dead"), 0),
                )
                for row in db.execute(select(targets).order_by(t.added_at, t.target_id))
            ]

    def log(self, practice_id: str | None = None, limit: int = 50) -> list[Logged]:
        """The newest messages, the newest first."""
        m, d = messages.c, deliveries.c
        joined = messages.outerjoin(deliveries, (d.practice_id == m.practice_id) & (d.message_id == m.message_id))
        columns = (m.at, m.message_id, m.kind, m.alarm_id, d.target_id, d.state, d.attempts, d.failure, d.next_at)
        asked = select(*columns).select_from(joined).order_by(m.at.desc(), m.message_id, d.target_id).limit(limit)
        if practice_id is not None:
            asked = asked.where(m.practice_id == practice_id)
        with self._database.read() as db:
            return [
                Logged(
                    row.at,
                    row.message_id,
                    row.kind,
                    row.alarm_id,
                    row.target_id,
                    row.state or "nobody",
                    row.attempts or 0,
                    row.failure,
                    row.next_at if row.state == "waiting" else None,
                )
                for row in db.execute(asked)
            ]

    @answers_problems
    def test(self, target_id: str, sender: Sender) -> str | None:
        """Send a test message now; why it failed, or None. It is sent once."""
        with self._database.write() as db:
            if db.execute(select(targets.c.target_id).where(targets.c.target_id == target_id)).first() is None:
                refuse(404, "target_unknown", "There is no such webhook")
            told = {"title": "This is a test", "advice": "Nothing needs to be done.", "target": target_id}
            asked = (db, FLEET, "alarm.test", f"test.{target_id}", told, self._now(), self._entropy)
            message_id = delivery.post(*asked, only=target_id)
            due = delivery.claim(db, self._now(), only=[message_id])
        if not due:
            refuse(409, "target_ended", "The webhook has ended; begin again with practice-cloud alarms resend")
        ((one, answer),) = self._send(due, sender)
        assert answer is not None
        with self._database.write() as db:
            delivery.settle(db, one, answer, self._now(), random.Random(0))
            delivery.drop(db, one)
        return answer.failure

    def send_due(self, sender: Sender, rng: random.Random) -> int:
        """One round of sending; how many messages were tried."""
        if self._seal is None:
            return 0
        with self._database.read() as db:
            if not delivery.any_due(db, self._now()):
                return 0
        with self._database.write() as db:
            due = delivery.claim(db, self._now())
        answers = self._send(due, sender) if due else []
        for one, answer in answers:
            with self._database.write() as db:
                if answer is None:
                    delivery.release(db, one, self._now())
                else:
                    delivery.settle(db, one, answer, self._now(), rng)
        return sum(1 for _, answer in answers if answer is not None)

    def _send(self, due: list[delivery.Due], sender: Sender) -> list[tuple[delivery.Due, delivery.Answer | None]]:
        """Send what can be signed; what cannot, because its secret does not open, counts as not taken."""
        seal = self._sealing()
        signed = [(one, seal.open(one.target_id, one.secret)) for one in due]
        sent = sender.send(replace(one, secret=secret) for one, secret in signed if secret is not None)
        return [
            *sent,
            *((one, delivery.Answer("its secret does not open")) for one, secret in signed if secret is None),
        ]

    def _sealing(self) -> Seal:
        if self._seal is None:
            refuse(503, "alarms_off", "This cloud has no key for alarms")
        return self._seal
