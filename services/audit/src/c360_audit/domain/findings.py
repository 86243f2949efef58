"""What is found when what is on record is checked: what was done, to what, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["changed", "removed", "forged", "reordered", "unsigned", "lost"]
"""Lost: it cannot be checked, because a store was filled anew from a log that no longer had all.
Reordered: it holds what belongs elsewhere. Unsigned: no checkpoint covers it, so that nobody can
tell whether the instance wrote it."""

Part = Literal["log", "store", "rows", "tree", "checkpoint"]
"""The log's entries; what the store has of them; the rows it answers questions by; the hashes; the
signed checkpoints, kept here or elsewhere."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was signed.

    `first` to `last` are offsets of a partition; None for what stands at no place of the topic.
    """

    kind: Kind
    part: Part
    partition: int | None
    first: int | None
    last: int | None
    message: str

    def __str__(self) -> str:
        place = "" if self.partition is None else f" audit/{self.partition}"
        if self.first is not None:
            place += f" {self.first}" if self.first == self.last else f" {self.first}-{self.last}"
        return f"{self.kind} {self.part}{place}: {self.message}"


def at(kind: Kind, part: Part, partition: int, offset: int, message: str) -> Finding:
    """A finding about one place."""
    return Finding(kind, part, partition, offset, offset, message)


def together(findings: Iterable[Finding]) -> Sequence[Finding]:
    """The same, those of places beside each other as one, by place."""
    merged: list[Finding] = []
    for one in sorted(findings, key=_order):
        last = merged[-1] if merged else None
        if last is not None and _follows(last, one):
            merged[-1] = replace(last, last=max(last.last or 0, one.last or 0))
        else:
            merged.append(one)
    return merged


def _order(one: Finding) -> tuple[object, ...]:
    place = (-1 if one.partition is None else one.partition, one.part, one.kind, one.message)
    return *place, -1 if one.first is None else one.first


def _follows(last: Finding, one: Finding) -> bool:
    if one.first is None or last.first is None:
        return False
    same = replace(one, first=last.first, last=last.last) == last
    return same and one.first <= (last.last or 0) + 1
