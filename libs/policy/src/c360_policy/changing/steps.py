"""What was done with the versions of a policy, step by step, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from c360_kernel.person import person_of

What = Literal["proposed", "approved", "published"]


class Step(NamedTuple):
    """One thing that somebody (`by`) did with a version, at a time (ms UTC).

    `base` is the version that was in force then; "" where there was none.
    """

    what: What
    version: str
    by: str
    at: int
    base: str


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version and what became of it. Times are ms UTC.

    `author` proposed it first, or else put it into force, `approver` approved it last, `publisher`
    put it into force last; None where that is not known. `in_force_at` is when it first was.
    """

    version: str
    author: str | None
    proposed_at: int | None
    approver: str | None
    approved_at: int | None
    publisher: str | None
    in_force_at: int | None
    is_in_force: bool


def authors_of(steps: Iterable[Step], version: str, base: str) -> frozenset[str]:
    """Everybody who proposed to replace one version by another."""
    return frozenset(
        person_of(one.by)
        for one in steps
        if (one.what, one.version, one.base) == ("proposed", version, base)
    )


def is_approved(steps: Sequence[Step], version: str, base: str) -> bool:
    """Whether somebody else than its authors approved that a version replaces another one.

    An approval is for that one change: to go back to a version of before is another.
    """
    authors = authors_of(steps, version, base)
    return bool(authors) and any(
        person_of(one.by) not in authors
        for one in steps
        if (one.what, one.version, one.base) == ("approved", version, base)
    )


def versions_of(
    steps: Sequence[Step], kept: Mapping[str, int | None], in_force: str
) -> list[PolicyVersion]:
    """Every version that was proposed or in force, the newest first.

    `kept` says when each version of which the text is kept was first in force.
    """
    names = dict.fromkeys((*(one.version for one in steps), *kept, in_force))
    found = [_version(name, steps, kept.get(name), name == in_force) for name in names if name]
    return sorted(found, key=_newest, reverse=True)


def _version(
    name: str, steps: Sequence[Step], kept_at: int | None, is_in_force: bool
) -> PolicyVersion:
    mine = [one for one in steps if one.version == name]
    proposed = next((one for one in mine if one.what == "proposed"), None)
    approved = next((one for one in reversed(mine) if one.what == "approved"), None)
    published = [one for one in mine if one.what == "published"]
    begun = [*(one.at for one in published), *([kept_at] if kept_at is not None else [])]
    return PolicyVersion(
        name,
        _author(proposed, published),
        proposed and proposed.at,
        approved and approved.by,
        approved and approved.at,
        published[-1].by if published else None,
        min(begun, default=None),
        is_in_force,
    )


def _author(proposed: Step | None, published: Sequence[Step]) -> str | None:
    first = proposed or next(iter(published), None)
    return None if first is None else first.by


def _newest(one: PolicyVersion) -> tuple[bool, int]:
    times = (one.proposed_at, one.approved_at, one.in_force_at)
    return one.is_in_force, max((at for at in times if at is not None), default=0)
