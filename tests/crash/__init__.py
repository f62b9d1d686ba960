"""Real processes that die: killed at any instant, robbed of their disk, their database, their past."""
