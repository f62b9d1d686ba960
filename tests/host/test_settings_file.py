"""The settings file: what is written is read again, and every error names file, key and remedy, and no value."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.host import settings_file
from agent.host.settings import Cloud, Limits, Location, OfficeHours, Pace, Practice, Settings, Source
from agent.model.errors import NeedsPerson, Terminal

text = some.text(max_size=30)
settings_of_any_kind = some.builds(
    Settings,
    practice=some.builds(
        Practice,
        pms=some.sampled_from(["eaglesoft", "opendental"]),
        time_zone=some.just("America/Phoenix"),
        location=some.lists(some.builds(Location, id=text, name=text, time_zone=some.none()), max_size=2).map(tuple),
    ),
    source=some.builds(
        Source,
        dialect=some.sampled_from(["sqlanywhere", "mariadb"]),
        connection=text.map(lambda name: "DSN=" + name.replace("=", "")),
        login=some.none() | text,
        schema_name=some.none() | text,
        statement_seconds=some.floats(0.1, 600),
    ),
    cloud=some.just(Cloud(url="https://feed.example")),
    pace=some.builds(
        Pace,
        poll_seconds=some.floats(0.5, 3600),
        rotation_minutes=some.just(45.0),
        lookup_minutes=some.just(5.0),
        statement_ms=some.just(30.0),
        duty_office=some.floats(0.001, 1),
        duty_off=some.just(0.5),
        duty_load=some.just(0.25),
        office_hours=some.sampled_from([(), (OfficeHours(days=("sat",), opens="09:00", closes="24:00"),)]),
    ),
    limits=some.builds(
        Limits,
        outbox_mb=some.integers(16, 9999),
        disk_free_mb=some.just(512),
        delete_share=some.just(0.2),
        delete_floor=some.just(100),
        log_mb=some.just(10),
    ),
    codes=some.dictionaries(text, some.dictionaries(text, text, max_size=3), max_size=3),
)


@given(settings_of_any_kind)
def test_what_is_written_is_read_again(settings: Settings):
    assert settings_file.parse(settings_file.render(settings).encode()) == settings


def minimal() -> Settings:
    return Settings(
        practice=Practice(pms="eaglesoft", time_zone="America/New_York"),
        source=Source(dialect="sqlite", connection="Driver=SQLite3;Database=pms.db"),
        cloud=Cloud(url="https://feed.example"),
    )


def test_a_file_is_replaced_whole_and_for_the_owner_alone(tmp_path: Path):
    settings_file.write(tmp_path, minimal())
    changed = minimal().model_copy(update={"limits": Limits(outbox_mb=64)})
    settings_file.write(tmp_path, changed)
    assert settings_file.read(tmp_path) == changed
    assert [file.name for file in tmp_path.iterdir()] == ["agent.toml"]
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "agent.toml").stat().st_mode) == 0o600


def test_a_home_without_settings_says_what_to_run(tmp_path: Path):
    with pytest.raises(NeedsPerson) as caught:
        settings_file.read(tmp_path)
    assert caught.value.code == "not_initialised"
    assert "practice-agent init" in caught.value.advice


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("[pace]\npol_seconds = 2", "unknown key pace.pol_seconds (did you mean poll_seconds?)"),
        ("[pase]\n", "unknown key pase (did you mean pace?)"),
        ("[[pace.office_hours]]\ndays = ['mon']\nfrom = '07:00'\ntoo = '18:00'", "pace.office_hours.0.to is missing"),
        ("[limits]\ndelete_share = 7", "limits.delete_share: Input should be less than or equal to 1"),
        ("[limits", "it is not TOML"),
    ],
)
def test_a_wrong_key_is_named_with_the_nearest_right_one(tmp_path: Path, change: str, told: str):
    (tmp_path / "agent.toml").write_text(
        settings_file.render(minimal()).replace("[pace]\n", "").replace("[limits]\n", "") + change
    )
    with pytest.raises(Terminal) as caught:
        settings_file.read(tmp_path)
    assert caught.value.code == "settings_invalid"
    assert str(tmp_path / "agent.toml") in caught.value.title
    assert told in caught.value.title


def test_errors_never_repeat_what_was_written():
    for bad in (b'[source]\nconnection = "DSN=x;PWD=canary57130"', b'[cloud]\nurl = "canary57130"', b"x = canary57130"):
        with pytest.raises(Terminal) as caught:
            settings_file.parse(bad)
        assert "canary57130" not in repr(caught.value) + str(caught.value.fields)
