"""Who may read a coordinate, or all that carries a tag: by role, and everybody that is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from c360_kernel.errors import Invalid, NotFound
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
    """The coordinates of today's schema that are meant.

    Raises `Invalid` (ACCESS_WHAT) unless one of both is named, `NotFound` for what none has.
    """
    if (coordinate is None) == (tag is None):
        raise Invalid("name a coordinate or a tag, and not both", code="ACCESS_WHAT")
    found = {
        name: tags
        for name, tags in tables.coordinates.items()
        if (name == coordinate if tag is None else tag in tags)
    }
    if not found:
        raise NotFound("no coordinate of the schema is called so", code="COORDINATE_UNKNOWN")
    interfaces = {name: tables.interfaces[name] for name in found if name in tables.interfaces}
    return Asked(found, interfaces, at_ms)


def readers(policy: Policy, asked: Asked, actors: Iterable[KnownActor]) -> Readers:
    """Everybody's answer. What holds only while it is broken into is told of roles alone."""
    by_role = readings(policy, roles_of(policy), asked)
    standing = {actor: frozenset(policy.standing(actor.roles)) for actor in actors}
    found = {roles: readings(policy, [roles], asked) for roles in set(standing.values())}
    known = [KnownReading(actor, one) for actor, roles in standing.items() for one in found[roles]]
    return Readers(policy, asked, by_role, known)
