"""What to do about a warning, in the window's own words: where the window can do it, or a person must ask their IT.

The agent's catalogue speaks to whoever has its command line; what is not here is told in its words. Keyed ``advice.``
and the warning's code.
"""

from __future__ import annotations

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "advice.write_needs_person": "Look in the practice software whether it is there. Then open Write-backs, choose it, "
    "and say so: what comes later for the same record waits meanwhile.",
    "advice.write_awaits_approval": "Open Write-backs, look at what is asked for, and approve or reject it.",
    "advice.proxy_login_wanted": "Ask your IT for the proxy's name and password and enter them in Settings, or let the "
    "proxy pass the cloud's address without a login.",
    "advice.tls_untrusted": "If a firewall here looks into encrypted traffic, your IT must exempt the cloud's address "
    "from it, or install the firewall's root certificate on this computer. Then open Connection and test the cloud.",
    "advice.channel_read_only": "Everything is still read, but nothing can be written into the practice software. Ask "
    "your IT to enter the vendor's authentication again and to look at the rights of the login.",
    "advice.codes_unknown": "Nothing need be done: the cloud gets them as they are. Your IT can give them a meaning in "
    "the agent's settings.",
    "advice.sync_behind": "The database has more to compare than the agent's share of its time allows. Raise the share "
    "in Settings, or wait for the night.",
    "advice.drift_found": "Open Data, compare with the cloud, and send a diagnostics bundle to support: this should "
    "not happen.",
    # The practice's database
    "advice.login_refused": "The password or the user of the database was changed. An administrator enters the new "
    "password in Settings.",
    "advice.secret_missing": "A password was lost from this computer's keyring. An administrator enters it again in "
    "Settings; if it is the agent's own key, your IT enrols the agent again.",
    "advice.database_unknown": "The practice's database was renamed or removed. Ask your IT to correct its name in the "
    "agent's settings file.",
    "advice.driver_missing": "Ask your IT to install the database driver of the practice software on this computer. "
    "Then run the check in Support.",
    "advice.dsn_unknown": "The data source of the practice software is gone from this computer. Ask your IT to create "
    "it again, for the whole computer and not for one user.",
    "advice.permission_denied": "The agent's database user may not read all that is needed. Run the check in Support: "
    "it names what your IT must allow.",
    "advice.database_changed": "If the practice has a new server, ask your IT to accept it; if this is a training or "
    "test database, to correct the agent's settings. Nothing is sent until then.",
    "advice.records_quarantined": "Open Data to see of which kind they are, and correct their numbers in the practice "
    "software.",
    "advice.nothing_seen": "If the practice did work, the agent may read the wrong database: run the check in Support.",
    # The way to the cloud
    "advice.dns_failed": "See that this computer is online and finds other sites by their names. Then open Connection "
    "and test the cloud.",
    "advice.proxy_failed": "Ask your IT whether the proxy lets this computer reach the cloud's address; which proxy is "
    "used stands in Settings.",
    "advice.bad_answer": "A log-in page, a proxy or a firewall answers in the cloud's place. Open a web browser on "
    "this computer and see what it shows; then tell your IT.",
    "advice.agent_replaced": "If this computer is to send for the practice, ask the cloud's operator for a code and "
    "your IT to enrol the agent again; else remove the agent here.",
    "advice.other_host": "The agent's folder was copied. Ask your IT to keep one of the two, and to enrol it again if "
    "it is this one.",
    "advice.ack_stale": "See the other warnings; if there are none, run the check in Support.",
    # Write-backs
    "advice.channel_refused": "Write-backs wait. Ask your IT to enter the key or login for them again.",
    "advice.policy_invalid": "The office's rules for write-backs cannot be read, so write-backs wait. An administrator "
    "corrects them in Settings.",
    "advice.reading_halted": "See the other warnings: when the practice's database is read again, writing goes on.",
}
