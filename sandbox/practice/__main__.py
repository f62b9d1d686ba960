"""``python -m sandbox.practice``."""

from sandbox.practice.cli import app

app(prog_name="python -m sandbox.practice")
