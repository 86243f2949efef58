"""Conditions that begin with the same tests, as a tree: who fails one is asked no further."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from c360_segment.domain.compiled import Look, Test


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """Some tests that have to hold; the segments for whom these are all; and what goes on."""

    segments: list[str] = field(default_factory=list[str])
    ways: list[tuple[Test, Branch]] = field(default_factory=list["tuple[Test, Branch]"])

    def holding(self, look: Look) -> list[str]:
        """The segments of it whose tests all hold."""
        found = list(self.segments)
        for test, branch in self.ways:
            if test(look):
                found += branch.holding(look)
        return found

    def grow(self, tests: Sequence[Test], segments: Iterable[str]) -> None:
        """Add segments for whom these tests have to hold."""
        if not tests:
            self.segments.extend(segments)
            return
        first, *others = tests
        branch = next((branch for test, branch in self.ways if test is first), None)
        if branch is None:
            branch = Branch()
            self.ways.append((first, branch))
        branch.grow(others, segments)
