"""What others notice of one caller that sends the worst there is, on four connections.

Baseline: the same callers with nobody else there, in the same run. Once with everything in one
process and once with a process for each service.

    python benchmarks/one_caller.py --json
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from callers.attacking import attack
from callers.behaving import Client, Seen, watch
from callers.instance import Instance, running, settle
from callers.worst import history_calls, worst
from figures import options, percentile, report

from c360_cli.api.credentials import local_token

IDLE_S = 6.0
ROLES = ("support_agent", "marketing_analyst", "privacy_officer", "support_agent")
QUESTIONS: Sequence[Mapping[str, object]] = (
    {"query": "{ customers(first: 5) { edges { node { id profile { name city } } } } }"},
    {"query": "{ segments { name title } }"},
    {"query": "{ customers(first: 1) { edges { node { id records { source }"
              " timeline(first: 5) { edges { node { name occurredAt } } } } } } }"},
    {"query": "{ customers(first: 0) { totalCount } }"},
)  # fmt: skip


def main() -> None:
    """Run both ways and report ratios, milliseconds and megabytes."""
    chosen = options(__doc__ or "", size=2)
    ways = {"embedded": (), "processes": ("--processes",)}
    found = {name: _measured(flags, chosen.size) for name, flags in ways.items()}
    report({**_worst_of(found), **found}, chosen)


def _worst_of(found: Mapping[str, Mapping[str, Any]]) -> Mapping[str, object]:
    names = ("p99_ratio", "livez_p99_ms", "failures")
    return {name: max(one[name] for one in found.values()) for name in names}


def _measured(flags: Sequence[str], seconds: int) -> Mapping[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="one-caller-") as directory,
        running(Path(directory) / "data", *flags) as instance,
    ):
        asyncio.run(_write_history(instance))
        settle(instance.data)
        tokens = [
            local_token(instance.data, [role], f"caller-{number}", "service")
            for number, role in enumerate(ROLES)
        ]
        asyncio.run(watch(instance.port, tokens, QUESTIONS, 1))
        before = instance.rss_mb()
        idle = asyncio.run(watch(instance.port, tokens, QUESTIONS, IDLE_S))
        return _figures(idle, before, *_attacked(instance, tokens, seconds), instance)


async def _write_history(instance: Instance) -> None:
    client = Client(instance.port, local_token(instance.data, ["connector"], "writer"))
    for body in history_calls():
        status, answer = await client.ask("POST", "/graphql", body)
        assert status == 200 and b'"refused":0' in answer, answer[:300]
    client.close()


def _attacked(
    instance: Instance, tokens: Sequence[str], seconds: int
) -> tuple[Mapping[str, Seen], Counter[str]]:
    """What others saw, by the kind that was sent, and what the caller was answered."""
    roles, counted = ["support_agent", "connector"], Counter[str]()
    token = local_token(instance.data, roles, "attacker", "service", ["web"])
    seen: dict[str, Seen] = {}
    for kind, body in worst().items():
        with attack(instance.port, token, [body]) as answers:
            seen[kind] = asyncio.run(watch(instance.port, tokens, QUESTIONS, seconds))
        counted += Counter({f"{kind} {code}": count for code, count in answers.items()})
        time.sleep(0.2)
    return seen, counted


def _figures(
    idle: Seen, before: float, seen: Mapping[str, Seen], counted: Counter[str], instance: Instance
) -> Mapping[str, Any]:
    answers = [one for kind in seen.values() for one in kind.answers_ms]
    livez = [one for kind in seen.values() for one in kind.livez_ms]
    idle_p99 = percentile(idle.answers_ms, 0.99)
    return {
        "p99_ratio": percentile(answers, 0.99) / idle_p99,
        "p50_ratio": percentile(answers, 0.5) / percentile(idle.answers_ms, 0.5),
        "livez_p99_ms": percentile(livez, 0.99),
        "failures": sum(len(kind.failures) for kind in (idle, *seen.values())),
        "idle_p99_ms": idle_p99,
        "p99_ms": percentile(answers, 0.99),
        "requests": len(answers),
        "p99_ms_by_kind": {name: percentile(one.answers_ms, 0.99) for name, one in seen.items()},
        "max_livez_ms_by_kind": {name: max(one.livez_ms) for name, one in seen.items()},
        "refused_429": sum(count for name, count in counted.items() if "RATE_LIMITED" in name),
        "answers": dict(sorted(counted.items())),
        "rss_mb_before": before,
        "rss_mb_after": instance.rss_mb(),
    }


if __name__ == "__main__":
    main()
