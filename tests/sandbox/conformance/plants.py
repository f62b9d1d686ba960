"""Faults that are planted into the reference cloud, each with the rule (or subject) that must find it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from agent.wire.commands import FINAL, CommandStep
from sandbox.cloud import (
    applying,
    batches,
    bundles,
    commanding,
    completing,
    delivering,
    enrolments,
    queueing,
    reconciling,
    reporting,
    schema,
    sessions,
    signing,
    tokens,
    waiting,
)
from sandbox.cloud.bell import Bell
from sandbox.cloud.refusal import refuse
from sandbox.cloud.signing import Signer, SigningKeys

Plant = Callable[[pytest.MonkeyPatch], None]


def never(*_: Any, **__: Any) -> bool:
    return False


def nothing(*_: Any, **__: Any) -> None:
    return None


def forging(patch: pytest.MonkeyPatch) -> None:
    foreign = SigningKeys.make(random.Random(4).randbytes).private
    patch.setattr(Signer, "sign", lambda _, command: signing._compact(command.model_dump_json().encode(), foreign))


def forgetful(patch: pytest.MonkeyPatch) -> None:
    real = enrolments.enrol

    def enrol(db: Connection, *asked: Any) -> Any:
        db.execute(update(schema.invitations).values(used_at=None))
        return real(db, *asked)

    patch.setattr(enrolments, "enrol", enrol)


def careless(patch: pytest.MonkeyPatch) -> None:
    real: Any = completing.complete
    patch.setattr(sessions, "complete", lambda *asked: real(*asked[:-1], completing.DeleteLimit(share=1.0)))


def uncounted(patch: pytest.MonkeyPatch) -> None:
    real = delivering.deliver

    def deliver(*asked: Any) -> Any:
        return [one.model_copy(update={"delivery_count": 1}) for one in real(*asked)]

    patch.setattr(delivering, "deliver", deliver)


def backwards(patch: pytest.MonkeyPatch) -> None:
    real = delivering.deliver
    patch.setattr(delivering, "deliver", lambda *asked: real(*asked)[::-1])


def delivered_once(patch: pytest.MonkeyPatch) -> None:
    real = delivering.deliver

    def deliver(db: Connection, agent_id: str, *asked: Any) -> Any:
        found = real(db, agent_id, *asked)
        db.execute(update(schema.commands).values(kept=True))
        return found

    patch.setattr(delivering, "deliver", deliver)


def keyless(patch: pytest.MonkeyPatch) -> None:
    real, count = queueing.queue, iter(range(10**6))
    patch.setattr(queueing, "queue", lambda db, s, p, key, *more: real(db, s, p, f"{key}-{next(count)}", *more))


def deaf(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Bell, "ring", nothing)
    patch.setattr(waiting.Waiting, "_look", nothing)


def quoting(patch: pytest.MonkeyPatch) -> None:
    real = queueing._check

    def checked(request: Any) -> None:
        if "txet" in request.payload:
            refuse(422, "bad_command", f"not good: {request.payload}", field="payload.txet")
        real(request)

    patch.setattr(queueing, "_check", checked)


def unhashed(patch: pytest.MonkeyPatch) -> None:
    class Same(str):
        def __ne__(self, other: object) -> bool:
            return False

        __hash__ = str.__hash__

    patch.setattr(batches, "version_of", lambda _: Same())


def unchained(patch: pytest.MonkeyPatch) -> None:
    real = sessions.locate

    def locate(db: Connection, agent_id: str, header: Any, frames: Any) -> Any:
        held = sessions.position(db, agent_id.split(".", maxsplit=1)[0], header.epoch)
        return real(db, agent_id, header.model_copy(update={"previous": held.chain}), frames)

    patch.setattr(sessions, "locate", locate)


def forgotten(patch: pytest.MonkeyPatch) -> None:
    real = bundles.take

    def take(db: Connection, *asked: Any) -> Any:
        db.execute(delete(bundles.bundles))
        return real(db, *asked)

    patch.setattr(bundles, "take", take)


def setting(owner: object, name: str, value: object) -> Plant:
    return lambda patch: patch.setattr(owner, name, value)


def any_agent(db: Connection, agent_id: str) -> Any:
    return db.execute(select(schema.agents).where(schema.agents.c.agent_id == agent_id)).first()


def without_reason(**said: Any) -> CommandStep:
    return CommandStep(**said | {"reason_code": None})


PLANTED: list[tuple[str, Plant, str]] = [
    ("takes any code again", forgetful, "enrolment"),
    (
        "replaced agents stay",
        setting(tokens, "active_agent", any_agent),
        "enrolment.one_agent",
    ),
    ("assertions serve often", setting(tokens, "_use_once", nothing), "token.once"),
    ("assertions for anybody", setting(tokens, "_check_claims", nothing), "token.right"),
    ("every epoch goes on", setting(sessions, "_holds", lambda *_: True), "session.other_course"),
    ("no epoch goes on", setting(sessions, "_holds", never), "session.resume"),
    ("old sessions come back", setting(sessions, "_newest", nothing), "session.newest_sends"),
    ("versions are not checked", unhashed, "batch.whole"),
    ("chains are not checked", unchained, "batch.chain"),
    ("what is known is entered again", setting(applying.Applier, "_mark", nothing), "feed"),
    ("complete deletes nothing", setting(sessions, "complete", nothing), "feed.complete"),
    ("complete deletes everything", careless, "feed.mass_delete"),
    ("nothing ever differs", setting(reconciling, "member_digest", lambda *_: 0), "reconcile.digests"),
    ("keys are not looked at", keyless, "command.same_key"),
    ("requests are not compared", setting(queueing, "_hash_of", lambda _: "0" * 64), "command.other_request"),
    ("fields are not checked", setting(queueing, "_check", nothing), "command.fields"),
    ("values are quoted", quoting, "command.fields"),
    ("a foreign key signs", forging, "command.signed"),
    ("retries are not checked", setting(queueing, "_check_retry", nothing), "command.retry"),
    ("commands come backwards", backwards, "delivery.order"),
    ("deliveries are not counted", uncounted, "delivery.until_kept"),
    ("commands are delivered once", delivered_once, "delivery.until_kept"),
    ("receipts outlive the store", setting(sessions, "forget_receipts", nothing), "delivery.new_epoch"),
    ("any session may fetch", setting(delivering, "newest_session", nothing), "delivery.superseded"),
    ("nobody is woken", deaf, "delivery.woken"),
    ("nobody waits", setting(waiting, "MAX_WAIT", 0.0), "delivery.waits"),
    ("reasons are dropped", setting(commanding, "CommandStep", without_reason), "report.steps"),
    ("late reports count", setting(reporting, "_MAX_NUMBER", 2), "report"),
    ("an end is not the end", setting(reporting, "FINAL", frozenset()), "report.one_end"),
    ("a person's turn is the end", setting(reporting, "FINAL", FINAL | {"needs_person"}), "report.open"),
    (
        "unknown commands are refused",
        setting(reporting, "_command", lambda *_: refuse(404, "x", "x")),
        "report.unknown",
    ),
    ("nothing expires", setting(delivering, "expire", nothing), "expiry.cloud"),
    ("any file is a bundle", setting(bundles, "_manifest", lambda *_: {}), "diagnostics.unfit"),
    ("bundles are forgotten", forgotten, "diagnostics.other"),
]
