"""``version``."""

from __future__ import annotations

import json
import subprocess
import sys

from agent import __version__
from tests.cli.office import Office


def test_it_says_the_version(office: Office):
    assert office.well("version").startswith(f"practice-agent {__version__} ")
    assert json.loads(office.well("version", "--json"))["version"] == __version__


def test_short_verbs_load_nothing_heavy():
    code = (
        "import sys; from agent.cli import main\n"
        "try: main.app(['status', '--home', 'nowhere'])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "httpx",
        "cryptography",
        "zstandard",
        "joserfc",
        "pyodbc",
        "phonenumbers",
        "rich",
        "agent.capture",
        "agent.store",
    }
    assert heavy.intersection(loaded) == set()
