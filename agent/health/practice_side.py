"""Warnings about the practice's database and what is read from it. Data only."""

from __future__ import annotations

from agent.health.warnable import Warnable

# What explains that nothing can be read at all.
UNREACHABLE = (
    "driver_missing",
    "driver_wrong_bitness",
    "dsn_unknown",
    "login_refused",
    "database_unknown",
    "database_unreachable",
    "database_lost",
    "database_busy",
    "database_damaged",
    "bridge_died",
    "bridge_missing",
    "bridge_version",
    "connections_exhausted",
)

PRACTICE_SIDE: tuple[Warnable, ...] = (
    # --- reaching it
    Warnable(
        "database_unreachable",
        "The practice database does not answer",
        "See that the server of the practice software is on and its database service runs; the agent tries again.",
        visible_after=30,
    ),
    Warnable(
        "database_lost",
        "The connection to the practice database breaks off",
        "The agent connects again. If it lasts, see the database's service and the network between the machines.",
        visible_after=30,
    ),
    Warnable(
        "database_busy",
        "The practice database has no connection free",
        "The agent tries again. If it lasts, allow the database more connections or end forgotten ones.",
        visible_after=120,
    ),
    Warnable(
        "database_unknown",
        "The database named does not exist there",
        "Correct the database's name in [source] connection in agent.toml.",
    ),
    Warnable(
        "database_damaged",
        "The practice database reports that it is damaged",
        "Call the maker of the practice software; the agent changes nothing in it.",
    ),
    Warnable(
        "login_refused",
        "The practice database refuses the login",
        "The password or user was changed. Set the new one with `practice-agent init`.",
    ),
    Warnable(
        "driver_missing",
        "The ODBC driver is not installed",
        "Install the ODBC driver of the practice software's database, then run `practice-agent doctor`.",
    ),
    Warnable(
        "driver_wrong_bitness",
        "The ODBC driver is of the other bitness",
        "Install the driver for both 32 and 64 bit, or the other build of the agent's reader.",
    ),
    Warnable(
        "dsn_unknown",
        "The ODBC data source does not exist",
        "Correct [source] connection in agent.toml, or create the data source for the whole system, not for one user.",
    ),
    Warnable(
        "dialect_unsupported",
        "The practice software does not run on this database engine",
        "Correct [source] dialect in agent.toml.",
    ),
    Warnable(
        "permission_denied",
        "The login may not read all that is needed",
        "Grant SELECT on the tables that `practice-agent doctor` lists.",
    ),
    Warnable(
        "statement_refused",
        "The practice database refuses a statement",
        "Please send a bundle to support; the other resources go on.",
        depends_on=UNREACHABLE,
    ),
    Warnable(
        "database_error",
        "The practice database reports an error",
        "The agent tries again. If it lasts, please send a bundle to support.",
        visible_after=60,
        depends_on=UNREACHABLE,
    ),
    Warnable(
        "statement_timeout",
        "The practice database answers too slowly",
        "The server is overloaded or a lock is held. The agent asks for less and tries again.",
        severity="warning",
        visible_after=300,
        depends_on=UNREACHABLE,
    ),
    Warnable(
        "locked",
        "A record stays locked in the practice software",
        "Somebody keeps a window open on it; it is read at the next look.",
        severity="notice",
        visible_after=900,
    ),
    Warnable(
        "unstable",
        "Records change faster than they can be read",
        "Nothing to do: they are read at the next look.",
        severity="notice",
        visible_after=900,
    ),
    Warnable(
        "not_open",
        "The connection to the practice database is closed",
        "It is opened again by itself.",
        visible_after=60,
        depends_on=UNREACHABLE,
    ),
    Warnable(
        "bridge_died",
        "The process that holds the ODBC driver ends again and again",
        "It is started again by itself. Update the ODBC driver; see that antivirus does not hold the agent's files.",
        visible_after=60,
    ),
    Warnable(
        "bridge_hung",
        "The ODBC driver does not answer and is stopped",
        "It is started again by itself. If it happens often, update the ODBC driver.",
        severity="warning",
        visible_after=60,
    ),
    Warnable(
        "bridge_resting",
        "The reader waits before it starts again",
        "Nothing to do.",
        severity="notice",
        visible_after=120,
        depends_on=UNREACHABLE,
    ),
    Warnable(
        "connections_exhausted",
        "All connections that the agent allows itself are in use",
        "The database frees a stopped one in a while; if it lasts, end the agent's connections on the server.",
        visible_after=300,
    ),
    Warnable(
        "bridge_missing",
        "The reader's program cannot be started",
        "Antivirus may hold or have removed it: restore it, exempt the agent's program folder, or install it again.",
    ),
    Warnable("bridge_version", "The reader's program is of another version", "Install the agent again."),
    Warnable(
        "bridge_fault",
        "The process that reads the practice database has a fault",
        "It is started again. If it lasts, please send a bundle to support.",
        visible_after=60,
    ),
    Warnable(
        "capture_paused",
        "Reading is paused",
        "Somebody paused it, or the agent waits; `practice-agent status` says why.",
        severity="notice",
    ),
    # --- what it is
    Warnable(
        "database_changed",
        "Another database answers under the same name",
        "If this is intended (a new server), accept it; if it is a training or test database, correct agent.toml.",
    ),
    Warnable(
        "database_old",
        "Nothing has been entered in this database for weeks",
        "See that it is the practice's own database and not a copy, a training or a test database.",
        severity="notice",
    ),
    Warnable(
        "database_restored",
        "The practice database is older than what was already read",
        "It was restored from a backup. Accept it when the practice works on it; what differs is then sent again.",
    ),
    Warnable(
        "upgrade_in_progress",
        "The practice software is being upgraded",
        "Nothing to do: reading goes on when the upgrade has ended. If none is running, end it in the practice "
        "software.",
        severity="warning",
        visible_after=30,
    ),
    Warnable(
        "version_unknown",
        "The practice software has a version that this agent was not proved with",
        "Reading goes on after a check of all tables used. Update the agent when a newer one is offered.",
        severity="warning",
    ),
    Warnable(
        "schema_changed",
        "A table or column that is needed has changed",
        "The resource named has stopped, the others go on. Update the agent, or tell support the version of the "
        "software.",
    ),
    Warnable(
        "table_missing",
        "A table that is needed is gone",
        "The resource named has stopped and nothing was deleted. See that the login may read it; else tell support.",
    ),
    Warnable(
        "column_missing",
        "A column that is needed is gone",
        "The resource named has stopped, the others go on. Update the agent, or tell support the version of the "
        "software.",
    ),
    Warnable(
        "index_missing",
        "An index that reading relies on is missing",
        "Reading goes on more slowly, within the same limits. The maker of the practice software can restore "
        "the index.",
        severity="warning",
    ),
    # --- what is in it
    Warnable(
        "mass_delete",
        "Many records have vanished at once",
        "The deletes are held. Accept them if they are meant (a clean-up); otherwise see what happened to the "
        "database.",
    ),
    Warnable(
        "records_quarantined",
        "Some records cannot be sent",
        "Their keys cannot be used; `practice-agent status` counts them. Correct them in the practice software.",
        severity="warning",
    ),
    Warnable(
        "codes_unknown",
        "The practice uses codes that the agent does not know",
        "They are sent as `unknown` with the raw code beside. Give them a meaning under [codes] in agent.toml.",
        severity="notice",
    ),
    Warnable(
        "override_invalid",
        "A code under [codes] in agent.toml has a meaning that does not exist",
        "Use one of the meanings that the message lists.",
    ),
    Warnable(
        "time_zone_unknown",
        "The practice's time zone is not known",
        "Set [practice] time_zone in agent.toml to a name like America/Chicago.",
    ),
    Warnable(
        "database_clock_wrong",
        "The database's clock is wrong",
        "Correct date, time and time zone of the practice's server.",
        severity="warning",
        visible_after=300,
    ),
    # --- keeping up
    Warnable(
        "sync_behind",
        "Changes are seen later than promised",
        "The database has more to compare than the duty allows in this time; raise [pace] duty_off, or wait for "
        "the night.",
        severity="warning",
        visible_after=600,
        depends_on=(*UNREACHABLE, "capture_paused", "upgrade_in_progress", "outbox_full", "disk_full"),
    ),
    Warnable(
        "nothing_seen",
        "No change was seen for a whole working day",
        "If the practice did work, the agent may read the wrong database: run `practice-agent doctor`.",
        severity="warning",
        visible_after=300,
        depends_on=(*UNREACHABLE, "capture_paused", "upgrade_in_progress"),
    ),
    Warnable(
        "duty_exceeded",
        "Reading takes more of the database's time than allowed",
        "The agent slows itself down; if it lasts, send a bundle to support.",
        severity="warning",
        visible_after=600,
    ),
    Warnable(
        "drift_found",
        "The cloud's data differs from the practice's",
        "Run `practice-agent reconcile --repair`, then send a bundle to support: this should not happen.",
        severity="warning",
    ),
)
