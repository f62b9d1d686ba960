"""Entry of the child processes: ``python -m agent.sources.bridge`` reads, with ``--writer`` it writes, with ``--list``
it says what drivers there are.
"""

import sys

if "--writer" in sys.argv[1:]:
    from agent.sources.bridge.writer_process import main
elif "--list" in sys.argv[1:]:
    from agent.sources.bridge.listing import main
else:
    from agent.sources.bridge.process import main

main()
