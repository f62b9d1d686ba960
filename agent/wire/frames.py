"""Frames over a pipe: four bytes, big-endian, with the length of the payload, then the payload.

Must import nothing but the standard library: the bridge is also built as a 32-bit program.
"""

from __future__ import annotations

from typing import IO

MAX_FRAME = 64 * 1024 * 1024
"""Longest payload, in bytes."""


class ProtocolError(Exception):
    """The other side does not speak this protocol. Carries no data."""


def write_frame(stream: IO[bytes], payload: bytes) -> None:
    """Write one frame and flush. Raises :class:`ProtocolError` when it is too long."""
    if len(payload) > MAX_FRAME:
        raise ProtocolError("frame too long")
    stream.write(len(payload).to_bytes(4, "big"))
    stream.write(payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """One frame; None = the stream has ended. Raises :class:`ProtocolError` on a cut or too long frame."""
    head = stream.read(4)
    if not head:
        return None
    size = int.from_bytes(head, "big")
    if len(head) < 4 or size > MAX_FRAME:
        raise ProtocolError("bad frame head")
    payload = stream.read(size)
    if len(payload) < size:
        raise ProtocolError("frame cut short")
    return payload
