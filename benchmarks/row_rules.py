"""What a row rule costs a list of 200 customers, in the service that applies it.

Profile over its embedded store, asked in this process: the same page by a caller whom no rule binds
and by one who is told of half of the customers, in turns, so that both are slowed by the same.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from c360_kernel.catalog.loader import default_catalog_text, parse_catalog
from c360_kernel.conditions.plain import condition_text
from c360_kernel.context import CallerContext
from c360_kernel.subgraph.subgraph import Subgraph
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_policy.rows.scoping import scope_for
from c360_profile.bootstrap import build
from c360_profile.domain.customer import Customer
from c360_profile.emission import change, uncaused
from c360_profile.settings import ProfileSettings

_CUSTOMERS, _LISTED = 1_000, 200
_ROUNDS, _PER_ROUND = 25, 3
_MARKED = "traits:\n  owner: {type: string, tag: public, survivorship: latest, rowRule: true}\n"
_QUERY = """{ customers(first: 200) { edges { cursor node {
  id profile { name email phone city loyaltyTier totalSpend } } } pageInfo { hasNextPage } } }"""


async def rows_overhead() -> dict[str, object]:
    """Medians of CPU milliseconds without and with a rule, and of the rounds' ratios."""
    catalog = parse_catalog(default_catalog_text().replace("traits:\n", _MARKED, 1), "catalog.yaml")
    with tempfile.TemporaryDirectory() as data:
        service = build(ProfileSettings(data=Path(data)), catalog, SEALER)
        store = service.open_store()
        async with store.unit() as unit:
            people = [_customer(number) for number in range(_CUSTOMERS)]
            await unit.save_customers([change(one, 0, uncaused()) for one in people])
        graph = service.open_graph()
        rule = {"trait": "owner", "op": "equals", "value": "$sub"}
        scope = condition_text(scope_for([rule], "ann", (), catalog.traits))
        callers = [_caller(everything(catalog), one) for one in ("", scope)]
        plain, ruled = await _cpu_ms(graph, callers)
        await store.close()
    return {
        "listed": _LISTED,
        "list_cpu_ms": median(plain),
        "ruled_list_cpu_ms": median(ruled),
        "rows_overhead_ratio": median(b / a for a, b in zip(plain, ruled, strict=True)),
    }


def _customer(number: int) -> Customer:
    traits = {
        "name": f"Customer {number}",
        "email": f"c{number}@example.com",
        "phone": f"+86139{number:08}",
        "city": "Hangzhou",
        "loyaltyTier": "gold",
        "totalSpend": 12.5 * number,
        "owner": ("ann", "bob")[number % 2],
    }
    return Customer(f"c{number:05}", 1, traits)


def _caller(visibility: Visibility, predicate: str) -> CallerContext:
    return CallerContext("ann", ("sales",), visibility=visibility, predicate=predicate)


async def _cpu_ms(graph: Subgraph, callers: Sequence[CallerContext]) -> list[list[float]]:
    taken: list[list[float]] = [[] for _ in callers]
    for round_ in range(-2, _ROUNDS):
        for caller, found in zip(callers, taken, strict=True):
            start = time.process_time()
            for _ in range(_PER_ROUND):
                answer = await graph.execute(_QUERY, {}, None, caller)
                data = answer.get("data")
                assert data and len(data["customers"]["edges"]) == _LISTED, answer
            if round_ >= 0:
                found.append((time.process_time() - start) * 1000 / _PER_ROUND)
    return taken
