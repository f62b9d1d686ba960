"""The signer's process: asked over its input, answers over its output, one JSON object a line.

It alone opens the key file. Whoever can make it sign is held to its limits; whoever breaks into the serving process
does not get the key. Run by ``practice-cloud serve``; run it by hand only to look.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from pydantic import ValidationError

from agent.model.errors import AgentError
from agent.wire.commands import Command
from agent.wire.payloads import MAX_COMMAND_BYTES
from sandbox.cloud.keyfile import KeyFile
from sandbox.cloud.signing import Signer, SignerLimits, SignerRefused

MAX_LINE = 2 * MAX_COMMAND_BYTES


class SigningDesk:
    """Answers what is asked, one question at a time."""

    def __init__(self, file: KeyFile, limits: SignerLimits, *, make: bool) -> None:
        """``make``: make the keys if there are none."""
        keys = file.load(secrets.token_bytes if make else None)
        self._file = file
        self._mark = (0, 0)
        self._signer = Signer(keys, _clock, limits=limits, recent=file.recent(_clock()))

    def answer(self, line: bytes) -> dict[str, Any]:
        """The answer to a line."""
        try:
            if self._file.mark() != self._mark:
                self._mark = self._file.mark()
                self._signer.keys = self._file.load()
            asked = orjson.loads(line)
            if asked["ask"] == "keys":
                keys = self._signer.keys
                handovers = [one.model_dump() for one in keys.handovers]
                return {"key_set": keys.public_set().model_dump(), "handovers": handovers}
            command = Command.model_validate(asked["command"])
            signed = self._signer.sign(command)
            self._file.note(command, _clock())
            return {"jws": signed, "version": self._signer.keys.version}
        except SignerRefused as refused:
            return {"refused": refused.code, "title": refused.title, "status": refused.status}
        except AgentError as error:
            return {"refused": "signer_unavailable", "title": error.title, "status": 503}
        except (ValidationError, ValueError, KeyError, TypeError):
            return {"refused": "not_signed", "title": "The signer does not understand the request", "status": 500}
        except OSError:
            return {"refused": "signer_unavailable", "title": "The signer cannot use its files", "status": 503}


def serve(desk: SigningDesk, asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer until nobody asks any more."""
    while line := asked.readline(MAX_LINE):
        answers.write(orjson.dumps(desk.answer(line), option=orjson.OPT_APPEND_NEWLINE))
        answers.flush()


def main() -> int:
    """Run the signer; 1 when its keys cannot be used."""
    parser = argparse.ArgumentParser(description="The signer of commands; started by practice-cloud serve.")
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--make", action="store_true")
    parser.add_argument("--per-minute", type=int, default=SignerLimits().per_minute)
    parser.add_argument("--per-hour", type=int, default=SignerLimits().per_hour)
    parser.add_argument("--kinds", default="")
    told = parser.parse_args()
    limits = SignerLimits(per_minute=told.per_minute, per_hour=told.per_hour)
    if told.kinds:
        limits = SignerLimits(told.per_minute, told.per_hour, limits.kinds & frozenset(told.kinds.split(",")))
    try:
        desk = SigningDesk(KeyFile(told.key), limits, make=told.make)
    except AgentError as error:
        refusal = {"refused": "signer_unavailable", "title": f"{error.title} ({error.code}).", "status": 503}
        sys.stdout.buffer.write(orjson.dumps(refusal, option=orjson.OPT_APPEND_NEWLINE))
        return 1
    serve(desk, sys.stdin.buffer, sys.stdout.buffer)
    return 0


def _clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the composition root of this program


if __name__ == "__main__":
    sys.exit(main())
