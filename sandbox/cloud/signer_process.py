"""The signer as the serving process sees it: a child that is asked over a pipe. Knows no key but the public ones."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

import orjson

from agent.wire.commands import Command, KeySet
from sandbox.cloud.signing import Handover, SignerLimits, SignerRefused, next_handover

ANSWER_SECONDS = 10.0
"""The signer answers within this time, or it is started again for the next question."""


class SignerProcess:
    """A :class:`~sandbox.cloud.signing.CommandSigner` in a process of its own; safe to use from several threads."""

    def __init__(self, key_file: Path, limits: SignerLimits | None = None, *, make: bool = False) -> None:
        """Starts at the first question; ``make``: the keys are made if there are none."""
        shown = limits if limits is not None else SignerLimits()
        self._words = [sys.executable, "-m", "sandbox.cloud.signer", "--key", str(key_file.absolute())]
        self._words += ["--make"] if make else []
        self._words += ["--per-minute", str(shown.per_minute), "--per-hour", str(shown.per_hour)]
        self._words += ["--kinds", ",".join(sorted(shown.kinds)) or "none"]
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._handovers: list[Handover] = []

    def sign(self, command: Command) -> str:
        """The command as a compact JWS. Raises :class:`SignerRefused`."""
        return str(self._ask({"ask": "sign", "command": command.model_dump(mode="json")})["jws"])

    def key_set(self) -> KeySet:
        """The keys that commands may be signed with. Raises :class:`SignerRefused`."""
        told = self._ask({"ask": "keys"})
        self._handovers = [Handover.model_validate(one) for one in told["handovers"]]
        return KeySet.model_validate(told["key_set"])

    def handover(self, known: int) -> str | None:
        """The next key set for an agent that knows this version; by what is known here while the signer is away."""
        try:
            self.key_set()
        except SignerRefused:
            return next_handover(self._handovers, known)
        return next_handover(self._handovers, known)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._child is not None:
                self._child.end()
            self._child = None

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            if self._child is not None and not self._child.lives:
                self._child.end()
                self._child = None
            if self._child is None:
                self._child = _Child(self._words)
            answer = self._child.ask(orjson.dumps(question, option=orjson.OPT_APPEND_NEWLINE))
            if answer is None:
                self._child.end()
                self._child = None
        if answer is None:
            raise SignerRefused("signer_unavailable", "The signer does not answer", 503)
        if "refused" in answer:
            raise SignerRefused(answer["refused"], answer["title"], answer["status"])
        return answer


class _Child:
    """One life of the process."""

    def __init__(self, words: list[str]) -> None:
        # A session of its own: Ctrl-C at the terminal is the serving process's matter, which then closes the pipe.
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._asked: IO[bytes] = self._process.stdin
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), name="signer", daemon=True)
        self._listener.start()

    @property
    def lives(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def ask(self, line: bytes) -> dict[str, Any] | None:
        """The answer; None when there is none in time, or the process has ended."""
        try:
            self._asked.write(line)
            self._asked.flush()
            answer = self._answers.get(timeout=ANSWER_SECONDS)
        except (OSError, queue.Empty):
            return None
        try:
            found = orjson.loads(answer)
        except orjson.JSONDecodeError:
            return None
        return found if isinstance(found, dict) else None

    def end(self) -> None:
        """Close the pipe; whoever does not end then is ended."""
        with contextlib.suppress(OSError):  # it has ended already
            self._asked.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()

    def _listen(self, answers: IO[bytes]) -> None:
        with answers:
            for line in answers:
                self._answers.put(line)
        self._answers.put(b"")
