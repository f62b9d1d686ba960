"""What the page about write-backs tells people to do is done, as it stands there, with real programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from agent.model.reasons import REASONS
from agent.wire.payloads import PAYLOADS
from agent.writeback.policy import Policy, parse
from sandbox.cloud.tls import development_tls
from scripts import writes_page
from tests.cli.running import running_agent
from tests.cli.writes import Writing, writable

PAGE = writes_page.page()


def calls() -> str:
    """The calls of the page, in order."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_the_calls_of_the_page_do_what_it_says(tmp_path: Path):
    (tmp_path / "office").mkdir()
    with Writing.opened(
        tmp_path / "office", writable(tmp_path / "new.db"), development_tls(tmp_path / "tls")
    ) as writing:
        office = writing.office
        key = office.cloud.cloud.add_reader_key(office.practice_id, "integrator", may_write=True)
        visit = writing.visit()
        held = writing.visits()[visit]
        variables = {
            "CLOUD": office.cloud.url,
            "CA": str(office.cloud.ca),
            "PRACTICE": office.practice_id,
            "KEY": str(key),
            "VISIT": visit,
            "PATIENT": held["patient_id"],
            "OPERATORY": held["operatory_id"],
            "PROVIDER": writing.dentist,
            "TAKEN": datetime.fromisoformat(held["start"]).isoformat(timespec="seconds"),
            "FREE": writing.free(held["operatory_id"]),
        }
        with running_agent(office):
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", calls()],
                cwd=tmp_path,
                env={**os.environ, **variables},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        assert done.returncode == 0, done.stderr
        told = {
            name: json.loads((tmp_path / f"{name}.json").read_text()) for name in ("confirmed", "refused", "booked")
        }
        assert told["confirmed"]["state"] == "verified", told["confirmed"]
        assert [one["command_id"] for one in json.loads((tmp_path / "listed.json").read_text())["commands"]] == [
            told["confirmed"]["command_id"]
        ]
        refused = told["refused"]
        assert (refused["state"], refused["outcome"]["reason_code"]) == ("conflict", "double_booked")
        assert refused["outcome"]["conflicting"]["resource"] == "appointment"
        booked = told["booked"]
        assert (booked["state"], booked["retry_of"]) == ("verified", refused["command_id"])
        office.well("sync", "--once")
        made = office.held("appointment")[booked["outcome"]["record"]["id"]]
        assert made.data["start"] == variables["FREE"]


def test_the_policy_of_the_page_is_one():
    policy = parse(writes_page.POLICY)
    assert policy.kinds["payment.post"].mode == "ask"
    assert f"```toml\n{writes_page.POLICY}```" in PAGE


@pytest.mark.parametrize("section", [name for name in Policy.model_fields if name != "kinds"])
def test_every_setting_of_the_policy_is_named(section: str):
    inner = Policy.model_fields[section].annotation
    assert inner is not None
    for name, field in inner.model_fields.items():
        assert f"`{section}.{field.alias or name}`" in PAGE


def test_every_kind_and_every_reason_is_named():
    for kind, model in PAYLOADS.items():
        assert f"### `{kind}`" in PAGE
        for name in model.model_fields:
            assert f"| `{name}` |" in PAGE
    for code in REASONS:
        assert f"| `{code}` |" in PAGE


def test_the_policy_file_of_the_page_refuses_what_is_not_known():
    with pytest.raises(Exception, match="cannot be read"):
        parse(writes_page.POLICY + "\n[bookings]\n")
