"""Operations alike: the same uses, decided alike, for the same purpose, by one actor."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from c360_kernel.payload import CoordinateUse, OperationAudited

from c360_audit.domain.activity import Actor
from c360_audit.domain.marks import marks_of

OPERATION = "operation"
"""The kind of the entries that are counted."""


@dataclass(frozen=True, slots=True)
class Performed:
    """How many operations were alike. `key` names them where the customers touched are counted.

    `operation_kind` is `query`, `mutation` or `subscription`; `last_at` is ms UTC.
    """

    key: str
    actor: Actor
    purpose: str
    operation_kind: str
    uses: tuple[CoordinateUse, ...]
    operations: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Touching:
    """How many operations touched any of some customers, and the names of those touched."""

    operations: int
    names: frozenset[str]


def touching(operations: Iterable[OperationAudited], names: Collection[str]) -> Touching:
    """The same of operations one by one."""
    wanted = frozenset(names)
    met = [wanted.intersection(one.subjects) for one in operations]
    return Touching(sum(map(bool, met)), frozenset[str]().union(*met))


def uses_of(one: OperationAudited) -> tuple[CoordinateUse, ...]:
    """What all operations alike have in common: their uses, once each, without their counts."""
    return tuple(dict.fromkeys(use._replace(objects=None) for use in one.uses))


def key_of(operation: OperationAudited) -> str:
    """A name that operations share which are alike, where a store has none of its own."""
    actor = Actor.of(operation)
    return json.dumps([sorted(marks_of(operation)), actor.principal, actor.roles])


def alike(operations: Iterable[OperationAudited]) -> list[Performed]:
    """Operations counted one by one, in the order in which they are given."""
    found: dict[str, list[OperationAudited]] = {}
    for one in operations:
        found.setdefault(key_of(one), []).append(one)
    return [
        Performed(
            key,
            Actor.of(those[-1]),
            those[-1].purpose,
            those[-1].operation_kind,
            uses_of(those[-1]),
            sum(one.times for one in those),
            max(one.at for one in those),
        )
        for key, those in found.items()
    ]
