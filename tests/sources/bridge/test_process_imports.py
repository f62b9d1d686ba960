"""The child must also build as a 32-bit program: what it imports is counted."""

from __future__ import annotations

import subprocess
import sys

OURS = {
    "agent",
    "agent.sources",
    "agent.sources.bridge",
    "agent.sources.bridge.careful",
    "agent.sources.bridge.core",
    "agent.sources.bridge.encoding",
    "agent.sources.bridge.faults",
    "agent.sources.bridge.process",
    "agent.sources.bridge.serving",
    "agent.sources.bridge.tables",
    "agent.wire",
    "agent.wire.bridge",
    "agent.wire.envelope",
    "agent.wire.frames",
}
THEIRS = {"pyodbc", "orjson"}

SCRIPT = """
import sys
before = set(sys.modules)
import agent.sources.bridge.process
print("\\n".join(set(sys.modules) - before))
"""


def test_the_child_imports_pyodbc_orjson_the_protocol_and_the_standard_library_only() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.split(".")[0] == "agent"} == OURS
    others = {name.split(".")[0] for name in loaded} - {"agent"} - set(sys.stdlib_module_names)
    assert others == THEIRS
