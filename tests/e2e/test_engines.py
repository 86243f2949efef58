"""The same world on Kafka, Neo4j and MongoDB ends in the same state as on the embedded stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.engines import Engines, Reference, load
from tests.e2e.running import Running

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def test_the_demo_world_is_the_same_on_real_engines(
    tmp_path: Path, kafka_url: str, neo4j_url: str, mongodb_url: str, reference: Reference
) -> None:
    env = Engines(kafka_url, neo4j_url, mongodb_url).env
    reference.prepare(tmp_path)
    with Running(tmp_path, "--processes", env=env) as instance:
        load(instance, reference.world)
        reference.expect_equal(tmp_path, env)
