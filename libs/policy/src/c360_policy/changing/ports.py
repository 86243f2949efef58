"""Where versions are kept with their history, and where the policy in force lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from c360_policy.changing.steps import Step


class PolicyLedger(Protocol):
    """Every version with its text, and every step. Nothing in it is ever changed."""

    async def steps(self) -> Sequence[Step]:
        """All that was done, in its order."""
        ...

    async def note(self, step: Step) -> None:
        """Add a step after all others."""
        ...

    async def text(self, version: str) -> str | None:
        """The text of a version that was proposed or in force."""
        ...

    async def put_aside(self, version: str, text: str) -> None:
        """Keep the text of a version that is proposed, unless there is one."""
        ...

    async def kept(self) -> Mapping[str, int | None]:
        """The versions that were in force, each with when first (ms UTC), where that is known."""
        ...


class PolicyShelf(Protocol):
    """The place from which the policy in force is taken."""

    async def text(self) -> str:
        """The text that lies there; "" where there is none."""
        ...

    async def put(self, text: str, replacing: str) -> str:
        """Put a text in the place of another and say where that is.

        Raises `Conflict` (POLICY_REPLACED) when another one lies there by now, and `C360Error`
        when it cannot be put there.
        """
        ...
