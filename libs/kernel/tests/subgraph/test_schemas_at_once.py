"""Schemas that are built at once, as those of a changed catalog are, have types of their own."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import strawberry
from c360_kernel.subgraph.schema import build_schema


def entity_schema(name):
    entity = strawberry.federation.type(
        type(name, (), {"__annotations__": {"id": strawberry.ID}}), keys=["id"]
    )
    query = strawberry.type(type("Query", (), {"__annotations__": {"one": int}, "one": 1}))
    return build_schema(query, types=[entity])


@pytest.fixture
def building(monkeypatch):
    """Between writing what `_entities` returns and reading it, others have time to write theirs."""
    given = strawberry.field

    def slow(*arguments, **options):
        if options.get("name") == "_entities":
            time.sleep(0.02)
        return given(*arguments, **options)

    monkeypatch.setattr(strawberry, "field", slow)


@pytest.mark.usefixtures("building")
def test_each_has_its_own_entities():
    names = [f"Entity{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as threads:
        texts = [one.as_str() for one in threads.map(entity_schema, names)]
    for name, text in zip(names, texts, strict=True):
        assert [other for other in names if f"type {other} " in text] == [name]
        assert f"union _Entity = {name}" in text
