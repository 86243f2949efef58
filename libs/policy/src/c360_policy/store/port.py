"""Where policy comes from."""

from __future__ import annotations

from typing import Protocol

from c360_policy.rule import Policy


class PolicyStore(Protocol):
    """Where policy comes from."""

    def current(self) -> Policy:
        """The policy in force now; the one that denies everything while there is none to read."""
        ...

    def refusal(self) -> str:
        """Why a changed policy was not taken, a code; empty where the one there is holds."""
        ...

    def answers(self) -> bool:
        """Whether there was a policy to read when it was last looked for."""
        ...
