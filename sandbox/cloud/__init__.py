"""The reference cloud: the other side of the contract, on SQLite or PostgreSQL.

:class:`sandbox.cloud.service.Cloud` is the whole of it without HTTP; ``serve`` puts it behind TLS. It is a reference:
exact, readable and testable, not a product; it must never know anything of a PMS beyond what the contract says.
"""
