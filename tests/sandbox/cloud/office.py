"""An office for tests of commands: a cloud with a signer, its clock, and one agent in its session."""

from __future__ import annotations

from typing import Any

from agent.cloud.signatures import CommandKeys
from agent.wire.cloud import Enrolled, Problem
from agent.wire.commands import CommandReport, CommandRequest, CommandsPage, CommandStatus, Reports, ReportsAccepted
from sandbox.cloud.signing import SignerLimits
from tests.sandbox.cloud.sender import Sender, enrolled, memory_cloud

ALERT: dict[str, Any] = {
    "kind": "alert.create",
    "target": {"resource": "patient", "id": "P1"},
    "payload": {"text": "Zebulon"},
}


class Office:
    """A cloud, its clock, and one agent in its session."""

    def __init__(self, url: str = "sqlite://", limits: SignerLimits | None = None) -> None:
        self.cloud, self.clock = memory_cloud(url, limits)
        self.agent: Enrolled = enrolled(self.cloud)
        self.practice_id = self.agent.practice_id
        assert self.agent.command_keys is not None
        self.keys = CommandKeys.from_key_set(self.agent.command_keys, self.practice_id)
        self.session = "run-1"
        self.begin()

    def begin(self, session: str = "run-1", sender: Sender | None = None, **how: Any) -> None:
        self.session = session
        (sender or Sender(session=session)).begin(self.cloud, self.agent.agent_id, **how)

    def queue(self, key: str = "k1", **said: Any) -> CommandStatus:
        answer = self.ask(key, **said)
        assert isinstance(answer, CommandStatus), answer
        return answer

    def ask(self, key: str = "k1", **said: Any) -> CommandStatus | Problem:
        return self.cloud.queue_command(self.practice_id, key, CommandRequest.model_validate(ALERT | said))

    def fetch(self, keys: int = 0) -> list[tuple[str, int]]:
        page = self.cloud.commands_for(self.agent.agent_id, self.session, keys)
        assert isinstance(page, CommandsPage), page
        return [(self.keys.open_command(one.jws).command_id, one.delivery_count) for one in page.deliveries]

    def report(self, command_id: str, number: int, state: str, **said: Any) -> int:
        at = self.clock.now.isoformat()
        told = CommandReport(command_id=command_id, number=number, state=state, at=at, **said)
        answer = self.cloud.report_commands(self.agent.agent_id, Reports(session=self.session, reports=[told]))
        assert isinstance(answer, ReportsAccepted), answer
        return answer.accepted

    def status(self, command_id: str) -> CommandStatus:
        answer = self.cloud.command_status(self.practice_id, command_id)
        assert isinstance(answer, CommandStatus), answer
        return answer

    def states(self, command_id: str) -> list[str]:
        return [step.state for step in self.status(command_id).steps]


def code(answer: object) -> str:
    assert isinstance(answer, Problem), answer
    return answer.code
