"""The story in two minutes: a practice that works, a cloud, the agent between them, and what happens when things break.

``python -m sandbox.demo``. Everything is real: the programs run as processes of their own and are ended by their ids,
the practice's database is read over ODBC, the cloud is reached over TLS. Must never show a patient's data, and never
touch a process or a folder that it has not made.
"""
