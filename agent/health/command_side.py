"""What the commands answer a person, and what only the doctor finds. Data only."""

from __future__ import annotations

from agent.health.warnable import Warnable

COMMAND_SIDE: tuple[Warnable, ...] = (
    Warnable(
        "already_initialised",
        "There are settings in this folder already",
        "Edit agent.toml, give --force to write it anew, or choose another folder with --home.",
    ),
    Warnable(
        "options_invalid",
        "What was given makes no settings",
        "See `practice-agent init --help` and docs/settings.md.",
    ),
    Warnable(
        "enrolled_already",
        "This agent is enrolled already",
        "Nothing to do if that is right; otherwise `practice-agent unenroll` first, or give --takeover.",
    ),
    Warnable(
        "nothing_stored",
        "No agent has worked here yet",
        "Run `practice-agent sync --once` or `practice-agent run`.",
        severity="notice",
    ),
    Warnable(
        "window_missing",
        "The window is not installed with this agent",
        "Install it: pip install 'practice-agent[gui]'. Without it `practice-agent status` says the same.",
        severity="notice",
    ),
    Warnable(
        "window_failed",
        "The window cannot be shown",
        "Run it in a desktop session, as the user who sits there; on Linux it needs packages of the system, too.",
        severity="notice",
    ),
    Warnable(
        "bundle_unwritable",
        "The bundle cannot be written where it was asked for",
        "Name a file in a folder that you may write to; the bundle is in the agent's folder all the same.",
        severity="notice",
    ),
    Warnable(
        "not_confirmed",
        "This must be confirmed and nobody can be asked",
        "Give --yes.",
        severity="notice",
    ),
    Warnable(
        "hold_unknown",
        "No work with this number waits for a person",
        "See `practice-agent holds`.",
        severity="notice",
    ),
    Warnable(
        "agent_gone",
        "The agent that was asked does not answer any more",
        "Start it and ask again.",
        severity="warning",
    ),
    Warnable(
        "agent_restarted",
        "The agent was restarted while it did what was asked",
        "Ask again.",
        severity="notice",
    ),
    Warnable(
        "office_hours",
        "People work now, and a trial locks for a moment what they work with",
        "Try it after hours, or rehearse without a trial.",
        severity="notice",
    ),
    Warnable(
        "demo_missing",
        "The demo is not installed with this agent",
        "Install it with its sandbox, or run `make demo` in a clone.",
        severity="notice",
    ),
    Warnable(
        "login_can_write",
        "The database login can do more than it needs",
        "The agent only reads. Give it a login that may only read, so that nobody can do more with it.",
        severity="warning",
    ),
    Warnable(
        "home_open",
        "Other users can look into the agent's folder",
        "Close it to everybody but the agent's user; `practice-agent run` does so too.",
        severity="warning",
    ),
)
