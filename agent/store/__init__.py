"""The durable truth of the agent: one SQLite file, sealed, written one whole step at a time."""
