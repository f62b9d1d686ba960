"""The way of a message to the webhooks, as it stands in the database: durable, in order per alarm, given up in the end.

At least once: an attempt whose answer was lost is made again, with the same ``webhook-id``. Sends nothing itself.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection, delete, exists, insert, select, update

from sandbox.cloud.alarms_seal import PLAIN, Seal
from sandbox.cloud.fleet_schema import FLEET, deliveries, messages, targets
from sandbox.cloud.names import Entropy, instant
from sandbox.cloud.refusal import refuse

PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200))
"""Pauses before an attempt is made again; the last one goes on."""
GIVE_UP = timedelta(days=1)
"""A message that nobody has taken for so long is dead."""
ATTEMPT = timedelta(seconds=60)
"""An attempt that nobody has told the end of by then (the cloud was killed) is made again."""
LOG_LASTS = timedelta(days=30)
"""So long messages are kept."""
LONGEST_WISH = timedelta(hours=2)
"""A receiver's Retry-After counts up to this."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Due:
    """A message to be sent now."""

    practice_id: str
    message_id: str
    target_id: str
    owner: str
    """The practice that the target belongs to; FLEET = all."""
    url: str
    secret: str
    """As it is kept: sealed."""
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt."""

    failure: str | None
    """Why it failed, in a word or two; None = taken."""
    gone: bool = False
    """The receiver wants nothing any more (410)."""
    wish: timedelta | None = None
    """How long it asked to wait (Retry-After)."""


def check_url(url: str) -> str:
    """The address, if it can be a webhook's: https, or http on this machine; refuses otherwise."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    plain = parts.scheme == "http" and host in _LOOPBACK
    if not host or parts.username is not None or parts.fragment or not (plain or parts.scheme == "https"):
        refuse(422, "bad_url", "The address must be https://..., without user name; http only on this machine")
    if len(url) > 2000 or re.search(r"[\s\x00-\x1f\x7f]", url):
        refuse(422, "bad_url", "The address is too long or holds characters that an address cannot hold")
    return url


def add_target(db: Connection, owner: str, url: str, now: datetime, entropy: Entropy, seal: Seal) -> tuple[str, str]:
    """A new webhook for a practice's alarms, or with FLEET for all; its id and its secret, which is shown this once."""
    target_id = "w" + _word(entropy, 9)
    secret = PLAIN + base64.b64encode(entropy(32)).decode()
    values = {"practice_id": owner, "target_id": target_id, "url": check_url(url)}
    db.execute(insert(targets).values(**values, secret=seal.seal(target_id, secret), added_at=instant(now)))
    return target_id, secret


def seal_plain(db: Connection, seal: Seal) -> int:
    """Seal the secrets that an older version has left as they were; how many."""
    t = targets.c
    plain = db.execute(select(t.target_id, t.secret).where(t.secret.startswith(PLAIN, autoescape=True))).all()
    for target_id, secret in plain:
        mine = update(targets).where(t.target_id == target_id)
        db.execute(mine.values(secret=seal.seal(target_id, secret)))
    return len(plain)


def remove_target(db: Connection, target_id: str) -> None:
    """No message goes there any more, not even those that wait."""
    if db.execute(delete(targets).where(targets.c.target_id == target_id)).rowcount == 0:
        refuse(404, "target_unknown", "There is no such webhook")
    db.execute(delete(deliveries).where(deliveries.c.target_id == target_id))


def post(
    db: Connection,
    practice_id: str,
    kind: str,
    alarm_id: str,
    body: dict[str, Any],
    now: datetime,
    entropy: Entropy,
    only: str | None = None,
) -> str:
    """Put a message on its way to all webhooks concerned (or one); its id."""
    message_id, at = "msg_" + _word(entropy, 24), instant(now)
    whole = {"type": kind, "timestamp": at, "data": body}
    text = orjson.dumps(whole).decode()
    named = {"practice_id": practice_id, "message_id": message_id, "at": at, "alarm_id": alarm_id}
    db.execute(insert(messages).values(**named, kind=kind, body=text))
    t = targets.c
    concerned = select(t.target_id).where(t.practice_id.in_([FLEET, practice_id]), t.ended_at.is_(None))
    for target_id in db.execute(concerned).scalars().all():
        if only in (None, target_id):
            waiting = {"target_id": target_id, "state": "waiting", "attempts": 0, "next_at": at}
            waiting["give_up_at"] = instant(now + GIVE_UP)
            db.execute(insert(deliveries).values(**named, **waiting))
    old = instant(now - LOG_LASTS)
    db.execute(delete(messages).where(messages.c.practice_id == practice_id, messages.c.at < old))
    settled = (deliveries.c.practice_id == practice_id, deliveries.c.state != "waiting", deliveries.c.at < old)
    db.execute(delete(deliveries).where(*settled))
    return message_id


