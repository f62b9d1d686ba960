"""The tables of the reference cloud. Every key begins with the practice, so that the tables can be cut by practice.

Times are ISO 8601 UTC texts of one fixed length, so that they compare as texts in every database. Secrets (codes, keys,
tokens) are kept as hashes only.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, false

CLOUD_SCHEMA = 3
"""Version of these tables; an older database is brought up to it, one written by a newer program is refused."""

METADATA = MetaData()


def _practice() -> Column[str]:
    return Column("practice_id", String(40), primary_key=True)


about = Table(
    "about",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

practices = Table(
    "practices",
    METADATA,
    _practice(),
    Column("name", String(200), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("feed_seq", BigInteger, nullable=False),  # last number given in the feed
    Column("epoch", BigInteger, nullable=False),  # the newest epoch issued, 0 = none
    Column("hold", BigInteger, nullable=False),  # last number given to a hold
)

invitations = Table(
    "invitations",
    METADATA,
    _practice(),
    Column("code_hash", String(64), primary_key=True),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("used_at", String(32)),
    Column("agent_id", String(80)),
)

agents = Table(
    "agents",
    METADATA,
    _practice(),
    Column("agent_id", String(80), primary_key=True),
    Column("public_key", Text, nullable=False),
    Column("thumbprint", String(80), nullable=False),
    Column("host", String(200), nullable=False),
    Column("agent_version", String(100), nullable=False),
    Column("state", String(20), nullable=False),  # active | replaced | unenrolled
    Column("enrolled_at", String(32), nullable=False),
    Column("session", String(200)),  # the newest session: the only one that may send
)

sessions = Table(
    "sessions",
    METADATA,
    _practice(),
    Column("agent_id", String(80), primary_key=True),
    Column("session", String(200), primary_key=True),
    Column("started_at", String(32), nullable=False),
)

tokens = Table(
    "tokens",
    METADATA,
    _practice(),
    Column("token_hash", String(64), primary_key=True),
    Column("agent_id", String(80), nullable=False),
    Column("expires_at", String(32), nullable=False),
)

assertions = Table(
    "assertions",
    METADATA,
    _practice(),
    Column("agent_id", String(80), primary_key=True),
    Column("jti", String(64), primary_key=True),  # hash of the assertion's id
    Column("expires_at", String(32), nullable=False),
)

reader_keys = Table(
    "reader_keys",
    METADATA,
    _practice(),
    Column("key_hash", String(64), primary_key=True),
    Column("label", String(200), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("may_write", Boolean, nullable=False, server_default=false()),  # may queue commands
)

epochs = Table(
    "epochs",
    METADATA,
    _practice(),
    Column("epoch", BigInteger, primary_key=True),
    Column("agent_id", String(80), nullable=False),
    Column("session", String(200), nullable=False),  # the session that it was issued to
    Column("opened_at", String(32), nullable=False),
    Column("acked_seq", BigInteger, nullable=False),
    Column("chain", String(64), nullable=False),
)

chunks = Table(
    "chunks",
    METADATA,
    _practice(),
    Column("epoch", BigInteger, primary_key=True),
    Column("last_seq", BigInteger, primary_key=True),
    Column("chain", String(64), nullable=False),
)

feed = Table(
    "feed",
    METADATA,
    _practice(),
    Column("feed_seq", BigInteger, primary_key=True),
    Column("received_at", String(32), nullable=False),
    Column("body", Text, nullable=False),  # a JSON object, without feed_seq and received_at
)

records = Table(
    "records",
    METADATA,
    _practice(),
    Column("resource", String(64), primary_key=True),
    Column("record_id", String(512), primary_key=True),
    Column("version", String(64), nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("feed_seq", BigInteger, nullable=False),  # last feed entry about it
    Column("content_seq", BigInteger, nullable=False),  # last feed entry that holds its data
    Column("epoch_seen", BigInteger, nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("stale_since", String(40)),
    Column("stale_reason", String(200)),
    # What the totals need, taken out of the data when it is applied:
    Column("day", String(10)),
    Column("place", String(512)),
    Column("kind", String(40)),
    Column("amount", BigInteger),  # ten-thousandths of the currency unit
    Index("records_by_change", "practice_id", "resource", "feed_seq"),
    Index("records_by_epoch", "practice_id", "resource", "deleted", "epoch_seen"),
)

loads = Table(
    "loads",
    METADATA,
    _practice(),
    Column("epoch", BigInteger, primary_key=True),
    Column("resource", String(64), primary_key=True),
    Column("claimed", BigInteger, nullable=False),  # records that the agent says it holds
    Column("seen", BigInteger, nullable=False),  # records that the cloud has seen in the epoch
    Column("completed_at", String(32), nullable=False),
)

holds = Table(
    "holds",
    METADATA,
    _practice(),
    Column("number", Integer, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("resource", String(64), nullable=False),
    Column("missing", BigInteger, nullable=False),  # records that would be deleted
    Column("present", BigInteger, nullable=False),  # records held before
    Column("state", String(20), nullable=False),  # open | accepted | superseded
    Column("made_at", String(32), nullable=False),
    Column("decided_at", String(32)),
)

heartbeats = Table(
    "heartbeats",
    METADATA,
    _practice(),
    Column("agent_id", String(80), primary_key=True),
    Column("sent_at", String(40), nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("agent_version", String(100), nullable=False),
    Column("status", Text, nullable=False),
)

commands = Table(
    "commands",
    METADATA,
    _practice(),
    Column("command_id", String(80), primary_key=True),
    Column("queue_seq", BigInteger, nullable=False),  # 1, 2, 3, ... in the practice
    Column("key_hash", String(64), nullable=False),  # of the Idempotency-Key
    Column("request_hash", String(64), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("target", String(20), nullable=False),  # resource
    Column("target_id", String(512)),
    Column("jws", Text, nullable=False),
    Column("issued_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("state", String(20), nullable=False),
    Column("ended", Boolean, nullable=False),  # the state is final
    Column("kept", Boolean, nullable=False),  # the agent's present store holds it: not to be delivered again
    Column("delivery_count", Integer, nullable=False),
    Column("report_number", BigInteger, nullable=False),  # of the newest report; 0 = none, or a new epoch has begun
    Column("report", Text),  # a JSON object: the newest report
    Column("retry_of", String(80)),
    Index("commands_by_key", "practice_id", "key_hash", unique=True),
    Index("commands_by_place", "practice_id", "queue_seq", unique=True),
    Index("commands_to_deliver", "practice_id", "ended", "kept", "queue_seq"),
    Index("commands_by_retry", "practice_id", "retry_of"),
)

command_steps = Table(
    "command_steps",
    METADATA,
    _practice(),
    Column("command_id", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),  # 1, 2, 3, ... in the order in which the cloud learnt of them
    Column("state", String(20), nullable=False),
    Column("at", String(32), nullable=False),  # by the clock of whoever decided
    Column("told_at", String(32), nullable=False),  # by the cloud's
    Column("reason_code", String(64)),
)

ignored_reports = Table(
    "ignored_reports",
    METADATA,
    _practice(),
    Column("reason", String(40), primary_key=True),  # command_unknown | after_final
    Column("count", BigInteger, nullable=False),
    Column("last_at", String(32), nullable=False),
)

UPGRADES: dict[int, tuple[str, ...]] = {
    2: ("ALTER TABLE reader_keys ADD COLUMN may_write BOOLEAN DEFAULT false NOT NULL",),
    3: (),
}
"""Version -> what brings the tables of the version before up to it; tables that are missing are made anyway."""
