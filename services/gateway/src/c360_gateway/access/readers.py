"""Who may read a coordinate, or all that carries a tag: by role, and everybody that is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from c360_policy.readers import AccessQuestion, Reading, readings, roles_of
from c360_policy.rule import Policy
from c360_policy.schema.served import ServedSchema

from c360_gateway.access.known import KnownActor
from c360_gateway.policy.tables import PolicyTables

SchemaOf = Literal["THEN", "TODAY"]
"""Of which time the coordinates and tags of an answer are."""


@dataclass(frozen=True, slots=True)
class KnownReading:
    """What reading is answered with for somebody that is on record."""

    actor: KnownActor
    reading: Reading


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads what under one policy, over the schema of the time asked about or, where that one
    is not kept, of today; roles first.
    """

    policy: Policy
    question: AccessQuestion
    schema_of: SchemaOf
    by_role: Sequence[Reading]
    known: Sequence[KnownReading]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who may read a coordinate, or what carries a tag, at a time (ms UTC)."""

    coordinate: str | None
    tag: str | None
    at_ms: float

    def of(self, schema: ServedSchema) -> AccessQuestion:
        """The coordinates that are meant. Raises what `AccessQuestion.only` does."""
        question = AccessQuestion(schema.coordinates, schema.interfaces, self.at_ms)
        return question.only(self.coordinate, self.tag, schema.outputs)


def served_now(tables: PolicyTables) -> ServedSchema:
    """The schema of today."""
    return ServedSchema(tables.coordinates, tables.interfaces, tables.outputs)


def readers(
    policy: Policy, question: AccessQuestion, schema_of: SchemaOf, actors: Iterable[KnownActor]
) -> Readers:
    """Everybody's answer. What holds only while it is broken into is told of roles alone."""
    by_role = readings(policy, roles_of(policy), question)
    active_roles = {actor: frozenset(policy.active_roles(actor.roles)) for actor in actors}
    found = {roles: readings(policy, [roles], question) for roles in set(active_roles.values())}
    known = [
        KnownReading(actor, one) for actor, roles in active_roles.items() for one in found[roles]
    ]
    return Readers(policy, question, schema_of, by_role, known)