def any_due(db: Connection, now: datetime) -> bool:
    """Whether some message is to be sent now."""
    d = deliveries.c
    return bool(db.execute(select(exists().where(d.state == "waiting", d.next_at <= instant(now)))).scalar())


def claim(db: Connection, now: datetime, limit: int = 50, only: Collection[str] | None = None) -> list[Due]:
    """Messages to be sent now, the oldest first; nobody else gets them while the attempt lasts.

    Of one alarm only the oldest that waits is given: it never closes before it has opened.
    """
    d, t, m, first = deliveries.c, targets.c, messages.c, deliveries.alias()
    f, at = first.c, instant(now)
    same = (f.practice_id == d.practice_id, f.target_id == d.target_id, f.alarm_id == d.alarm_id)
    earlier = exists().where(*same, f.state == "waiting", f.at < d.at)
    joined = deliveries.join(targets, t.target_id == d.target_id).join(
        messages, (m.practice_id == d.practice_id) & (m.message_id == d.message_id)
    )
    columns = (d.practice_id, d.message_id, d.target_id, t.practice_id.label("owner"), t.url, t.secret, m.body)
    asked = select(*columns).select_from(joined).where(d.state == "waiting", d.next_at <= at, ~earlier)
    if only is not None:
        asked = asked.where(d.message_id.in_(only))
    due = []
    for row in db.execute(asked.order_by(d.at).limit(limit)).all():
        mine = (d.practice_id == row.practice_id, d.message_id == row.message_id, d.target_id == row.target_id)
        taken = update(deliveries).where(*mine, d.state == "waiting", d.next_at <= at)
        if db.execute(taken.values(next_at=instant(now + ATTEMPT))).rowcount == 1:
            due.append(Due(**row._asdict()))
    return due


def release(db: Connection, due: Due, now: datetime) -> None:
    """It was not tried after all."""
    db.execute(update(deliveries).where(*_mine(due), deliveries.c.state == "waiting").values(next_at=instant(now)))


def settle(db: Connection, due: Due, answer: Answer, now: datetime, rng: random.Random) -> None:
    """Write down what came of an attempt, and when the next one is made."""
    d, t, at = deliveries.c, targets.c, instant(now)
    row = db.execute(select(d.give_up_at, d.attempts, d.state).where(*_mine(due))).first()
    if row is None or row.state != "waiting":
        return  # removed meanwhile, or another attempt was faster
    whose = update(targets).where(t.practice_id == due.owner, t.target_id == due.target_id)
    mine = update(deliveries).where(*_mine(due))
    attempts = row.attempts + 1
    if answer.failure is None:
        db.execute(mine.values(state="delivered", attempts=attempts, settled_at=at, failure=None))
        db.execute(whose.values(taken_at=at, failed_at=None, failure=None))
        return
    failed = whose.where(t.failed_at.is_(None)).values(failed_at=at)
    db.execute(failed)
    db.execute(whose.values(failure=answer.failure[:60]))
    told = {"attempts": attempts, "failure": answer.failure[:60]}
    if answer.gone:
        db.execute(whose.values(ended_at=at))
        waiting = update(deliveries).where(d.target_id == due.target_id, d.state == "waiting")
        db.execute(waiting.values(state="dead", settled_at=at, failure=answer.failure[:60]))
        return
    pause = PAUSES[min(attempts, len(PAUSES)) - 1] * rng.uniform(0.75, 1.25)
    pause = max(pause, min(answer.wish or timedelta(), LONGEST_WISH))
    if instant(now + pause) > row.give_up_at:
        db.execute(mine.values(state="dead", settled_at=at, **told))
    else:
        db.execute(mine.values(next_at=instant(now + pause), **told))


def drop(db: Connection, due: Due) -> None:
    """If it was not taken, it is dead: it is not tried again."""
    left = update(deliveries).where(*_mine(due), deliveries.c.state == "waiting")
    db.execute(left.values(state="dead"))


def again(db: Connection, target_id: str, now: datetime) -> int:
    """Send once more what a webhook did not take and was given up; how many messages."""
    d, t = deliveries.c, targets.c
    found = update(targets).where(t.target_id == target_id).values(ended_at=None, failed_at=None, failure=None)
    if db.execute(found).rowcount == 0:
        refuse(404, "target_unknown", "There is no such webhook")
    dead = update(deliveries).where(d.target_id == target_id, d.state == "dead")
    fresh = {"next_at": instant(now), "give_up_at": instant(now + GIVE_UP), "settled_at": None, "attempts": 0}
    return int(db.execute(dead.values(state="waiting", **fresh)).rowcount)


def _mine(due: Due) -> tuple[Any, ...]:
    d = deliveries.c
    return (d.practice_id == due.practice_id, d.message_id == due.message_id, d.target_id == due.target_id)


def _word(entropy: Entropy, length: int) -> str:
    return "".join(_ALPHABET[byte & 31] for byte in entropy(length))
