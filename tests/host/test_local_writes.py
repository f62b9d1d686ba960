"""Write-backs over the local API: listed, shown masked, unmasked by operate alone and logged, decided by a person."""

from __future__ import annotations

import pytest

from agent.api.client import LocalAgent
from agent.model.errors import NeedsPerson, Terminal
from tests.api.stations import serving, until, until_state
from tests.cli.conftest import practice_file, tls, writable_file, writing
from tests.cli.writes import Writing

__all__ = ["practice_file", "tls", "writable_file", "writing"]

WORD = "Xylophandra"


def test_a_person_sees_and_decides_what_waits(writing: Writing):
    writing.policy('[kinds."appointment.note"]\nmode = "ask"\n')
    home = writing.office.home
    with serving(home), LocalAgent(home) as look, LocalAgent(home, "operate") as operate:
        until_state(look, "working", "partly_working")
        ids = [writing.queue("appointment.note", writing.visit(), {"text": f"{WORD} {n}"}) for n in (1, 2)]
        states = lambda: {one.id: one.state for one in look.writes().writes}  # noqa: E731
        until(lambda: states().get(ids[0]) == "awaiting_approval" and ids[1] in states(), "both commands")
        line = next(one for one in look.writes().writes if one.id == ids[0])
        assert line.may == ["approve", "reject"] and line.title and line.asks
        shown = look.write(ids[0])
        assert shown.masked and WORD not in shown.model_dump_json()
        assert [one.event for one in shown.trail] == ["received", "awaiting_approval"]
        with pytest.raises(NeedsPerson):
            look.write(ids[0], unmask=True)
        with pytest.raises(NeedsPerson):
            look.decide(ids[0], "approve", "anna")
        assert operate.write(ids[0], unmask=True).payload == {"text": f"{WORD} 1"}
        with pytest.raises(NeedsPerson) as caught:
            operate.decide(ids[0], "retry", "anna")
        assert caught.value.code == "nothing_to_decide"
        assert operate.decide(ids[0], "approve", "anna").trail[-1].who == "anna"
        assert writing.until(ids[0]).state == "verified"
        until(lambda: states()[ids[1]] == "awaiting_approval", "the second's turn")
        assert operate.decide(ids[1], "reject", "anna").state == "rejected"
        assert [one.id for one in look.writes(limit=1).writes] == [ids[1]]
        with pytest.raises(Terminal):
            operate.decide("nothing", "approve", "anna")
        used = [one.fields["what"] for one in look.events().lines if one.code == "api_used"]
        assert used == ["write", "decide", "decide", "decide", "decide"]
    assert WORD.encode() not in home.joinpath("events.jsonl").read_bytes()
