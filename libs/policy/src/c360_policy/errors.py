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

    def __init__(self, problem: PolicyProblem, *others: PolicyProblem) -> None:
        first, *rest = sorted({problem, *others})
        self.problems = (first, *rest)
        super().__init__(f"{first} (and {len(rest)} more)" if rest else str(first))

    @classmethod
    def whole(cls, message: str) -> PolicyInvalid:
        """What is wrong is in no line of the text."""
        return cls(PolicyProblem(0, message))


def refuse_any(problems: Iterable[PolicyProblem]) -> None:
    """Raise `PolicyInvalid` with all of them, if there are any."""
    found = tuple(problems)
    if found:
        raise PolicyInvalid(*found)
