"""The tables of monitoring: what is remembered of heartbeats, the alarms, and their delivery. Part of the schema.

No patient data. Secrets of webhooks are kept sealed (``alarms_seal.py``): every message is signed with them, so hashes
would not do.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from sandbox.cloud.schema import METADATA

FLEET = "fleet"
"""In place of a practice: the whole fleet, or the cloud itself. No practice has this id."""


def _practice() -> Column[str]:
    return Column("practice_id", String(40), primary_key=True)


marks = Table(
    "heartbeat_marks",
    METADATA,
    _practice(),
    Column("at", String(32), primary_key=True),  # by the cloud's clock
    Column("state", String(20), nullable=False),
    Column("lag_ms", BigInteger),
    Column("waiting", BigInteger),  # changes
    Column("oldest_seconds", BigInteger),
    Column("agent_version", String(100), nullable=False),
    Column("pms", String(40)),
    Column("pms_version", String(100)),
)

seen_warnings = Table(
    "seen_warnings",
    METADATA,
    _practice(),
    Column("code", String(64), primary_key=True),
    Column("opened_at", String(32), primary_key=True),
    Column("severity", String(10), nullable=False),
    Column("closed_at", String(32)),
)

comparisons = Table(
    "comparisons",
    METADATA,
    _practice(),
    Column("resource", String(64), primary_key=True),
    Column("compared_at", String(32), nullable=False),
    Column("differing", Integer, nullable=False),  # segments
    Column("lasting", Text, nullable=False),  # JSON: those that have differed at every comparison since
    Column("since", String(32)),
)

activity = Table(
    "activity",
    METADATA,
    _practice(),
    Column("resource", String(64), primary_key=True),
    Column("hour", String(13), primary_key=True),  # UTC, 2026-03-02T12
    Column("changes", BigInteger, nullable=False),
    Index("activity_by_hour", "practice_id", "hour"),
)

watches = Table(
    "watches",
    METADATA,
    _practice(),
    Column("since", String(32), nullable=False),  # it has been watched without a gap since then
    Column("at", String(32), nullable=False),
    Column("volume_hour", String(13)),  # the last hour whose volume was judged
)

alarms = Table(
    "alarms",
    METADATA,
    _practice(),
    Column("code", String(64), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("state", String(10), nullable=False),  # pending | open
    Column("severity", String(10), nullable=False),
    Column("since", String(32), nullable=False),
    Column("first_at", String(32), nullable=False),  # when the watch saw it first
    Column("opened_at", String(32)),
    Column("gone_at", String(32)),  # when it was seen no more
    Column("told", Integer, nullable=False),  # messages sent about it
    Column("told_at", String(32)),
    Column("level", BigInteger, nullable=False),
    Column("told_level", BigInteger, nullable=False),
    Column("facts", Text, nullable=False),  # a JSON object
)

targets = Table(
    "alarm_targets",
    METADATA,
    _practice(),  # FLEET = alarms of all practices
    Column("target_id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", String(80), nullable=False),  # sealed; as it is where an older version put it there
    Column("added_at", String(32), nullable=False),
    Column("ended_at", String(32)),  # it has answered 410 Gone
    Column("taken_at", String(32)),  # last message that it took
    Column("failed_at", String(32)),  # last attempt that failed, after the last one that did not
    Column("failure", String(60)),
)

messages = Table(
    "alarm_messages",
    METADATA,
    _practice(),
    Column("message_id", String(60), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("alarm_id", String(180), nullable=False),
    Column("body", Text, nullable=False),
    Index("alarm_messages_by_time", "practice_id", "at"),
)

deliveries = Table(
    "alarm_deliveries",
    METADATA,
    _practice(),
    Column("message_id", String(60), primary_key=True),
    Column("target_id", String(40), primary_key=True),
    Column("at", String(32), nullable=False),  # when the message was made
    Column("alarm_id", String(180), nullable=False),
    Column("state", String(12), nullable=False),  # waiting | delivered | dead
    Column("attempts", Integer, nullable=False),
    Column("next_at", String(32), nullable=False),  # not before; while an attempt is under way, when it is given up
    Column("give_up_at", String(32), nullable=False),
    Column("settled_at", String(32)),
    Column("failure", String(60)),
    Index("alarm_deliveries_due", "state", "next_at"),
)
