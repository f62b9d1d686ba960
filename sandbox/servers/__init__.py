"""Real database servers on loopback: MariaDB and PostgreSQL, each with a data folder and a port of its own.

For the tests, the benchmarks and the demo. A server is ended by its process id and leaves nothing behind; works as root
and as a plain user. Must never touch a server that it has not started.
"""
