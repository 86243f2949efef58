"""Why a policy cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from c360_kernel.errors import SettingsError


class PolicyProblem(NamedTuple):
    """One thing that is wrong: the line of the text, from 1 (0: no line of it), and why."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class PolicyInvalid(SettingsError):
    """The policy cannot be used. The message tells the first problem, `problems` all of them."""

    code = "POLICY_INVALID"

    def __init__(self, *problems: PolicyProblem) -> None:
        self.problems = tuple(sorted(set(problems)))
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"{self.problems[0]}{more}")

    @classmethod
    def whole(cls, message: str) -> PolicyInvalid:
        """What is wrong is in no line of the text."""
        return cls(PolicyProblem(0, message))


def refuse_any(problems: Iterable[PolicyProblem]) -> None:
    """Raise `PolicyInvalid` with all of them, if there are any."""
    found = tuple(problems)
    if found:
        raise PolicyInvalid(*found)
