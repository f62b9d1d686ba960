"""A writer's child like the real one, but one that dies at a point of its transaction: ``dying.py POINT``."""

import os
import sys

from agent.sources.bridge.writer_core import WriterCore
from agent.sources.bridge.writer_process import connect, serve


def hook(point: str) -> None:
    if point == sys.argv[1]:
        os._exit(9)


serve(WriterCore(connect, hook), sys.stdin.buffer, sys.stdout.buffer)
