"""Warnings about the way to the cloud and the agent's standing there. Data only."""

from __future__ import annotations

from agent.health.warnable import Warnable

# What explains that nothing arrives at all.
OFFLINE = (
    "offline",
    "dns_failed",
    "proxy_failed",
    "proxy_login_wanted",
    "tls_failed",
    "tls_untrusted",
    "tls_expired",
    "timeout",
    "connection_lost",
)
REFUSED = ("token_refused", "agent_unknown", "agent_replaced", "superseded", "other_host", "not_enrolled")
UNANSWERED = ("throttled", "server_error", "bad_answer")
SUPPORT = "Please send a bundle to support; nothing is lost, but nothing more is sent until this is solved."

CLOUD_SIDE: tuple[Warnable, ...] = (
    # --- the way
    Warnable(
        "offline",
        "The cloud cannot be reached",
        "See that this machine is online and that its firewall lets HTTPS out. Changes are kept and sent later.",
        visible_after=30,
        depends_on=("dns_failed", "proxy_failed"),
    ),
    Warnable(
        "dns_failed",
        "The cloud's name cannot be resolved",
        "See that this machine is online and uses a working DNS server; see [cloud] url in agent.toml.",
        visible_after=30,
    ),
    Warnable(
        "proxy_login_wanted",
        "The proxy wants a name and a password",
        "Give them with `practice-agent proxy --login NAME`, which asks for the password, or let the proxy pass the "
        "cloud's address without a login. If the agent has them already, the proxy refuses them.",
    ),
    Warnable(
        "proxy_failed",
        "The proxy does not let the agent through",
        "See [cloud] proxy in agent.toml, and that the proxy allows this machine to reach the cloud's address.",
        visible_after=30,
    ),
    Warnable(
        "connection_lost",
        "The connection to the cloud breaks off",
        "It is tried again. If it lasts, see the internet connection, and whether a firewall cuts long transfers.",
        visible_after=30,
    ),
    Warnable(
        "timeout",
        "The cloud does not answer in time",
        "It is tried again. If it lasts, see the internet connection.",
        visible_after=30,
    ),
    Warnable(
        "tls_failed",
        "No secure connection to the cloud can be made",
        "A firewall or proxy that looks into encrypted traffic is in the way, or lets TLS 1.2 and later not pass.",
        visible_after=120,
    ),
    Warnable(
        "tls_untrusted",
        "The certificate that is shown for the cloud is not trusted",
        "If a firewall here inspects encrypted traffic, exempt the cloud's address or install the firewall's root "
        "certificate on this machine; otherwise see [cloud] url and ca_file in agent.toml.",
    ),
    Warnable(
        "tls_expired",
        "The cloud's certificate is not valid now",
        "See this machine's date and time; if they are right, tell the operator of the cloud.",
        depends_on=("clock_wrong",),
    ),
    Warnable(
        "tls_inspected",
        "Somebody on the way opens the encrypted connection",
        "A firewall or antivirus inspects TLS. Exempt the cloud's address from it: what is sent concerns patients.",
        severity="notice",
    ),
    Warnable(
        "certificate_expiring",
        "The cloud's certificate expires soon",
        "Tell the operator of the cloud.",
        severity="notice",
    ),
    Warnable(
        "clock_wrong",
        "This machine's clock is wrong",
        "Correct the date and time; switch on time synchronisation.",
        severity="warning",
        visible_after=30,
    ),
    Warnable("insecure_url", "The cloud's address is not an https:// address", "Correct [cloud] url in agent.toml."),
    Warnable("proxy_invalid", "The proxy setting is not a proxy's address", "Write [cloud] proxy as http://host:port."),
    Warnable(
        "ca_file_unreadable",
        "The file with the cloud's certificate authority cannot be read",
        "See [cloud] ca_file in agent.toml: a file of PEM certificates that the agent's user may read.",
    ),
    # --- the answers
    Warnable(
        "throttled",
        "The cloud asks to wait",
        "Nothing to do: the agent sends again when it may.",
        severity="notice",
        visible_after=600,
    ),
    Warnable(
        "server_error",
        "The cloud answers with an error",
        "Nothing to do here: changes are kept and sent later. If it lasts, tell the operator of the cloud.",
        visible_after=300,
    ),
    Warnable(
        "bad_answer",
        "What answers is not the cloud",
        "A login page, proxy or firewall answers in its place, or [cloud] url in agent.toml is wrong.",
        visible_after=120,
    ),
    Warnable("bad_batch", "The cloud cannot read the changes that the agent sends", SUPPORT),
    Warnable("bad_request", "The cloud cannot read what the agent asks", SUPPORT),
    Warnable("too_large", "A message or a result is larger than can be passed on", SUPPORT),
    Warnable("refused", "The cloud refuses a request", SUPPORT),
    Warnable("forbidden", "The cloud does not let this agent do something", "Enrol again with a fresh code."),
    Warnable(
        "not_in_this_version",
        "The cloud cannot do something yet",
        "Tell the operator of the cloud; the rest goes on.",
        severity="notice",
    ),
    Warnable(
        "gap",
        "The cloud misses earlier changes",
        "Nothing to do: they are sent again by themselves.",
        severity="notice",
        visible_after=300,
    ),
    Warnable(
        "epoch_required",
        "The cloud holds another course of changes",
        "Nothing to do: what is needed is sent again by itself.",
        severity="notice",
        visible_after=300,
    ),
    # --- the agent's standing
    Warnable(
        "not_enrolled",
        "This agent is not enrolled",
        "Ask for an enrolment code and run `practice-agent enroll CODE`.",
    ),
    Warnable("code_unknown", "The enrolment code is not known", "See that it is typed right, or ask for a new one."),
    Warnable("code_used", "The enrolment code was used before", "Ask for a new one; each works once."),
    Warnable("code_expired", "The enrolment code has expired", "Ask for a new one."),
    Warnable(
        "already_enrolled",
        "Another agent is enrolled for this practice",
        "If this machine replaces that one, enrol with --takeover; the other agent then stops.",
    ),
    Warnable("bad_key", "The cloud does not accept this agent's key", "Update the agent, or ask support."),
    Warnable(
        "identity_damaged",
        "The agent's key cannot be read",
        "Enrol again: `practice-agent enroll --takeover` with a fresh code.",
    ),
    Warnable(
        "token_refused",
        "The cloud refuses this agent's key",
        "See this machine's clock; if it is right, enrol again with a fresh code.",
        depends_on=("clock_wrong",),
    ),
    Warnable(
        "agent_unknown",
        "The cloud does not know this agent any more",
        "It was unenrolled. Enrol it again with a fresh code.",
    ),
    Warnable(
        "agent_replaced",
        "Another agent has taken this practice over",
        "If this machine should feed the cloud, enrol it with --takeover and a fresh code; otherwise remove the agent.",
    ),
    Warnable(
        "superseded",
        "A newer run of this agent has begun",
        "Make sure that the agent runs only once, then start it again.",
    ),
    Warnable(
        "other_host",
        "This agent's identity is in use on another machine or in another folder",
        "The folder was copied. Keep one of the two; if this one stays, enrol it with --takeover and a fresh code.",
    ),
    # --- keeping up
    Warnable(
        "outbox_growing",
        "Changes wait for the cloud",
        "They are kept. See whether the line is slow; the first load of a large practice may take hours.",
        severity="warning",
        visible_after=1800,
        depends_on=(*OFFLINE, *REFUSED, *UNANSWERED),
    ),
    Warnable(
        "outbox_full",
        "The outbox is full: reading is paused",
        "Nothing is lost: reading goes on when the cloud can be reached again, or with a larger [limits] outbox_mb.",
    ),
    Warnable(
        "ack_stale",
        "The cloud has acknowledged nothing for a long time",
        "See the other warnings; if there are none, run `practice-agent doctor`.",
        visible_after=900,
        depends_on=(*OFFLINE, *REFUSED, *UNANSWERED),
    ),
)
