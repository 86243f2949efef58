"""Two of everything, and one of each killed on the way: the same as one that nobody disturbs.

Of the segment replicas only the leader tells the log, and when it is killed the next one does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from c360_kernel.codec import decode
from c360_kernel.log.entry import Partition
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import MEMBERSHIPS
from c360_kernel.payload import MembershipChanged

from c360_cli.assembly import assemble
from c360_cli.generate import World
from tests.e2e.engines import SERVICES, SETTLE_S, Engines, Loading, Reference
from tests.e2e.running import Environment, Running

pytestmark = [pytest.mark.servers, pytest.mark.slow]
REPLICAS = ("a", "b")


@pytest.fixture
def replicas(
    tmp_path: Path, engines: Engines, reference: Reference
) -> Iterator[dict[str, list[Running]]]:
    """Two of each service and of the gateway, on the same three Kafka partitions."""
    reference.prepare(tmp_path)
    with ExitStack() as stack:

        def start(name: str, replica: str, *flags: str) -> Running:
            env = _env_of(replica, engines, tmp_path)
            running = Running(tmp_path, *flags, subcommand=("serve", name), env=env)
            # One after the other: the first segment replica leads, and is the one to be killed.
            return stack.enter_context(running)

        found = {name: [start(name, replica) for replica in REPLICAS] for name in SERVICES}
        found["gateway"] = [
            start("gateway", replica, "--subgraphs", _subgraphs(found, n))
            for n, replica in enumerate(REPLICAS)
        ]
        yield found


def _subgraphs(services: dict[str, list[Running]], number: int) -> str:
    return ",".join(f"{name}={running[number].url}" for name, running in services.items())


def _env_of(replica: str, engines: Engines, data: Path) -> Environment:
    own_store = f"sqlite:///{data}/segment-{replica}.db"
    shared = f"{engines.env['C360_PROFILE_STORE']}audit"
    return {
        **engines.env,
        "C360_AUDIT_STORE": shared,
        "C360_REPLICA": replica,
        "C360_SEGMENT_STORE": own_store,
    }


def test_two_replicas_of_everything_with_one_of_each_killed_equal_one(
    tmp_path: Path,
    engines: Engines,
    replicas: dict[str, list[Running]],
    reference: Reference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    env = _env_of("b", engines, tmp_path)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    people, deeds = _halves(reference.world)
    with Loading(replicas["gateway"][1], people):
        _wait_until_led(tmp_path)
        replicas["segment"][0].kill()
    with Loading(replicas["gateway"][1], deeds):
        for name in ("identity", "profile", "audit", "gateway"):
            time.sleep(1)
            replicas[name][0].kill()
    reference.expect_equal(tmp_path, env)
    _expect_two_leaders(asyncio.run(_told(tmp_path)))


def _halves(world: World) -> tuple[World, World]:
    """Who there is, and what they did and agreed to: the next leader too has something to tell."""
    return replace(world, events=[], consents=[]), replace(world, records={})


def _wait_until_led(data: Path) -> None:
    """A segment replica leads once it has told the log something."""
    deadline = time.monotonic() + SETTLE_S
    while not any(asyncio.run(_told(data))):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _expect_two_leaders(given: Sequence[Sequence[MembershipChanged]]) -> None:
    """Each leader speaks in an epoch of its own, and nothing is said twice."""
    for partition in given:
        epochs = [one.version.epoch for one in partition]
        assert epochs == sorted(epochs)
    entries = [(one.customer, one.segment, one.version) for one in chain(*given)]
    assert len({version.epoch for _, _, version in entries}) == len(REPLICAS)
    assert len(entries) == len(set(entries))


async def _told(data: Path) -> list[list[MembershipChanged]]:
    """What `memberships` says, by partition."""
    log = assemble(data).open_log()
    try:
        return [await _said_in(log, partition) for partition in await log.ends([MEMBERSHIPS])]
    finally:
        await log.close()


async def _said_in(log: EventLog, partition: Partition) -> list[MembershipChanged]:
    collected: list[MembershipChanged] = []
    while entries := await log.read(partition, len(collected), 1_000):
        collected += [decode(MEMBERSHIPS, entry.data) for entry in entries]
    return collected
