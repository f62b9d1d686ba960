"""Enrols a home with its cloud and takes it back; the private key is in the keyring before the cloud hears of it.

A new key waits under a name of its own until the cloud has accepted it: an enrolment that fails harms no present one,
and one that was interrupted is repeated with the same key, which the cloud answers as it did before.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import orjson

from agent import __version__
from agent.cloud.identity import Identity
from agent.host import enrolment, settings_file
from agent.host.agent import new_client, open_client
from agent.host.enrolment import Enrolled
from agent.host.home import Home
from agent.host.secret_names import IDENTITY_KEY, NEXT_IDENTITY_KEY, STORE_KEY
from agent.host.status_file import FILE as STATUS_FILE
from agent.model.clock import Clock
from agent.model.errors import NeedsPerson, Retry
from agent.platform.host_id import host_id
from agent.platform.secrets import Secrets
from agent.wire.cloud import Enrolment

_NOT_KNOWN = frozenset({"agent_unknown", "agent_replaced", "token_refused"})
"""What the cloud answers when it does not take this agent for the practice's any more."""


def enrol(home: Home, code: str, clock: Clock, *, takeover: bool = False) -> Enrolled:
    """Exchange a one-time code for an enrolment, with a fresh key.

    Raises:
        NeedsPerson: ``enrolled_already``, ``home_in_use``, ``not_initialised``, and what the cloud says of the code:
            ``code_unknown``, ``code_used``, ``code_expired``, ``already_enrolled``.
        Retry: the cloud is away; nothing has changed, or the same call again goes on where this one ended.
    """
    settings = settings_file.read(home.path)
    with home.lock():
        secrets = Secrets(home.path)
        kept = secrets.get(NEXT_IDENTITY_KEY)
        if not takeover:
            _refuse_second(home, secrets, interrupted=kept is not None)
        identity = Identity.make() if kept is None else Identity.from_secret(kept)
        if kept is None:
            secrets.set(NEXT_IDENTITY_KEY, identity.to_secret())
        with new_client(settings, secrets, identity, None, clock) as client:
            answer = client.enrol(
                Enrolment(
                    code=code.strip(),
                    public_key=identity.public_jwk(),
                    host=host_id(home.path),
                    agent_version=__version__,
                    takeover=takeover,
                )
            )
        secrets.set(IDENTITY_KEY, identity.to_secret())
        keys = None if answer.command_keys is None else orjson.dumps(answer.command_keys).decode()
        enrolled = Enrolled(answer.agent_id, answer.practice_id, answer.practice_name, keys)
        enrolment.write(home.path, enrolled)
        secrets.delete(NEXT_IDENTITY_KEY)
        return enrolled


def _refuse_second(home: Home, secrets: Secrets, *, interrupted: bool) -> None:
    enrolled = enrolment.read(home.path)
    if enrolled is None and (interrupted or secrets.get(IDENTITY_KEY) is None):
        return
    whose = "" if enrolled is None else f" for {enrolled.practice_name}"
    raise NeedsPerson(
        "enrolled_already",
        f"This agent is enrolled already{whose}",
        "Nothing to do if that is right. Otherwise `practice-agent unenroll` first, or give --takeover.",
    )


@dataclass(frozen=True, slots=True)
class Gone:
    """An enrolment that was taken back."""

    practice_name: str | None
    told: bool
    """Whether the cloud knows."""
    forgotten: bool
    """Whether the store was deleted."""


def unenrol(home: Home, clock: Clock, *, local_only: bool = False, forget_data: bool = False) -> Gone:
    """Tell the cloud that this agent feeds the practice no more, and forget key and enrolment.

    Raises:
        NeedsPerson: ``not_enrolled``, ``home_in_use``.
        Retry: the cloud is away: nothing has changed.
    """
    with home.lock():
        secrets = Secrets(home.path)
        enrolled = _enrolled(home, damaged_is_none=local_only)
        if enrolled is None and secrets.get(IDENTITY_KEY) is None and not forget_data:
            raise NeedsPerson("not_enrolled", "This agent is not enrolled", "There is nothing to take back.")
        told = False
        if enrolled is not None and not local_only and secrets.get(IDENTITY_KEY) is not None:
            _tell(home, secrets, clock)
            told = True
        secrets.delete(IDENTITY_KEY)
        secrets.delete(NEXT_IDENTITY_KEY)
        enrolment.forget(home.path)
        if forget_data:
            _forget_data(home, secrets)
        return Gone(None if enrolled is None else enrolled.practice_name, told, forget_data)


def _enrolled(home: Home, *, damaged_is_none: bool) -> Enrolled | None:
    try:
        return enrolment.read(home.path)
    except NeedsPerson:
        if damaged_is_none:
            return None
        raise


def _tell(home: Home, secrets: Secrets, clock: Clock) -> None:
    with contextlib.closing(open_client(home.path, settings_file.read(home.path), secrets, clock)) as client:
        try:
            client.unenrol()
        except Retry as error:
            raise Retry(
                error.code,
                error.title,
                f"{error.advice} Nothing was forgotten; with --local-only the agent forgets without telling the cloud, "
                "where the enrolment then stays.",
            ) from error
        except NeedsPerson as error:
            if error.code not in _NOT_KNOWN:
                raise


def _forget_data(home: Home, secrets: Secrets) -> None:
    for file in [*home.path.glob(f"{home.store.name}*"), home.path / STATUS_FILE]:
        file.unlink(missing_ok=True)
    secrets.delete(STORE_KEY)
