"""Whether what `rows.yaml` names is known: a rule for nobody, or by no trait, is one that is lost.

A row rule takes away, and so does a consent or a budget: whatever nobody knows refuses the policy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from c360_kernel.catalog.document import Located
from c360_kernel.catalog.model import TraitType

from c360_policy.errors import PolicyProblem
from c360_policy.rows.leaves import meaning_faults
from c360_policy.rows.model import ANY_PURPOSE, EVERY_ROLE, ConsentRule, Rows
from c360_policy.rows.places import located

_FILE = "rows.yaml"
_ALIKE = 0.75
"""From here on one name may be meant for the other (difflib's ratio)."""


def unknown_roles(rows: Rows, known: Collection[str]) -> Iterator[PolicyProblem]:
    """Roles that policy allows nothing; of bounds, those that may be misspelled."""
    named = [(role, rule.at) for role, rule in rows.rules.items()]
    named += [(role, one.at) for one in rows.consents for role in one.roles]
    named += [(role, at) for role, at in _bounds(rows) if _alike(role, known)]
    yield from _of_nobody(named, known)


def idle_bounds(rows: Rows, known: Collection[str]) -> Iterator[PolicyProblem]:
    """Bounds and pairs of roles that policy allows nothing, and that are like no other.

    They bind nobody.
    """
    named = [(role, at) for role, at in _bounds(rows) if not _alike(role, known)]
    yield from _of_nobody(named, known)


def _bounds(rows: Rows) -> Iterator[tuple[str, Located]]:
    yield from rows.places
    yield from ((role, one.at) for one in rows.apart for role in one.named)


def _of_nobody(
    named: Iterable[tuple[str, Located]], known: Collection[str]
) -> Iterator[PolicyProblem]:
    for role, at in named:
        if role != EVERY_ROLE and role not in known:
            yield _problem(at, f"no role {role!r} is known to the policy")


def _alike(role: str, known: Collection[str]) -> bool:
    folded = [one.casefold() for one in known]
    return bool(get_close_matches(role.casefold(), folded, n=1, cutoff=_ALIKE))


def unknown_traits(rows: Rows, traits: Mapping[str, TraitType]) -> Iterator[PolicyProblem]:
    """Traits that the catalog has not, or does not mark, and tests that they cannot meet."""
    for rule in rows.rules.values():
        if isinstance(rule.sees, str):
            continue
        for fault in meaning_faults(rule.sees, traits):
            yield _problem(located(rule.at, fault.path), fault.message)


def unknown_objects(
    consents: Collection[ConsentRule], coordinates: Collection[str], tags: Collection[str]
) -> Iterator[PolicyProblem]:
    """Coordinates and tags that the schema has not."""
    known = {*coordinates, *(f"tag:{tag}" for tag in tags)}
    for one in consents:
        if one.obj not in known:
            yield _problem(one.at, f"no object {one.obj!r} is known")


def unknown_purposes(
    consents: Collection[ConsentRule], purposes: Collection[str]
) -> Iterator[PolicyProblem]:
    """Purposes that the catalog has not."""
    for one in consents:
        for purpose in one.purposes:
            if purpose not in {*purposes, ANY_PURPOSE}:
                yield _problem(one.at, f"no purpose {purpose!r} is known")


def _problem(at: Located, message: str) -> PolicyProblem:
    return PolicyProblem(at.line, f"{_FILE} {at.path}: {message}")
