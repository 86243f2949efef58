"""What an operation answers, and that its errors never quote data."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.errors import NotFound
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph

SECRET = "13812345678"
CALLER = CallerContext("ann", ("agent",), trace_id="t1")


@strawberry.federation.type(keys=["source key"])
class SourceRecord:
    source: str
    key: str

    @classmethod
    async def resolve_reference(cls, source: str, key: str) -> SourceRecord:
        if key == "missing":
            raise NotFound("no such record")
        return cls(source=source, key=key)


@strawberry.type
class Query:
    @strawberry.field
    def me(self, info: strawberry.Info) -> str:
        return info.context.principal

    @strawberry.field
    async def record(self, key: str, size: int = 1) -> SourceRecord | None:
        if key == SECRET:
            raise ValueError(f"bad key {key}")
        raise NotFound("no such record")

    @strawberry.field
    def overflow(self) -> int:
        return int(SECRET)


async def ready() -> bool:
    return True


def make_subgraph() -> Subgraph:
    schema = build_schema(Query, types=[SourceRecord])
    return Subgraph("test", schema, lambda caller: caller, ready)


@pytest.fixture(scope="module")
def subgraph() -> Subgraph:
    return make_subgraph()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


async def run(subgraph: Subgraph, query: str, **variables: object) -> dict[str, Any]:
    return await subgraph.execute(query, variables, None, CALLER)


async def test_the_context_is_made_of_the_caller(subgraph: Subgraph) -> None:
    assert await run(subgraph, "{ me }") == {"data": {"me": "ann"}}


async def test_our_own_errors_keep_their_code(subgraph: Subgraph) -> None:
    response = await run(subgraph, '{ me record(key: "1") { key } }')
    assert response["data"] == {"me": "ann", "record": None}
    [error] = response["errors"]
    assert error["message"] == "no such record"
    assert error["path"] == ["record"]
    assert error["extensions"] == {"code": "NOT_FOUND", "retryable": False}


async def test_an_unexpected_exception_is_masked_and_logged_by_its_trace(
    subgraph: Subgraph, logged: pytest.LogCaptureFixture
) -> None:
    response = await run(subgraph, "query ($k: String!) { record(key: $k) { key } }", k=SECRET)
    [error] = response["errors"]
    assert error["message"] == "internal error"
    assert error["extensions"] == {"code": "INTERNAL", "retryable": False, "traceId": "t1"}
    assert "ValueError" in logged.text
    assert "t1" in logged.text
    assert SECRET not in logged.text + str(response)


async def test_a_value_that_does_not_fit_its_type_is_masked(
    subgraph: Subgraph, logged: pytest.LogCaptureFixture
) -> None:
    response = await run(subgraph, "{ overflow }")
    assert response["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert SECRET not in logged.text + str(response)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f'{{ record("{SECRET}") }}', "GRAPHQL_PARSE_FAILED"),
        (f'{{ record(key: "{SECRET}', "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        (f"{{ record(key: {SECRET}) {{ key }} }}", "GRAPHQL_VALIDATION_FAILED"),
        (f'{{ record(key: "1", size: "{SECRET}") {{ key }} }}', "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { me } query B { me }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ me" * 3000 + "}" * 3000, "GRAPHQL_PARSE_FAILED"),
    ],
)
async def test_a_malformed_query_is_told_without_its_values(
    subgraph: Subgraph, query: str, code: str
) -> None:
    response = await run(subgraph, query)
    assert response.keys() == {"errors"}
    assert response["errors"][0]["extensions"] == {"code": code, "retryable": False}
    assert SECRET not in str(response)


@pytest.mark.parametrize("value", [SECRET, None, [SECRET], int(SECRET)])
async def test_a_malformed_variable_names_itself_and_its_type(
    subgraph: Subgraph, value: object
) -> None:
    query = 'query ($n: Int!) { record(key: "1", size: $n) { key } }'
    response = await run(subgraph, query, n=value)
    assert [error["message"] for error in response["errors"]] == ["variable $n is not a valid Int!"]
    assert response["errors"][0]["extensions"] == {"code": "VARIABLE_INVALID", "retryable": False}


ENTITIES = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on SourceRecord { key } } }"


async def test_entities_fail_alone_and_the_callers_representations_stay_whole(
    subgraph: Subgraph,
) -> None:
    sent = [{"__typename": "SourceRecord", "source": "crm", "key": key} for key in ("1", "missing")]
    kept = [dict(one) for one in sent]
    response = await run(subgraph, ENTITIES, r=sent)
    assert response["data"] == {"_entities": [{"key": "1"}, None]}
    assert [error["path"] for error in response["errors"]] == [["_entities", 1]]
    assert sent == kept


@pytest.mark.parametrize("representation", [SECRET, {"key": SECRET}])
async def test_a_malformed_representation_is_refused(
    subgraph: Subgraph, representation: object
) -> None:
    response = await run(subgraph, ENTITIES, r=[representation])
    assert response["errors"][0]["extensions"]["code"] == "VARIABLE_INVALID"
    assert SECRET not in str(response)


async def test_the_sdl_is_what_the_service_field_answers(subgraph: Subgraph) -> None:
    response = await run(subgraph, "{ _service { sdl } }")
    assert response["data"]["_service"]["sdl"] == subgraph.sdl()
    assert '@link(url: "https://specs.apollo.dev/federation/v2' in subgraph.sdl()


async def test_a_context_that_cannot_be_made_is_masked() -> None:
    def broken(caller: CallerContext) -> object:
        raise RuntimeError(SECRET)

    subgraph = Subgraph("test", build_schema(Query), broken, ready)
    response = await run(subgraph, "{ me }")
    assert response["errors"][0]["extensions"] == {
        "code": "INTERNAL",
        "retryable": False,
        "traceId": "t1",
    }


async def test_a_query_is_parsed_once(subgraph: Subgraph, monkeypatch: pytest.MonkeyPatch) -> None:
    from c360_subgraph import documents

    await run(subgraph, "{ again: me }")
    monkeypatch.delattr(documents, "parse")
    assert await run(subgraph, "{ again: me }") == {"data": {"again": "ann"}}


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ('{ record(key: "1") { key } }', {}),
        (f'{{ record(key: "{SECRET}") {{ key }} }}', {}),
        ("{ me overflow }", {}),
        (ENTITIES, {"r": [{"__typename": "SourceRecord", "source": "crm", "key": "missing"}]}),
        (ENTITIES, {"r": [{"source": "crm"}]}),
        ("query($key: String!) { record(key: $key) { key } }", {"key": 3}),
    ],
)
async def test_an_error_is_gone_once_it_was_answered(
    subgraph: Subgraph, query: str, variables: dict[str, object]
) -> None:
    assert "errors" in await run(subgraph, query, **variables)
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            await run(subgraph, query, **variables)
        # Printing the type of a variable leaves a buffer for each part of it.
        assert gc.collect() <= 10 * 3
    finally:
        gc.enable()
