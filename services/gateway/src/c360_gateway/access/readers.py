"""Who may read a coordinate, or all that carries a tag: by role, and everybody that is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from c360_policy.readers import AccessQuestion, Reading, readings, roles_of
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
    question: AccessQuestion
    by_role: Sequence[Reading]
    known: Sequence[KnownReading]


def question_about(
    tables: PolicyTables, coordinate: str | None, tag: str | None, at_ms: float
) -> AccessQuestion:
    """The coordinates of today's schema that are meant. Raises what `AccessQuestion.only` does."""
    question = AccessQuestion(tables.coordinates, tables.interfaces, at_ms)
    return question.only(coordinate, tag, tables.outputs)


def readers(policy: Policy, question: AccessQuestion, actors: Iterable[KnownActor]) -> Readers:
    """Everybody's answer. What holds only while it is broken into is told of roles alone."""
    by_role = readings(policy, roles_of(policy), question)
    active_roles = {actor: frozenset(policy.active_roles(actor.roles)) for actor in actors}
    found = {roles: readings(policy, [roles], question) for roles in set(active_roles.values())}
    known = [
        KnownReading(actor, one) for actor, roles in active_roles.items() for one in found[roles]
    ]
    return Readers(policy, question, by_role, known)
