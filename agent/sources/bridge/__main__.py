"""Entry of the child process: ``python -m agent.sources.bridge``."""

from agent.sources.bridge.process import main

main()
