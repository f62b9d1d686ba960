"""Warnings about the way to the cloud and the agent's standing there. Data only."""

from __future__ import annotations

from agent.health.warnable import Warnable

OFFLINE = ("offline", "dns_failed", "proxy_failed", "tls_untrusted")

CLOUD_SIDE: tuple[Warnable, ...] = (
    # --- the way
    Warnable(
        "offline",
        "The cloud cannot be reached",
        "See that this machine is online and that its firewall lets HTTPS out. Changes are kept and sent later.",
        visible_after=120,
        depends_on=("dns_failed", "proxy_failed", "tls_untrusted"),
    ),
    Warnable(
        "dns_failed",
        "The cloud's name cannot be resolved",
        "See that this machine is online and uses a working DNS server; see [cloud] url in agent.toml.",
        visible_after=120,
    ),
    Warnable(
        "proxy_failed",
        "The proxy does not let the agent through",
        "See [cloud] proxy in agent.toml, and that the proxy allows this machine to reach the cloud's address.",
        visible_after=120,
    ),
    Warnable(
        "tls_untrusted",
        "The cloud's certificate is not trusted",
        "A firewall that inspects TLS is in the way, a root certificate is missing, or the clock is wrong. "
        "Exempt the cloud's address from inspection, or install the inspecting firewall's root certificate.",
        depends_on=("clock_wrong",),
    ),
    Warnable(
        "certificate_expiring",
        "The cloud's certificate expires soon",
        "Nothing to do here; the operator of the cloud has been told.",
        severity="notice",
    ),
    Warnable(
        "clock_wrong",
        "This machine's clock is wrong",
        "Correct the date and time; switch on time synchronisation.",
        severity="warning",
        visible_after=300,
    ),
    # --- the answers
    Warnable(
        "cloud_busy",
        "The cloud asks to wait",
        "Nothing to do: the agent sends again when it may.",
        severity="notice",
        visible_after=600,
    ),
    Warnable(
        "cloud_failed",
        "The cloud answers with an error",
        "Nothing to do here: changes are kept and sent later. If it lasts, ask the operator of the cloud.",
        visible_after=300,
        depends_on=OFFLINE,
    ),
    Warnable(
        "cloud_garbled",
        "What answers is not the cloud",
        "A login page, proxy or firewall answers in its place, or [cloud] url in agent.toml is wrong.",
        visible_after=120,
        depends_on=OFFLINE,
    ),
    Warnable(
        "batch_refused",
        "The cloud does not accept a batch of changes",
        "Please send a bundle to support; nothing is lost, but nothing more is sent until this is solved.",
    ),
    # --- the agent's standing
    Warnable(
        "not_enrolled",
        "This agent is not enrolled",
        "Ask for an enrolment code and run `practice-agent enroll CODE`.",
    ),
    Warnable(
        "code_refused",
        "The enrolment code is not accepted",
        "Codes serve once and expire. Ask for a new one; see that it is for this practice.",
    ),
    Warnable(
        "already_enrolled",
        "This agent, or another one of this practice, is enrolled already",
        "To replace a server, enrol the new one with --takeover; to begin anew here, run `practice-agent "
        "unenroll` first.",
    ),
    Warnable(
        "token_refused",
        "The cloud no longer knows this agent",
        "It was unenrolled, or its key was replaced. Enrol it again.",
    ),
    Warnable(
        "superseded",
        "A newer agent has taken this one's place",
        "If the practice's server was replaced, uninstall the agent on this machine. Otherwise enrol again with "
        "--takeover.",
    ),
    Warnable(
        "other_host",
        "This agent's identity is in use on another machine or in another folder",
        "The folder was copied. Keep one of the two; enrol the one that stays with --takeover.",
    ),
    # --- keeping up
    Warnable(
        "outbox_growing",
        "Changes wait for the cloud",
        "They are kept. See whether the line is slow; the first load of a large practice may take hours.",
        severity="warning",
        visible_after=1800,
        depends_on=(
            *OFFLINE,
            "cloud_busy",
            "cloud_failed",
            "cloud_garbled",
            "token_refused",
            "superseded",
            "other_host",
        ),
    ),
    Warnable(
        "outbox_full",
        "The outbox is full: reading is paused",
        "Nothing is lost: reading goes on when the cloud can be reached again. Raise [limits] outbox_mb if it "
        "stays away.",
    ),
    Warnable(
        "ack_stale",
        "The cloud has acknowledged nothing for a long time",
        "See the other warnings; if there are none, run `practice-agent doctor`.",
        visible_after=900,
        depends_on=(
            *OFFLINE,
            "cloud_busy",
            "cloud_failed",
            "cloud_garbled",
            "token_refused",
            "superseded",
            "other_host",
        ),
    ),
)
