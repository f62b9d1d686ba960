"""One screen per user and folder: a second one asks the first to open its window, and ends."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS = 500


class Single(QObject):
    """The name that only one screen can hold."""

    def __init__(self, home: Path, opened: Callable[[], None]) -> None:
        super().__init__()
        whose = f"{getpass.getuser()}\n{home}".encode()
        self._name = f"practice-agent-{hashlib.blake2b(whose, digest_size=8).hexdigest()}"
        self._opened = opened
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._asked)

    def claim(self) -> bool:
        """Be the one; False = another one is there, and was asked to open its window."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if socket.waitForConnected(_WAIT_MS):
            socket.disconnectFromServer()
            return False
        QLocalServer.removeServer(self._name)  # left behind by one that was killed
        return self._server.listen(self._name)

    def release(self) -> None:
        """Let another one be it."""
        self._server.close()

    def _asked(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.deleteLater()
            self._opened()
