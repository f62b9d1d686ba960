"""The program against the raw floor: what it costs, measured beside pyodbc in one run (``python -m benchmarks``)."""
