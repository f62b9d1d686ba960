"""Secrets by name: the database password, the agent's key, the sealing key.

Owns the way to the operating system's keyring. A secret is never printed, logged or put into an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keyring.errors import KeyringError, PasswordDeleteError

from agent.model.errors import NeedsPerson
from agent.platform import vault


class Secrets:
    """The secrets that belong to one home folder."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self._vault = vault.open_vault(self._home)
        self._service = vault.service(self._home)

    def get(self, name: str) -> str | None:
        """The secret, or None when none of that name is kept.

        Raises:
            NeedsPerson: ``secrets_exposed`` or ``secrets_unreadable``.
        """
        with self._converted():
            return self._vault.get_password(self._service, name)

    def require(self, name: str) -> str:
        """The secret, which must be there.

        Raises:
            NeedsPerson: ``secret_missing``, ``secrets_exposed`` or ``secrets_unreadable``.
        """
        value = self.get(name)
        if value is None:
            raise NeedsPerson(
                "secret_missing",
                "A secret that this agent once kept is no longer in the keyring",
                "Run `practice-agent init` again for a database password, `practice-agent enroll` for the agent's key; "
                "if the agent was moved to another account or machine, set it up anew there.",
                secret=name,
            )
        return value

    def set(self, name: str, value: str) -> None:
        """Keep a secret; durable when this returns.

        Raises:
            NeedsPerson: ``secrets_exposed`` or ``secrets_unreadable``.
        """
        with self._converted():
            self._vault.set_password(self._service, name, value)

    def delete(self, name: str) -> None:
        """Forget a secret, whether it was there or not.

        Raises:
            NeedsPerson: ``secrets_exposed`` or ``secrets_unreadable``.
        """
        with self._converted():
            try:
                self._vault.delete_password(self._service, name)
            except PasswordDeleteError:
                return

    @contextmanager
    def _converted(self) -> Iterator[None]:
        try:
            yield
        except vault.Exposed:
            raise NeedsPerson(
                "secrets_exposed",
                "The file that holds the agent's secrets can be read by others",
                f"Give it to the agent's user alone (chmod 600, and its owner) in {self._home}; "
                "treat the secrets in it as known to others: change the database password and enrol again.",
            ) from None
        except KeyringError as error:
            raise NeedsPerson(
                "secrets_unreadable",
                "The keyring that holds the agent's secrets cannot be used",
                f"See that the agent's user may read and write the keyring of {self._home}; "
                "if it is damaged, restore it, or set the agent up again.",
                reason=type(error).__name__,
            ) from None
