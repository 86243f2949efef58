"""Subgraph operations, compiled against graphql-core, over the same stores in one process.

The operations are those that a one-customer query makes of identity, profile
and segment, and a page of 100 customers. Validated documents, fresh contexts;
the two take turns and every pair of answers must be equal.

    python benchmarks/subgraph.py --json
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from typing import Any

from c360_kernel.catalog import default_catalog
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.subgraph.subgraph import Subgraph
from c360_kernel.testing.visibility import everything
from c360_subgraph import Operations
from figures import options, percentile, report
from graphql import DocumentNode, ExecutionResult, execute, parse
from worlds import append_all, record_entries

from c360_cli.assembly import Instance, assemble
from c360_cli.projections.draining import drain

RECORDS = 3_000
CALLER = CallerContext("bench", ("privacy_officer",), visibility=everything(default_catalog()))
ENTRY = """query ($source: String!, $key: String!) {
  customerByRecord(source: $source, key: $key) { __typename id identifiers { phone email } }
}"""
PROFILE = """query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Customer { profile { name phone city loyaltyTier } }
  }
}"""
SEGMENTS = """query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on Customer { segments { name title } } }
}"""
PAGE = """{ customers(first: 100) {
  totalCount
  edges { cursor node { id profile {
    name firstName lastName gender birthDate phone email city postalCode company title loyaltyTier
  } } }
  pageInfo { hasNextPage endCursor }
} }"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation for one subgraph."""

    text: str
    document: DocumentNode
    variables: Mapping[str, Any]

    @classmethod
    def of(cls, text: str, **variables: object) -> Asked:
        return cls(text, parse(text), variables)


class Both:
    """A subgraph's schema, run either way."""

    def __init__(self, subgraph: Subgraph) -> None:
        self._schema = subgraph.schema
        self._operations = Operations(self._schema)
        self._make_context = subgraph.make_context

    async def compiled(self, requested: Asked) -> ExecutionResult:
        operation = self._operations.prepare(requested.text).operation
        assert operation is not None
        return await operation.run(requested.variables, self._make_context(CALLER))

    async def by_core(self, requested: Asked) -> ExecutionResult:
        result = execute(
            self._schema,
            requested.document,
            context_value=self._make_context(CALLER),
            variable_values=dict(requested.variables),
        )
        return await result if isawaitable(result) else result

    async def times(self, operations: Sequence[Asked]) -> tuple[list[float], list[float]]:
        """Milliseconds of each operation, compiled and by graphql-core."""
        compiled: list[float] = []
        by_core: list[float] = []
        for requested in operations:
            answers: list[ExecutionResult] = []
            for run, taken in ((self.compiled, compiled), (self.by_core, by_core)):
                start = time.process_time()
                answers.append(await run(requested))
                taken.append((time.process_time() - start) * 1000)
            assert json.dumps(answers[0].data) == json.dumps(answers[1].data)
            assert not answers[0].errors
            assert not answers[1].errors
        return compiled, by_core


def _compared(compiled: Sequence[float], by_core: Sequence[float]) -> dict[str, float]:
    ours, theirs = percentile(compiled, 0.5), percentile(by_core, 0.5)
    return {"compiled_ms": ours, "graphql_core_ms": theirs, "ratio": theirs / ours}


async def _entities(identity: Both, records: Sequence[RecordKey]) -> list[Asked]:
    found = [await identity.compiled(Asked.of(ENTRY, **record._asdict())) for record in records]
    ids = [(one.data or {})["customerByRecord"]["id"] for one in found]
    return [
        Asked.of(PROFILE, representations=[{"__typename": "Customer", "id": id_}]) for id_ in ids
    ]


async def _run(data: Path, size: int) -> dict[str, object]:
    instance = assemble(data)
    log = instance.open_log()
    entries = record_entries(default_catalog(), RECORDS)
    services = instance.services
    await append_all(log, entries)
    await drain(services, log)
    chosen = random.Random(1).choices(entries, k=size)
    return await _measure(instance, [RecordKey.parse(entry.key) for entry in chosen])


async def _measure(instance: Instance, records: Sequence[RecordKey]) -> dict[str, object]:
    names = ("identity", "profile", "segment")
    identity, profile, segment = (Both(instance.service(name).open_graph()) for name in names)
    profiles = await _entities(identity, records)
    segments = [Asked.of(SEGMENTS, **one.variables) for one in profiles]
    entries = [Asked.of(ENTRY, **record._asdict()) for record in records]
    pages = [Asked.of(PAGE)] * max(10, len(records) // 20)
    one = (
        ("customer_identity", identity, entries),
        ("customer_profile", profile, profiles),
        ("customer_segment", segment, segments),
        ("page_of_100", profile, pages),
    )
    return {
        "operations": len(records),
        **{name: _compared(*await both.times(operations)) for name, both, operations in one},
    }


def main() -> None:
    """Run and report CPU milliseconds, medians."""
    chosen = options(__doc__ or "", size=600)
    with tempfile.TemporaryDirectory() as directory:
        report(asyncio.run(_run(Path(directory), chosen.size)), chosen)


if __name__ == "__main__":
    main()
