"""What policy costs an operation: 50 fields of 100 customers under 10,000 rules, and under none.

One engine over one subgraph in this process, which answers from bytes; the policies take turns,
and every answer is checked. CPU time of this process, the median of the rounds.

- `overhead_ratio`: every field granted in clear through its tag, against no policy at all.
- `masked_ratio`: the same with a fifth of the fields under `redact`, which changes 1,000 values.
- `rows_overhead_ratio`: a list of 200 customers for a caller whom a row rule tells of half of them,
  against one for a caller whom no rule binds, in the profile service.
- `compile_ms`: a table of a role set, made once for each version of policy.
- `rss_mb`: memory of this process with the rules, their text and the tables of all roles;
  `policy_mb`: what came with them.

    python benchmarks/policy.py --json [--size 10000]
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from c360_federation.engine import Engine
from c360_federation.execute.transport import (
    InProcessTransport,
    SubgraphRequest,
    SubgraphResponse,
)
from c360_federation.policy import OPEN, Policy
from c360_federation.supergraph import read_supergraph
from c360_federation.supergraph.model import Supergraph
from c360_gateway.policy.decisions import TablePolicy
from c360_policy.mask.apply import Masks
from c360_policy.mask.kinds import NO_CATALOG
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Policy as Rules
from c360_policy.schema.coordinates import coordinates_of
from c360_policy.table import compile_table
from figures import options, report

_FIELDS, _CUSTOMERS, _ROLES = 50, 100, 200
_ROUNDS, _PER_ROUND, _WARM_UP = 15, 20, 10
_MASKED_EVERY = 5
_MB = 1_000_000

_HEAD = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet) on OBJECT
directive @tag(name: String!) repeatable on FIELD_DEFINITION
directive @link(url: String, as: String, for: link__Purpose) repeatable on SCHEMA
scalar join__FieldSet
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { SHOP @join__graph(name: "shop", url: "http://127.0.0.1:9") }
type Query @join__type(graph: SHOP) { customers: [Customer] }
"""


def _names() -> list[str]:
    return [f"f{number}" for number in range(_FIELDS)]


def _supergraph() -> Supergraph:
    fields = " ".join(f'{name}: String @tag(name: "t{name}")' for name in _names())
    return read_supergraph(f"{_HEAD} type Customer @join__type(graph: SHOP) {{ {fields} }}")


def _rules(count: int, mask: str) -> Rules:
    """`role-0` is granted all fields, by tag, a fifth of them under the mask; others the rest."""
    lines = ["p, role-0, *, read, , allow, *, , , all"]
    for number, name in enumerate(_names()):
        shown = mask if number % _MASKED_EVERY == 0 else ""
        lines.append(f"p, role-0, tag:t{name}, read, {shown}, allow, *, , , r{number}")
    for number in range(len(lines), count):
        role, name = f"role-{1 + number % (_ROLES - 1)}", f"f{number % _FIELDS}"
        effect = "deny" if number % 7 == 0 else "allow"
        lines.append(f"p, {role}, Customer.{name}, read, , {effect}, *, , , r{number}")
    return parse_policy("\n".join(lines) + "\n")


def _policy(rules: Rules, supergraph: Supergraph, role: str = "role-0") -> TablePolicy:
    coordinates = coordinates_of(supergraph.schema, supergraph.tags)
    table = compile_table(rules, [role], "", coordinates, time.time() * 1000)
    key = b"a key of the benchmark's own"
    return TablePolicy(table, supergraph.schema, Masks(NO_CATALOG, key))


async def _answered(engine: Engine, query: str, policy: Policy) -> Mapping[str, Any]:
    result = await engine.execute(engine.prepare(query, policy=policy))
    return result.payload()


async def _cpu_ms(engine: Engine, query: str, policies: Sequence[Policy]) -> list[list[float]]:
    """CPU of an operation under each policy, by round, in turns."""
    taken: list[list[float]] = [[] for _ in policies]
    for _ in range(_ROUNDS):
        for policy, found in zip(policies, taken, strict=True):
            start = time.process_time()
            for _ in range(_PER_ROUND):
                await _answered(engine, query, policy)
            found.append((time.process_time() - start) * 1000 / _PER_ROUND)
    return taken


async def _run(count: int) -> dict[str, object]:
    supergraph = _supergraph()
    row = {name: f"value of {name}" for name in _names()}
    text = orjson.dumps({"customers": [row] * _CUSTOMERS})

    async def shop(_: SubgraphRequest, __: object) -> SubgraphResponse:
        return SubgraphResponse(orjson.loads(text), [])

    engine = Engine(supergraph, InProcessTransport({"shop": shop}))
    query = f"{{ customers {{ {' '.join(_names())} }} }}"
    before = _rss_mb()
    start = time.process_time()
    clear, masked = _rules(count, ""), _rules(count, "redact")
    read_ms = (time.process_time() - start) * 1000 / 2
    start = time.process_time()
    policies = [OPEN, _policy(clear, supergraph), _policy(masked, supergraph)]
    compile_ms = (time.process_time() - start) * 1000 / 2
    tables = [_policy(clear, supergraph, f"role-{number}") for number in range(_ROLES)]
    gc.collect()
    rss = _rss_mb()
    expected = {"customers": [row] * _CUSTOMERS}
    hidden = {**row, **dict.fromkeys(_names()[::_MASKED_EVERY], "***")}
    for _ in range(_WARM_UP):
        answers = [(await _answered(engine, query, one))["data"] for one in policies]
        assert answers == [expected, expected, {"customers": [hidden] * _CUSTOMERS}], answers
    # Only now: a whole service is no part of what policy takes of memory.
    from row_rules import rows_overhead  # noqa: PLC0415

    none, plain, under_masks = await _cpu_ms(engine, query, policies)
    return {
        "rules": len(clear.rules),
        "fields": _FIELDS,
        "customers": _CUSTOMERS,
        "no_policy_cpu_ms": median(none),
        "policy_cpu_ms": median(plain),
        "overhead_ratio": median(b / a for a, b in zip(none, plain, strict=True)),
        "masked_ratio": median(b / a for a, b in zip(none, under_masks, strict=True)),
        "read_ms": read_ms,
        "compile_ms": compile_ms,
        "rss_mb": rss,
        "policy_mb": rss - before,
        "tables": len(tables),
        **await rows_overhead(),
    }


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / _MB


def main() -> None:
    """Run and report."""
    chosen = options(__doc__ or "", size=10_000)
    report(asyncio.run(_run(chosen.size)), chosen)


if __name__ == "__main__":
    main()
