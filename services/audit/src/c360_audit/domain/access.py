"""What an operation on record showed of a coordinate, or why it showed nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from c360_kernel.payload import CoordinateUse, OperationAudited

from c360_audit.domain.marks import TAG, parts
from c360_audit.domain.operation import AuditQuery

Shown = Literal["clear", "masked", "refused", "used", "written"]
_WRITING, _SHOWING = "write", ("select", "export")


@dataclass(frozen=True, slots=True)
class About:
    """What is asked about: one coordinate, everything that carries a tag, or simply everything."""

    coordinate: str | None = None
    tag: str | None = None

    @classmethod
    def of(cls, named: str | None) -> About:
        """What `Type.field` or `tag:name` names; everything for None."""
        if named is not None and named.startswith(TAG):
            return cls(tag=named[len(TAG) :])
        return cls(coordinate=named)

    def query(
        self, subjects: frozenset[str], since: int | None = None, until: int | None = None
    ) -> AuditQuery:
        """What finds the operations that used it for these customers."""
        return AuditQuery(since, until, None, subjects, self.coordinate, self.tag)

    def covers(self, use: CoordinateUse) -> bool:
        """Whether a use is one that is asked about."""
        if self.coordinate is not None:
            return use.coordinate == self.coordinate
        return self.tag is None or self.tag in parts(use.tag)


@dataclass(frozen=True, slots=True)
class Sight:
    """One use of a coordinate and what came of it.

    `shown` is `clear`, `masked`, or `refused`; `used` for what was only filtered, sorted or looked
    up by, `written` for what was given. `count` is how many values there were, None where they were
    not counted.
    """

    coordinate: str
    use: str
    shown: Shown
    mask: str
    rules: tuple[str, ...]
    tags: tuple[str, ...]
    count: int | None


def sights(operation: OperationAudited, about: About) -> Iterator[Sight]:
    """Each use that is asked about."""
    is_refused = operation.outcome == "refused"
    for use in operation.uses:
        if about.covers(use):
            rules, tags = tuple(parts(use.rule)), tuple(parts(use.tag))
            shown: Shown = "refused" if is_refused else _shown(use)
            yield Sight(use.coordinate, use.use, shown, use.mask, rules, tags, use.objects)


def _shown(use: CoordinateUse) -> Shown:
    if use.decision == "deny":
        return "refused"
    if use.use == _WRITING:
        return "written"
    if use.use not in _SHOWING:
        return "used"
    return "masked" if use.mask else "clear"
