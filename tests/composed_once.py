"""What schemas come to is made once in a process: most tests serve the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import pytest
from c360_federation.compose import SubgraphSdl, compose


@lru_cache(maxsize=32)
def _composed(subgraphs: tuple[SubgraphSdl, ...]) -> str:
    return compose(subgraphs)


def composed(subgraphs: Sequence[SubgraphSdl]) -> str:
    """As the composer says, which is asked for the same schemas once."""
    return _composed(tuple(subgraphs))


@pytest.fixture(scope="session", autouse=True)
def composed_once() -> Iterator[None]:
    """A gateway asks for it as it asks the composer: same schemas, same text."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("c360_gateway.supergraph.source.compose", composed)
        yield
