"""A bundle that was looked at first: what is sent later is that one, byte for byte."""

from __future__ import annotations

import base64

import pytest

from agent.api.client import LocalAgent
from agent.host.bundling import FOLDER
from agent.model.errors import NeedsPerson
from tests.api.stations import over, serving, until_state
from tests.cli.office import Office


def test_what_was_looked_at_is_what_is_sent(agent: Office):
    with serving(agent.home), LocalAgent(agent.home) as client:
        until_state(client, "working")
        looked_at = over(client, client.begin("diagnostics")).answer
        incident = looked_at["incident"]
        assert agent.cloud.cloud.bundles(agent.practice_id) == []
        sent = over(client, client.begin("diagnostics", send=True, incident=incident))
        assert (sent.state, sent.answer["incident"], sent.answer["sent"]) == ("done", incident, True), sent
        assert [one.bundle for one in agent.cloud.cloud.bundles(agent.practice_id)] == [incident]
        assert agent.cloud.cloud.bundle(incident) == base64.b64decode(looked_at["zip"])
        assert [file.stem for file in (agent.home / FOLDER).iterdir()] == [incident]
        # Once more, and ones that are not there; a name that leads elsewhere is none.
        again = over(client, client.begin("diagnostics", send=True, incident=incident))
        assert again.state == "done"
        for strange in ("PA-0000-0000", "../../agent", "PA-0000-0000/../x"):
            gone = over(client, client.begin("diagnostics", send=True, incident=strange))
            assert (gone.state, gone.answer["code"]) == ("failed", "bundle_gone")
        unsent = over(client, client.begin("diagnostics", incident=incident))
        assert unsent.answer["code"] == "task_arguments_invalid"
        with pytest.raises(NeedsPerson):
            client.begin("diagnostics", send=True, incident=5)
