"""Who may read it, asked of the policy and the schema of now, or of those of a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from c360_audit.domain.activity import Actor
from c360_audit.store.policies import policy_at, schema_at
from c360_gateway.access.readers import Asked
from c360_kernel.errors import NotFound
from c360_policy.schema.outputs import outputs_of
from c360_policy.schema.served import ServedSchema
from c360_policy.store.served_schemas import served_schema

from c360_cli.assembly import Instance
from c360_cli.auditing.reading import reading
from c360_cli.auditing.who_may_read import AccessReport, readers
from c360_cli.policies import words_of
from c360_cli.publishing import office_of, text_of_version
from c360_cli.recording import by_operator
from c360_cli.trying.candidates import IN_FORCE, text_named


@dataclass(frozen=True, slots=True)
class _Known:
    """Who acted when last; the policy and the schema of the time asked about, "" for none."""

    actors: Mapping[Actor, int]
    policy: str
    schema: str


def schema_today(data: Path) -> ServedSchema:
    """The schema of an instance's catalog. Raises `Invalid` (SCHEMA_INVALID)."""
    words = words_of(None, None, data)
    ground = words.ground
    shown = frozenset[str]() if words.schema is None else outputs_of(words.schema)
    return ServedSchema(ground.coordinates, ground.interfaces, shown)


def read_now(instance: Instance, asked: Asked) -> AccessReport:
    """By what is in force. What is not known is refused before it is on record."""
    data = instance.directory.root
    question = asked.of(schema_today(data))
    actors = asyncio.run(_known(instance, asked)).actors
    return readers(text_named(IN_FORCE, data), question, "TODAY", actors)


def read_then(instance: Instance, asked: Asked) -> AccessReport:
    """By what was in force; the schema is that of today where the one of then is not kept.

    Raises `NotFound` (POLICY_UNKNOWN) where it is not known which policy was.
    """
    data, known = instance.directory.root, asyncio.run(_known(instance, asked))
    if not known.policy:
        raise NotFound("no policy of before that time is on record", code="POLICY_UNKNOWN")
    text, then = text_of_version(known.policy, data), asyncio.run(_schema(known.schema, data))
    if then is None:
        return readers(text, asked.of(schema_today(data)), "TODAY", known.actors)
    return readers(text, asked.of(then), "THEN", known.actors)


async def _known(instance: Instance, asked: Asked) -> _Known:
    """Ask the audit log; the question is on record."""
    about = asked.coordinate or f"tag:{asked.tag or ''}"
    question = by_operator("audit_question", "access", coordinate=about)
    async with reading(instance, question) as record:
        log, at = record.log, int(asked.at_ms)
        return _Known(await log.actors(), await policy_at(log, at), await schema_at(log, at))


async def _schema(version: str, data: Path) -> ServedSchema | None:
    async with office_of(data) as opened:
        return await served_schema(opened.schemas, version)
