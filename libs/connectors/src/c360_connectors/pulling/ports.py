"""What a connector needs of the world: requests answered, items taken, its state kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from c360_mapping.items import Item
from c360_mapping.mapping import Kind

from c360_connectors.requests import Request


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source answered. `retry_after_s` is None where it did not say."""

    status: int
    body: bytes
    link: str = ""
    cookies: tuple[str, ...] = ()
    retry_after_s: float | None = None


class Web(Protocol):
    """Sends requests to addresses that may be reached."""

    async def ask(self, request: Request, timeout_s: float) -> Answer:
        """What is answered.

        Raises `Transient` where nothing is, `Invalid` (ADDRESS_REFUSED, ANSWER_TOO_LARGE).
        """
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item: `status` as the API tells it, and why where it was refused.

    `warnings` are the code and the type of each identifier that identifies nobody.
    """

    status: str
    code: str = ""
    warnings: tuple[tuple[str, str], ...] = ()


class Take(Protocol):
    """Takes items into the log."""

    async def take(self, kind: Kind, items: Sequence[Item]) -> Sequence[Outcome]:
        """One outcome for each, in order; all that is taken is durable. Raises `C360Error`."""
        ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A row that cannot become an item: why, and the row as it came."""

    code: str
    path: str
    message: str
    raw: object


class Aside(Protocol):
    """Where rows are put that cannot be taken."""

    def put(self, letters: Sequence[DeadLetter], length: int) -> int:
        """Keep them, durably, behind what `length` bytes hold; the length then.

        What is behind that was put there by a run that ended before it could say so.
        """
        ...
