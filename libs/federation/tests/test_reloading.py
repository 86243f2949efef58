"""A new supergraph while requests are under way."""

import asyncio
import os

import pytest
from c360_federation import (
    Engine,
    EngineSwap,
    FileWatch,
    InProcessTransport,
    Reload,
    SubgraphResponse,
    SupergraphError,
    SupergraphFile,
)

QUERY = "query Q($wide: Boolean!) { a b @include(if: $wide) }"


class Api:
    """Answers 1 for each field that a supergraph may have, after a while."""

    async def __call__(self, request, context):
        await asyncio.sleep(0.002)
        return SubgraphResponse({name: 1 for name in "abc" if name in request.query})


@pytest.fixture
def supergraph(world, subgraph):
    def made(*fields):
        text = " ".join(f"{name}: Int" for name in fields)
        return world(api=subgraph(f"type Query {{ {text} }}")).supergraph

    return made


def build(sdl):
    return Engine(sdl, InProcessTransport({"api": Api()}))


async def test_what_was_asked_last_is_planned_ahead(supergraph):
    swap = EngineSwap(build, supergraph("a", "b"))
    before = swap.current
    for wide in (True, False):
        before.prepare(QUERY, None, {"wide": wide})
    before.prepare("{ b }")
    assert await swap.replace(supergraph("a", "b", "c")) == Reload(warmed=3, refused=0)
    assert swap.current is not before
    known = len(swap.current._compiled)
    for wide in (True, False):
        swap.current.prepare(QUERY, None, {"wide": wide})
    assert len(swap.current._compiled) == known == 3
    assert (await swap.current.run("{ c }")).data == {"c": 1}


async def test_only_so_much_is_planned_and_what_is_gone_is_counted(supergraph):
    swap = EngineSwap(build, supergraph("a", "b"), warm_up=2)
    for query in ("{ b1: b }", "{ a1: a }", "{ b2: b }"):
        swap.current.prepare(query)
    assert await swap.replace(supergraph("a")) == Reload(warmed=1, refused=1)
    assert (await swap.current.run("{ b }")).errors[0]["extensions"]["code"] == (
        "GRAPHQL_VALIDATION_FAILED"
    )


async def test_policies_that_mean_nothing_any_more_are_left_out(supergraph):
    swap = EngineSwap(build, supergraph("a"), policy_of=lambda *_: None)
    swap.current.prepare("{ a }")
    assert await swap.replace(supergraph("a", "b")) == Reload(warmed=0, refused=0)


async def test_a_bad_supergraph_changes_nothing(supergraph):
    swap = EngineSwap(build, supergraph("a"))
    before = swap.current
    with pytest.raises(SupergraphError):
        await swap.replace("type Query {")
    assert swap.current is before


async def test_no_request_is_dropped(supergraph):
    first, second = supergraph("a", "b"), supergraph("a", "b", "c")
    swap = EngineSwap(build, first)
    answered = []

    async def ask():
        while len(answered) < 300:
            result = await swap.current.run(QUERY, None, {"wide": True})
            answered.append(result.payload())

    async def reload():
        count = 0
        while len(answered) < 300:
            await swap.replace((second, first)[count % 2])
            count += 1
        return count

    *_, reloads = await asyncio.gather(*(ask() for _ in range(8)), reload())
    assert reloads > 1
    assert all(one == {"data": {"a": 1, "b": 1}} for one in answered)


def test_a_watched_file_is_new_at_first_and_after_each_change(tmp_path):
    file, other = tmp_path / "one", tmp_path / "other"
    watch = FileWatch(lambda: [file])
    file.write_text("a")
    assert (watch.changed(), watch.changed()) == (True, False)
    file.write_text("ab")
    assert (watch.changed(), watch.changed()) == (True, False)
    other.write_text("cd")
    other.replace(file)
    assert (watch.changed(), watch.changed()) == (True, False)
    file.unlink()
    assert (watch.changed(), watch.changed()) == (True, False)


def test_a_watched_file_is_new_with_other_rights_and_under_an_old_time(tmp_path):
    file = tmp_path / "one"
    watch = FileWatch(lambda: [file])
    file.write_text("a")
    assert watch.changed()
    file.chmod(0o640)
    assert (watch.changed(), watch.changed()) == (True, False)
    before = file.stat()
    file.write_text("b")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (watch.changed(), watch.changed()) == (True, False)


def test_a_watched_file_that_cannot_be_looked_at_is_as_good_as_gone(tmp_path):
    file = tmp_path / "one"
    file.write_text("a")
    watch = FileWatch(lambda: [file])
    assert watch.changed()
    file.unlink()
    file.symlink_to(file.name)
    assert (watch.changed(), watch.changed()) == (True, False)


async def test_a_supergraph_file_is_taken_again_when_it_holds_another_one(tmp_path, supergraph):
    file = tmp_path / "supergraph.graphql"
    file.write_text(supergraph("a"))
    swap = EngineSwap(build, supergraph("a"))
    watched = SupergraphFile(file, swap.replace, supergraph("a"))
    first = swap.current
    await watched.refresh()
    assert swap.current is first
    file.write_text(supergraph("a", "b"))
    await watched.refresh()
    assert (await swap.current.run("{ b }")).data == {"b": 1}
    second = swap.current
    file.write_text("type Query {")
    await watched.refresh()
    file.unlink()
    await watched.refresh()
    assert swap.current is second


async def test_a_supergraph_file_that_cannot_be_used_stops_the_start(tmp_path, supergraph):
    swap = EngineSwap(build, supergraph("a"))
    file = tmp_path / "supergraph.graphql"
    with pytest.raises(FileNotFoundError):
        await SupergraphFile(file, swap.replace).start()
    file.write_text("type Query {")
    with pytest.raises(SupergraphError):
        await SupergraphFile(file, swap.replace).start()
