"""Warnings about this machine, the agent's folder and its settings. Data only."""

from __future__ import annotations

from agent.health.warnable import Warnable

MACHINE_SIDE: tuple[Warnable, ...] = (
    # --- the home folder and its settings
    Warnable("not_initialised", "The agent has no settings yet", "Run `practice-agent init`."),
    Warnable(
        "settings_invalid",
        "The settings cannot be used",
        "Correct agent.toml as the message says; docs/settings.md explains every key.",
    ),
    Warnable(
        "home_unusable",
        "The agent's folder cannot be used",
        "See that the folder is on a local disk and belongs to the agent's user.",
    ),
    Warnable("home_in_use", "Another agent is at work in the same folder", "Stop that one, or use another folder."),
    Warnable(
        "secret_missing",
        "A password or key is no longer in the keyring",
        "Run `practice-agent init` for the database password, `practice-agent enroll` for the agent's key.",
    ),
    Warnable(
        "secrets_exposed",
        "The file with the agent's secrets can be read by others",
        "Close it (chmod 600); then change the database password and enrol again.",
    ),
    Warnable(
        "secrets_unreadable",
        "The keyring cannot be used",
        "See that the agent's user may read and write its keyring.",
    ),
    Warnable(
        "enrolment_damaged",
        "The file that says who this agent is cannot be read",
        "Enrol again: `practice-agent enroll --takeover` with a fresh code.",
    ),
    Warnable(
        "request_unknown",
        "A command asks for what the running agent does not know",
        "The command and the running agent are of different versions: restart the agent.",
        severity="warning",
    ),
    # --- the store
    Warnable(
        "disk_full",
        "The disk is full",
        "Free some space on the drive that holds the agent's folder. Reading is paused and nothing is lost.",
    ),
    Warnable(
        "store_busy",
        "Another program holds the agent's store",
        "Exempt the agent's folder from antivirus and backup programs.",
        severity="warning",
        visible_after=60,
    ),
    Warnable(
        "store_unwritable",
        "The agent's store cannot be read or written",
        "Check the drive and the rights of the agent's folder; antivirus may hold the file.",
        visible_after=30,
    ),
    Warnable("store_failed", "The agent's store refused an operation", "Please send a bundle to support."),
    Warnable(
        "store_newer",
        "The store was written by a newer version of the agent",
        "Install the newer version again, or move the store file away to begin anew.",
    ),
    Warnable(
        "store_damaged",
        "The agent's store was damaged and has been set aside",
        "Nothing to do: everything is read and sent again. Check the drive.",
        severity="warning",
    ),
    Warnable(
        "seal_broken",
        "Sealed data in the agent's store cannot be opened",
        "The store was altered or its key lost; it is set aside, and everything is read and sent again.",
        severity="warning",
    ),
    Warnable(
        "key_unusable",
        "A key cannot be used",
        "The sealing key: restore it in the keyring. A record's key: correct the record in the practice software.",
    ),
    Warnable(
        "key_lost",
        "The key of the agent's store was lost",
        "Nothing to do: the store is set aside, and everything is read and sent again. See who emptied the keyring.",
        severity="warning",
    ),
    # --- the machine
    Warnable(
        "server_sleeps",
        "This machine goes to sleep",
        "Switch off sleep in its power settings: nothing is sent meanwhile.",
        severity="warning",
    ),
    Warnable(
        "files_missing",
        "Files of the agent are missing or held",
        "Antivirus may have removed them: restore them, exempt the agent's program folder, or install it again.",
    ),
    Warnable(
        "worker_failed",
        "A part of the agent fails again and again",
        "Please send a bundle to support; the other parts go on.",
        visible_after=60,
    ),
    Warnable(
        "log_lost",
        "Some events could not be logged",
        "See the other warnings; the disk may have been full.",
        severity="notice",
    ),
)
