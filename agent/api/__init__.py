"""The local API: a thin server for the host, a thin client for CLI and GUI. Knows ports and messages, never an edge."""
