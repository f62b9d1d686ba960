"""What differs between Windows and the rest: folders, rights, the machine's identity, secrets.

Owns every call that only one operating system has. ``windows`` and ``portable`` hold modules of the same names with
the same functions; which side serves is decided here and nowhere else. Must never know a PMS, the store or the cloud.

    from agent.platform import machine, paths, permissions
    from agent.platform.secrets import Secrets
"""

import sys

if sys.platform == "win32":
    from agent.platform.windows import installs, machine, paths, permissions, power, vault
else:
    from agent.platform.portable import installs, machine, paths, permissions, power, vault

__all__ = ["installs", "machine", "paths", "permissions", "power", "vault"]
