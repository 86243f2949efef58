"""What schemas come to is made once in a process: most tests serve the same ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import pytest
from c360_federation.compose import SubgraphSdl, compose
from c360_gateway.doors.graphql.schema import shown_sdl
from c360_kernel.catalog.model import Catalog


@lru_cache(maxsize=32)
def _composed(subgraphs: tuple[SubgraphSdl, ...]) -> str:
    return compose(subgraphs)


def _remembered(subgraphs: Sequence[SubgraphSdl]) -> str:
    return _composed(tuple(subgraphs))


class ShownSdl:
    """The text of the gateway's own subgraph, by all that a catalog says."""

    def __init__(self) -> None:
        self._by_catalog: dict[str, str] = {}

    def __call__(self, catalog: Catalog, schema: Any) -> str:
        said = repr(catalog)
        if said not in self._by_catalog:
            self._by_catalog[said] = shown_sdl(catalog, schema)
        return self._by_catalog[said]


@pytest.fixture(scope="session", autouse=True)
def composed_once() -> Iterator[None]:
    """A gateway asks for it as it asks the composer: same schemas, same text."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("c360_gateway.supergraph.source.compose", _remembered)
        patched.setattr("c360_gateway.doors.graphql.schema.shown_sdl", ShownSdl())
        yield
