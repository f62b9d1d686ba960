"""The ODBC child process: its core, its process, and the parent's side of the pipe."""
