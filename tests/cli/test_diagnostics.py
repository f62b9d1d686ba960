"""``diagnostics``: shown before it is made, kept, copied, sent; beside a running agent and without one."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

from tests.cli.office import Office


def test_without_settings_it_says_so_and_makes_a_bundle_all_the_same(office: Office):
    told = json.loads(office.well("diagnostics", "--json"))
    assert told["running"] == "stopped"
    assert {one["name"] for one in told["missing"]} >= {"settings.json", "status.json", "timings.json"}


def test_of_a_working_office_nothing_is_left_out(office: Office):
    office.set_up()
    office.well("sync", "--once")
    told = json.loads(office.well("diagnostics", "--json"))
    assert told["missing"] == []
    assert {one["name"]: one["left_out"] for one in told["parts"] if one["left_out"]} == {}
    file = Path(told["file"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as bundle:
        assert bundle.namelist()[:2] == ["README.txt", "manifest.json"]
        status = json.loads(bundle.read("status.json"))
        assert status == {k: status[k] for k in status} and status["resources"]
        assert json.loads(bundle.read("timings.json"))["shapes"][0]["ranges"] >= 1
        assert told["incident"].encode() in bundle.read("README.txt")
    assert f'"incident":"{told["incident"]}"' in (office.home / "events.jsonl").read_text()


def test_the_preview_shows_everything_and_writes_nothing(office: Office):
    office.set_up()
    before = {file.name: file.stat().st_mtime_ns for file in office.home.iterdir()}
    shown = office.well("diagnostics", "--preview")
    assert "===== settings.json" in shown and "===== manifest.json" in shown and '"dialect": "sqlite"' in shown
    assert json.loads(office.well("diagnostics", "--preview", "--json"))["contents"]["settings.json"]
    after = {file.name: file.stat().st_mtime_ns for file in office.home.iterdir()}
    assert after == before
    assert office.say("diagnostics", "--preview", "--send").exit_code == 2


def test_it_can_be_written_elsewhere(office: Office, tmp_path: Path):
    office.set_up()
    out = tmp_path / "for-support.zip"
    assert str(out) in office.well("diagnostics", "--out", str(out))
    assert zipfile.is_zipfile(out) and stat.S_IMODE(out.stat().st_mode) == 0o600
    refused = office.say("diagnostics", "--out", str(tmp_path / "nowhere" / "x.zip"))
    assert refused.exit_code == 4 and "bundle_unwritable" in refused.stderr


def test_settings_that_cannot_be_read_cost_their_part_alone(office: Office):
    office.set_up()
    (office.home / "agent.toml").write_text("not [toml")
    told = json.loads(office.well("diagnostics", "--json"))
    assert {one["name"]: one["why"] for one in told["missing"]}["settings.json"] == (
        "could not be made: settings_invalid"
    )
