"""Who may read a coordinate, or all that carries a tag: by role, and everybody that is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from c360_policy.readers import Asked, Reading, readings, roles_of
from c360_policy.rule import Policy

from c360_gateway.access.known import KnownActor
from c360_gateway.policy.tables import PolicyTables


@dataclass(frozen=True, slots=True)
class KnownReading:
    """What reading is answered with for somebody that is on record."""

    actor: KnownActor
    reading: Reading


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads what under one policy, roles first."""

    policy: Policy
    asked: Asked
    by_role: Sequence[Reading]
    known: Sequence[KnownReading]


def asked_about(
    tables: PolicyTables, coordinate: str | None, tag: str | None, at_ms: float
) -> Asked:
    """The coordinates of today's schema that are meant. Raises what `Asked.only` does."""
    asked = Asked(tables.coordinates, tables.interfaces, at_ms)
    return asked.only(coordinate, tag, tables.outputs)


def readers(policy: Policy, asked: Asked, actors: Iterable[KnownActor]) -> Readers:
    """Everybody's answer. What holds only while it is broken into is told of roles alone."""
    by_role = readings(policy, roles_of(policy), asked)
    standing = {actor: frozenset(policy.standing(actor.roles)) for actor in actors}
    found = {roles: readings(policy, [roles], asked) for roles in set(standing.values())}
    known = [KnownReading(actor, one) for actor, roles in standing.items() for one in found[roles]]
    return Readers(policy, asked, by_role, known)
