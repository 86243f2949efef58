"""The commands, and the standalone server over real sockets."""

import asyncio
import contextlib
import json
import socket

import httpx
import pytest
import uvicorn
from c360_federation import GraphQLHttpApp, GraphQLReply, Server, SubgraphRequest, compose
from c360_federation.__main__ import main
from c360_federation.compose import SubgraphSdl

USERS = 'type Query { me: User } type User @key(fields: "id") { id: ID! name: String }'
POSTS = 'type User @key(fields: "id") { id: ID! posts: [String!] }'


@pytest.fixture
def files(tmp_path):
    for name, sdl in (("users", USERS), ("posts", POSTS)):
        (tmp_path / f"{name}.graphql").write_text(sdl)
    supergraph = tmp_path / "supergraph.graphql"
    entries = [SubgraphSdl("users", USERS, "http://u"), SubgraphSdl("posts", POSTS, "http://p")]
    supergraph.write_text(compose(entries))
    return tmp_path


def test_compose_prints_the_supergraph(files, capsys):
    entries = [
        f"{name}={files / name}.graphql@http://{name}/graphql" for name in ("users", "posts")
    ]
    assert main(["compose", *entries]) == 0
    assert '@join__graph(name: "users", url: "http://users/graphql")' in capsys.readouterr().out


def test_compose_tells_every_problem(files, capsys):
    (files / "bad.graphql").write_text("type Query { me: Int }")
    entries = [f"users={files / 'users.graphql'}", f"bad={files / 'bad.graphql'}"]
    assert main(["compose", *entries]) == 1
    assert "FIELD_TYPE_MISMATCH [users, bad]" in capsys.readouterr().err


@pytest.mark.parametrize("expected", ["users", "=x", "users=missing.graphql"])
def test_compose_refuses_what_it_cannot_read(expected, capsys):
    assert main(["compose", expected]) == 1
    assert capsys.readouterr().err


def test_explain_shows_waves(files, capsys):
    arguments = ["explain", "--supergraph", str(files / "supergraph.graphql")]
    assert main([*arguments, "{ me { name posts } }"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "wave 1",
        "  [0] users",
        "        {me{name id}}",
        "wave 2",
        "  [1] posts after [0]",
        "        entities at me: User {id}",
        "        query($representations: [_Any!]!){_entities(representations: $representations)"
        "{... on User{posts}}}",
    ]
    assert main([*arguments, "{ nope }"]) == 1
    assert "GRAPHQL_VALIDATION_FAILED" in capsys.readouterr().err
    assert main([*arguments, "--variables", "[]", "{ me { id } }"]) == 1
    assert main([*arguments, "{ __typename }"]) == 0


@contextlib.asynccontextmanager
async def listening(app):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


def app_of(subgraph):
    """A subgraph behind HTTP."""

    async def execute(request, _headers):
        subgraph_request = SubgraphRequest(
            request.query, dict(request.variables or {}), request.operation_name
        )
        answer = await subgraph(subgraph_request, None)
        return GraphQLReply({"data": answer.data, "errors": answer.errors})

    return GraphQLHttpApp(execute)


async def test_serve_answers_over_http(subgraph):
    users = subgraph(
        USERS, {"Query.me": lambda _: {"id": "1", "name": "Ann"}}, {"User": lambda rep: rep}
    )
    posts = subgraph(POSTS, {}, {"User": lambda rep: {**rep, "posts": ["a"]}})
    async with listening(app_of(users)) as first, listening(app_of(posts)) as second:
        sdl = compose([SubgraphSdl("users", USERS, first), SubgraphSdl("posts", POSTS, second)])
        async with listening(Server(sdl)) as url, httpx.AsyncClient() as client:
            assert (await client.get(f"{url}/health")).status_code == 200
            assert (await client.get(f"{url}/else")).status_code == 404
            ping = {"operationName": "ping", "query": "query ping { __typename }"}
            reply = await client.post(f"{url}/graphql", json=ping)
            assert reply.json() == {"data": {"__typename": "Query"}}
            reply = await client.post(f"{url}/graphql", json={"query": "{ me { name posts } }"})
            assert reply.json() == {"data": {"me": {"name": "Ann", "posts": ["a"]}}}
            reply = await client.post(f"{url}/graphql", content=json.dumps({"query": "{"}))
            assert reply.status_code == 415


async def test_serve_takes_another_supergraph_in_its_file_without_a_restart(subgraph, tmp_path):
    users = subgraph(USERS, {"Query.me": lambda _: {"id": "1", "name": "Ann"}})
    async with listening(app_of(users)) as first:
        sdl = compose([SubgraphSdl("users", USERS, first)])
        file = tmp_path / "supergraph.graphql"
        file.write_text(sdl.replace("  me: User", "  renamed: User"))
        async with listening(Server(sdl, file=file)) as url, httpx.AsyncClient() as client:
            body, collected = {"query": "{ renamed { id } }"}, {}
            async with asyncio.timeout(20):
                while "data" not in collected:
                    collected = (await client.post(f"{url}/graphql", json=body)).json()
                    await asyncio.sleep(0.05)
            assert list(collected["data"]) == ["renamed"]
