"""How many commands a worker asks of a server of MongoDB's protocol, at its start and a batch."""

from __future__ import annotations

from collections.abc import Mapping

from pymongo import monitoring

_MARK = "begun"
"""With a mark in this collection each batch begins."""


class Commands(monitoring.CommandListener):
    """Counts what all clients made from now on ask."""

    def __init__(self) -> None:
        monitoring.register(self)
        self.reset()

    def reset(self) -> None:
        """A worker starts."""
        self._at_start = 0
        self._later = 0
        self._batches = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """One command more."""
        named = str(event.command.get(event.command_name, ""))
        self._batches += event.command_name == "update" and named.startswith(_MARK)
        self._at_start += not self._batches
        self._later += bool(self._batches)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """It was counted as it began."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """It was counted as it began."""

    @property
    def figures(self) -> Mapping[str, float]:
        """Since a worker started; nothing where no server was asked."""
        if not self._batches:
            return {}
        return {
            "commands_at_start": self._at_start,
            "commands_a_batch": self._later / self._batches,
        }
