"""An agent as the contract has it: enrols, gets tokens, numbers and chains changes, fetches commands and reports."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import zstandard
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError
from pydantic import ValidationError

from agent.wire.cloud import (
    BATCH_TYPE,
    CHAIN_START,
    BatchHeader,
    ChunkHeader,
    ChunkPlace,
    Enrolled,
    Enrolment,
    Message,
    Position,
    Session,
    SessionRequest,
    Source,
    Token,
    Upsert,
    chain,
    encode_lines,
)
from agent.wire.commands import Command, CommandReport, CommandsPage, Delivery, KeySet, Reports
from agent.wire.payloads import MAX_COMMAND_BYTES
from sandbox.conformance.caller import Answer, Caller
from sandbox.conformance.rules import broken, expect

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Agent:
    """One agent: its key, its session, and the changes of its epoch."""

    def __init__(self, caller: Caller, now: Callable[[], datetime], host: str = "conformance-host") -> None:
        self.key = jwk.ECKey.generate_key("P-384")
        """Its key."""
        self.host = host
        """Hash of machine and home folder, as it says."""
        self.session = ""
        """Name of its session."""
        self.epoch = 0
        """Epoch that it sends in."""
        self.enrolled: Enrolled | None = None
        """How the cloud has enrolled it."""
        self._caller, self._now = caller, now
        self._token: str | None = None
        self._frames: list[bytes] = []
        self._ends = [0]
        self._links = [CHAIN_START]

    # -- who it is

    def enrol(self, code: str, *, takeover: bool = False, public_key: dict[str, Any] | None = None) -> Answer:
        """Ask to be enrolled."""
        public = public_key if public_key is not None else dict(self.key.as_dict(private=False))
        asked = Enrolment(code=code, public_key=public, host=self.host, agent_version="1", takeover=takeover)
        return self._caller.ask("POST", "/v1/enrolments", asked)

    @property
    def agent_id(self) -> str:
        """Its id."""
        return self.enrolled.agent_id if self.enrolled is not None else broken("an agent that is enrolled")

    @property
    def practice_id(self) -> str:
        """Its practice."""
        return self.enrolled.practice_id if self.enrolled is not None else broken("an agent that is enrolled")

    def assertion(self, key: jwk.ECKey | None = None, alg: str = "ES384", **said: Any) -> str:
        """A client assertion; ``said`` overrides its claims."""
        now = int(self._now().timestamp())
        claims = {"iss": self.agent_id, "sub": self.agent_id, "aud": f"{self._caller.base_url}/oauth2/token"}
        times = {"iat": now, "exp": now + 300, "jti": uuid.uuid4().hex}
        return jwt.encode({"alg": alg}, claims | times | said, key or self.key, algorithms=[alg])

    def ask_token(self, assertion: str) -> Answer:
        """The token call."""
        form = f"grant_type=client_credentials&client_assertion_type={ASSERTION_TYPE}&client_assertion={assertion}"
        kind = "application/x-www-form-urlencoded"
        return self._caller.ask("POST", "/oauth2/token", form.encode(), kind=kind)

    def token(self, *, fresh: bool = False) -> str:
        """A bearer token."""
        if self._token is None or fresh:
            self._token = self.ask_token(self.assertion()).message(Token).access_token
        return self._token

    def call(
        self, method: str, call: str, body: Message | bytes | Mapping[str, Any] | None = None, **how: Any
    ) -> Answer:
        """A call of this agent's; once more with a new token when the one it has has ended."""
        path = f"/v1/agents/{self.agent_id}/{call}"
        answer = self._caller.ask(method, path, body, token=self.token(), **how)
        if answer.status == 401:
            answer = self._caller.ask(method, path, body, token=self.token(fresh=True), **how)
        return answer

    # -- what it sends

    def begin(self, resume: Position | None = None, session: str | None = None, host: str | None = None) -> Answer:
        """Ask for a session; take nothing of the answer."""
        self.session = session or f"conformance-{uuid.uuid4().hex[:12]}"
        return self.call("POST", "epochs", SessionRequest(session=self.session, host=host or self.host, resume=resume))

    def fresh(self) -> Session:
        """A new session in a new epoch."""
        answer = self.begin().message(Session)
        expect(not answer.resumed and answer.acked_seq == 0, "a new epoch for a session that resumes nothing")
        expect(answer.chain == CHAIN_START.hex(), "the chain's beginning in a new epoch")
        self.epoch, self._frames, self._ends, self._links = answer.epoch, [], [0], [CHAIN_START]
        return answer

    def add(self, *lines: Message) -> int:
        """Put changes into a chunk of their own; its number."""
        header = ChunkHeader(
            pms="conformance",
            pms_version="1",
            schema_version=1,
            observed_at=self._now().isoformat(),
            count=len(lines),
            cause="change",
        )
        content = encode_lines(header, [line.model_dump_json().encode() for line in lines])
        self._frames.append(zstandard.ZstdCompressor().compress(content))
        self._ends.append(self._ends[-1] + len(lines))
        self._links.append(chain(self._links[-1], self._frames[-1]))
        return len(self._frames) - 1

    def place(self, chunks: int) -> Position:
        """The place after so many chunks."""
        return Position(epoch=self.epoch, acked_seq=self._ends[chunks], chain=self._links[chunks].hex())

    def batch(self, first: int, last: int, **said: Any) -> bytes:
        """A batch of the chunks ``first`` .. ``last``; ``said`` overrides its header's fields."""
        numbers = range(first, last + 1)
        places = [
            ChunkPlace(first_seq=self._ends[n] + 1, count=self._ends[n + 1] - self._ends[n], size=len(self._frames[n]))
            for n in numbers
        ]
        told = {"epoch": self.epoch, "session": self.session, "previous": self._links[first].hex(), "chunks": places}
        header = BatchHeader.model_validate(told | said)
        return header.model_dump_json().encode() + b"\n" + b"".join(self._frames[n] for n in numbers)

    def post(self, body: bytes) -> Answer:
        """Deliver a batch."""
        return self.call("POST", "batches", body, kind=BATCH_TYPE)

    def send(self, *lines: Message) -> None:
        """Put changes into a chunk and deliver it; it must be acknowledged."""
        number = self.add(*lines)
        told = self.post(self.batch(number, number)).json()
        wanted = self.place(number + 1)
        expect(told.get("acked_seq") == wanted.acked_seq, f"acked_seq {wanted.acked_seq} for a batch that follows")
        expect(told.get("chain") == wanted.chain, "the chain value after the batch")

    # -- what it is asked to do

    def take(self, wait: float = 0, session: str | None = None) -> Answer:
        """The commands call."""
        return self.call("GET", "commands", query={"session": session or self.session, "wait": wait})

    def deliveries(self, wait: float = 0) -> list[Delivery]:
        """What is handed out now."""
        return self.take(wait).message(CommandsPage).deliveries

    def fetched(self, wait: float = 0) -> list[tuple[Command, int]]:
        """The commands handed out now, signatures checked, with their delivery counts."""
        return [(self.opened(one.jws), one.delivery_count) for one in self.deliveries(wait)]

    def opened(self, compact: str) -> Command:
        """The command in a JWS, if a key that came with the enrolment has signed it."""
        told = self.enrolled.command_keys if self.enrolled is not None else None
        expect(told, "command_keys with the enrolment")
        registry = jws.JWSRegistry(algorithms=["ES384"])
        registry.max_payload_length = 2 * MAX_COMMAND_BYTES
        try:
            keys = {str(one["kid"]): jwk.ECKey.import_key(dict(one)) for one in KeySet.model_validate(told).keys}
            header = jws.extract_compact(compact.encode(), registry=registry).headers()
            expect(header.get("alg") == "ES384" and "crit" not in header, "a JWS of ES384 without crit")
            expect(header.get("kid") in keys, "a JWS whose kid is one of the enrolment's command_keys")
            content = jws.deserialize_compact(compact, keys[str(header["kid"])], registry=registry).payload
            return Command.model_validate_json(content)
        except (JoseError, ValidationError, ValueError, TypeError, KeyError):
            broken("a compact JWS of a Command, signed with a key of the enrolment's command_keys")

    def reported(self, command_id: str, number: int, state: str, **said: Any) -> Answer:
        """Report about a command."""
        told = {"command_id": command_id, "number": number, "state": state, "at": self._now().isoformat()}
        report = CommandReport.model_validate(told | said)
        return self.call("POST", "commands/reports", Reports(session=self.session, reports=[report]))

    def clear(self) -> None:
        """A new epoch, in which nothing waits to be handed out: what earlier rules have left is refused."""
        self.fresh()
        while found := self.fetched():
            for command, _ in found:
                expect(self.reported(command.command_id, 1, "rejected").status == 200, "a report that is taken")


