"""What is wrong with a set of subgraphs, or only odd: coded, placed, with a remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from c360_federation.errors import FederationError


@dataclass(frozen=True, slots=True)
class CompositionProblem:
    """One reason why subgraphs do not compose."""

    code: str
    message: str
    subgraphs: tuple[str, ...] = ()
    coordinate: str | None = None

    def __str__(self) -> str:
        where = f" [{', '.join(self.subgraphs)}]" if self.subgraphs else ""
        return f"{self.code}{where} {self.message}"


@dataclass(frozen=True, slots=True)
class CompositionHint:
    """Something that composes and may not be what was meant."""

    code: str
    message: str
    coordinate: str | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


class CompositionError(FederationError):
    """The subgraphs do not compose; `problems` says everything that was found."""

    def __init__(self, problems: Iterable[CompositionProblem]) -> None:
        self.problems: tuple[CompositionProblem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ProblemList:
    """Collects problems and hints, so that one run tells them all."""

    def __init__(self) -> None:
        self.found: list[CompositionProblem] = []
        self.hints: list[CompositionHint] = []

    def add(
        self, code: str, message: str, subgraphs: Iterable[str] = (), coordinate: str | None = None
    ) -> None:
        """Note a problem."""
        problem = CompositionProblem(code, message, tuple(subgraphs), coordinate)
        if problem not in self.found:
            self.found.append(problem)

    def hint(self, code: str, message: str, coordinate: str | None = None) -> None:
        """Note what may not be meant."""
        hint = CompositionHint(code, message, coordinate)
        if hint not in self.hints:
            self.hints.append(hint)

    def stop_if_any(self) -> None:
        """Raise when something was found."""
        if self.found:
            raise CompositionError(self.found)
