"""What the local API answers: to the window, the tray and those who script it. Data only."""

from __future__ import annotations

from agent.health.warnable import Warnable

LOCAL_SIDE: tuple[Warnable, ...] = (
    Warnable(
        "agent_not_running",
        "The agent does not run",
        "Start the service, or `practice-agent run`; the folder may be another one (--home).",
    ),
    Warnable(
        "agent_slow",
        "The agent does not answer",
        "Wait a moment; if it lasts, restart the service and send a bundle to support.",
    ),
    Warnable(
        "agent_strange",
        "What answers there is not the agent, or one of another version",
        "Restart the service; use the same version everywhere.",
    ),
    Warnable(
        "api_not_up",
        "The agent cannot listen on this machine",
        "Window and tray stay blind until it is started again; something on this machine keeps it from 127.0.0.1.",
        severity="warning",
    ),
    Warnable(
        "right_missing",
        "This user may not do that with the agent",
        "Run it as an administrator, or as a member of the agent's operators.",
        severity="notice",
    ),
    Warnable(
        "not_set_up",
        "The agent waits to be set up",
        "Open the window's assistant, or run `practice-agent init` and `practice-agent enroll`.",
        severity="notice",
    ),
    Warnable(
        "paused",
        "Somebody has paused the agent for a while",
        "It goes on by itself at the time shown; `practice-agent resume` goes on now.",
        severity="notice",
    ),
    Warnable(
        "task_unknown",
        "There is no such task any more",
        "Begin it again; tasks are forgotten when the agent is restarted, or some time after they are over.",
        severity="notice",
    ),
    Warnable(
        "task_busy",
        "The same is being done already, for another one",
        "Wait until that is over.",
        severity="notice",
    ),
    Warnable(
        "bundle_gone",
        "There is no such bundle any more",
        "Make a new one: only the newest few are kept.",
        severity="notice",
    ),
    Warnable(
        "task_arguments_invalid",
        "What was given for the task is not as documented",
        "See docs/local-api.md.",
        severity="notice",
    ),
)
