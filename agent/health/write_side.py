"""What can be wrong with write-backs. Data only."""

from __future__ import annotations

from agent.health.warnable import Warnable

WRITE_SIDE: tuple[Warnable, ...] = (
    Warnable(
        "write_needs_person",
        "It is not known whether a write-back was written",
        "Look into the practice software; then `practice-agent writes` lists it, and `approve` (it is there), `retry` "
        "(it is not) or `reject` settles it. Later commands for the same record wait meanwhile.",
    ),
    Warnable(
        "write_awaits_approval",
        "A write-back waits for somebody's approval",
        "`practice-agent writes` lists it; `practice-agent writes approve` or `reject` decides.",
        severity="notice",
    ),
    Warnable(
        "channel_read_only",
        "The connection for write-backs may only read",
        "Nothing can be written into the practice software. Eaglesoft: enter the vendor's authentication again "
        "(`practice-agent writes setup`), and see the login's rights (docs/database-login.md).",
        severity="warning",
        depends_on=("database_unreachable", "upgrade_in_progress"),
    ),
    Warnable(
        "channel_refused",
        "The practice software refuses the key or login for write-backs",
        "Enter it again: `practice-agent writes setup`; write-backs wait until then.",
        severity="warning",
        depends_on=("database_unreachable", "upgrade_in_progress"),
    ),
    Warnable(
        "channel_unreachable",
        "The practice software cannot be reached for write-backs",
        "Start its database or its API service; write-backs wait until then.",
        severity="warning",
        visible_after=20.0,
        depends_on=("database_unreachable", "database_lost", "upgrade_in_progress"),
    ),
    Warnable(
        "policy_invalid",
        "The office's policy file policy.toml cannot be read",
        "Correct the line that the log or `practice-agent writes try` names; write-backs wait until then.",
    ),
    Warnable(
        "command_unreadable",
        "The cloud sent something that is no command",
        "Ask whoever runs the cloud; commands that can be read go on.",
        severity="warning",
        visible_after=60.0,
    ),
    Warnable(
        "command_keys_damaged",
        "The keys that commands are signed with cannot be read",
        "Enrol again: `practice-agent enroll --takeover` with a new code.",
    ),
    Warnable(
        "channel_key_invalid",
        "A key for the practice software's API is not a key",
        "Enter it again: `practice-agent writes setup`.",
    ),
    Warnable(
        "channel_address_invalid",
        "The address of the practice software's API cannot be used",
        "It must be one of this machine or of the office's own network: `practice-agent writes setup`.",
    ),
    Warnable(
        "write_options_invalid",
        "What was given makes no way into the practice software",
        "See `practice-agent writes setup --help`.",
    ),
    Warnable(
        "command_unknown",
        "There is no such command here",
        "See `practice-agent writes`.",
        severity="notice",
    ),
    Warnable(
        "nothing_to_decide",
        "The command does not wait for such a decision",
        "See `practice-agent writes show`.",
        severity="notice",
    ),
    Warnable(
        "window_unknown",
        "A resource cannot be asked for by day",
        "Please send a bundle to support.",
    ),
    Warnable(
        "reading_halted",
        "The practice's database is not read at the moment, so nothing is written either",
        "See the other warnings, and `practice-agent holds`.",
        severity="warning",
        depends_on=("database_changed", "database_restored", "upgrade_in_progress"),
        visible_after=60.0,
    ),
)