def upsert(record_id: str, name: str, resource: str = "location") -> Upsert:
    """A change of an invented record."""
    data = {"name": name, "time_zone": "UTC"}
    source = Source(table="conformance", key=[record_id])
    version = version_of(data)
    return Upsert(resource=resource, id=record_id, version=version, mapping_version=1, source=source, data=data)


def version_of(data: Mapping[str, Any]) -> str:
    """BLAKE2b-128 of the canonical JSON."""
    return hashlib.blake2b(orjson.dumps(data, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def segment_digests(records: Mapping[str, str], segments: int) -> list[tuple[int, str]]:
    """Per segment the number of records and the sum of their digests."""
    counts, sums = [0] * segments, [0] * segments
    for record_id, version in records.items():
        at = segment_of(record_id, segments)
        share = hashlib.blake2b(f"{record_id}\0{version}".encode(), digest_size=16).digest()
        counts[at] += 1
        sums[at] = (sums[at] + int.from_bytes(share, "big")) % (1 << 128)
    return [(count, f"{total:032x}") for count, total in zip(counts, sums, strict=True)]


def segment_of(record_id: str, segments: int) -> int:
    """The segment that an id is dealt to."""
    return int.from_bytes(hashlib.blake2b(record_id.encode(), digest_size=4).digest(), "big") % segments


def ids_of(commands: Sequence[tuple[Command, int]]) -> list[str]:
    """Ids of fetched commands, in order."""
    return [command.command_id for command, _ in commands]
