"""The command line: one file per verb; a thin client that renders what other rooms know."""
