"""What a request costs a gateway: ours with policy and audit on, beside others from npm.

Every gateway fronts the same plain subgraphs over HTTP, at the same time; they take turns, and
every request has a token of its own. Each answer has to be what graphql-core says over the whole
world (ours: with the fields masked that the policy masks). CPU is the gateway's process tree's,
user and system, from the operating system: the median of the rounds. `nested` is one query of
about 87 KB over four subgraphs, `customer` one customer through three. `subgraph_requests` are
those that a request causes: some gateways share them between requests under way. The other
gateways are installed at first use into a cache folder; without node or npm they are left out,
and named.

    python benchmarks/gateway.py --json
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from c360_gateway.auth.issuers import local_key, mint
from figures import options, report
from gateways.contenders import CONTENDERS, Stage, Unavailable, data_of, running
from gateways.customers import customers
from gateways.measuring import Client, Question, cpu_of
from gateways.plain import Served, serving
from gateways.scenario import Scenario, masked
from gateways.shop import shop

Json = Any
_ROUNDS = 9
_OURS = "c360"
_WARM_UP = 3
"""Rounds before the first that counts."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A gateway that runs."""

    client: Client
    pid: int


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _tokens(scenario: Scenario, data: Path) -> Iterator[str]:
    """Valid tokens, no two alike."""
    key = local_key(data / "keys" / "token.key")
    return (mint(key, f"bench-{number}", [scenario.role]) for number in count())


@dataclass(frozen=True, slots=True)
class Ground:
    """What every gateway of a comparison stands on."""

    scenario: Scenario
    answers: Sequence[Json]
    supergraph: str
    directory: Path
    port: int

    def questions(self, name: str) -> list[Question]:
        """What a gateway is asked, and what it has to answer."""
        masks = self.scenario.masks if name == _OURS else {}
        answers = [masked(one, masks) for one in self.answers]
        return [Question(*one) for one in zip(self.scenario.bodies(), answers, strict=True)]


@contextmanager
def _entered(ground: Ground, name: str) -> Generator[Entered]:
    directory = ground.directory / name
    directory.mkdir()
    stage = Stage(ground.scenario, directory, _free_port(), ground.port)
    stage.supergraph.write_text(ground.supergraph, "utf-8")
    launch = CONTENDERS[name](stage)
    with running(launch, directory / "output.log") as pid:
        url = f"http://127.0.0.1:{stage.port}{launch.path}"
        tokens = _tokens(ground.scenario, data_of(stage))
        yield Entered(Client(name, url, tokens, ground.questions(name)), pid)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request costs a gateway: CPU seconds, and requests to subgraphs."""

    seconds: float
    requests: float


async def _rounds(
    entered: Mapping[str, Entered], served: Served, requests: int
) -> dict[str, list[Cost]]:
    """The costs of each gateway, one a round."""
    for one in entered.values():
        await one.client.wait()
        await one.client.ask(_WARM_UP * requests)
    costs: dict[str, list[Cost]] = {name: [] for name in entered}
    for _ in range(_ROUNDS):
        for name, one in entered.items():
            before = int(served)
            seconds = await cpu_of(one.client, requests, one.pid)
            costs[name].append(Cost(seconds / requests, (int(served) - before) / requests))
    return costs


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(median(one.seconds for one in costs), median(one.requests for one in costs))


def _compared(scenario: Scenario, requests: int, left_out: dict[str, str]) -> dict[str, Cost]:
    """What each gateway spends, the medians of the rounds."""
    port = _free_port()
    plain = {f"{scenario.name}/{name}": one for name, one in scenario.subgraphs.items()}
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = stack.enter_context(serving(plain, port))
        ground = Ground(scenario, scenario.answers(), scenario.supergraph(port), directory, port)
        entered: dict[str, Entered] = {}
        for name in CONTENDERS:
            try:
                entered[name] = stack.enter_context(_entered(ground, name))
            except Unavailable as error:
                left_out[name] = str(error)
        costs = asyncio.run(_rounds(entered, served, requests))
    return {name: _median(each) for name, each in costs.items()}


def _ratios(figures: Mapping[str, float]) -> dict[str, float]:
    """Each one's figure as a multiple of ours."""
    return {name: figure / figures[_OURS] for name, figure in figures.items()}


def _requests(costs: Mapping[str, Cost]) -> dict[str, float]:
    return {name: cost.requests for name, cost in costs.items()}


def _run(size: int) -> dict[str, object]:
    left_out: dict[str, str] = {}
    nested = _compared(shop(), size, left_out)
    customer = _compared(customers(), 5 * size, left_out)
    cpu_ms = {name: cost.seconds * 1000 for name, cost in nested.items()}
    per_core = {name: 1 / cost.seconds for name, cost in customer.items()}
    return {
        "nested": {
            "answer_bytes": len(orjson.dumps({"data": shop().answers()[0]})),
            "cpu_ms": cpu_ms,
            "ratio": _ratios(cpu_ms),
            "subgraph_requests": _requests(nested),
        },
        "customer": {
            "per_core": per_core,
            "ratio": _ratios(per_core),
            "subgraph_requests": _requests(customer),
        },
        "left_out": left_out,
    }


def main() -> None:
    """Run and report CPU milliseconds per request, and requests per second of a core."""
    chosen = options(__doc__ or "", size=60)
    report(_run(chosen.size), chosen)


if __name__ == "__main__":
    main()
