"""Topics are made by the controller of the brokers, which they may be without for a while."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from c360_kernel.log import kafka_topics


class _Brokers:
    """What the client asks of its connection: a controller from the third look on."""

    _request_timeout_ms = 1000

    def __init__(self) -> None:
        self.looks = 0
        self.api_versions: dict[int, tuple[int, int]] = {}

    @property
    def cluster(self) -> SimpleNamespace:
        node = SimpleNamespace(nodeId=7) if self.looks > 2 else None
        return SimpleNamespace(controller=node)

    async def force_metadata_update(self) -> None:
        self.looks += 1

    async def ready(self, node: int) -> bool:
        return node == 7

    async def send(self, node: int, request: object) -> SimpleNamespace:
        return SimpleNamespace(topic_errors=[f"asked {node}"])


async def test_brokers_without_a_controller_are_asked_again() -> None:
    client = AIOKafkaAdminClient()
    client._client = cast("Any", _Brokers())
    wanted = [NewTopic("records", 1, 1)]
    assert await kafka_topics._asked_of_the_controller(client, wanted) == ["asked 7"]


async def test_what_else_is_wrong_is_told() -> None:
    client = AIOKafkaAdminClient()
    client._client = cast("Any", None)
    with pytest.raises(AttributeError):
        await kafka_topics._asked_of_the_controller(client, [NewTopic("records", 1, 1)])
