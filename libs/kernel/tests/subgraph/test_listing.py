"""Lists that are no connections: whole, or the first so many, and never cut without a word."""

import asyncio

import strawberry
from c360_kernel.context import CallerContext
from c360_kernel.errors import Invalid
from c360_kernel.subgraph.listing import LONGEST_LIST, First, listed
from c360_kernel.subgraph.schema import build_schema
from c360_kernel.subgraph.subgraph import Subgraph
from hypothesis import given
from hypothesis import strategies as st


def subgraph(count):
    @strawberry.type
    class Item:
        number: int

    @strawberry.type
    class Holder:
        @strawberry.field
        def items(self, first: First = None) -> list[Item]:
            return [Item(number=n) for n in listed(range(count), first)]

        @strawberry.field
        async def names(self) -> list[str] | None:
            return ["x"] * count

        @strawberry.field
        def pairs(self) -> list[list[int]]:
            return [(n,) for n in range(count)]

    @strawberry.type
    class Query:
        @strawberry.field
        def holders(self) -> list[Holder]:
            return [Holder(), Holder()]

        @strawberry.field
        def numbers(self) -> list[int]:
            return list(range(count))

    async def ready():
        return True

    return Subgraph("test", build_schema(Query), lambda caller: caller, ready)


async def ask(count, query):
    return await subgraph(count).execute(query, {}, None, CallerContext("ann", ("r",)))


ALL = "{ holders { items { number } names pairs } }"


async def test_a_list_as_long_as_may_be_is_whole():
    answer = await ask(LONGEST_LIST, ALL)
    assert "errors" not in answer
    assert len(answer["data"]["holders"][1]["items"]) == LONGEST_LIST


async def test_a_longer_one_is_cut_and_says_so_at_its_place():
    answer = await ask(LONGEST_LIST + 1, ALL)
    entries = [(e["path"], e["extensions"]) for e in answer["errors"]]
    extensions = {"code": "LIST_CUT", "retryable": False, "given": LONGEST_LIST}
    expected = [
        (["holders", n, name], extensions) for n in (0, 1) for name in ("items", "names", "pairs")
    ]
    assert sorted(entries, key=str) == sorted(expected, key=str)
    for holder in answer["data"]["holders"]:
        assert {name: len(shown) for name, shown in holder.items()} == dict.fromkeys(
            ("items", "names", "pairs"), LONGEST_LIST
        )


async def test_whoever_asks_for_the_first_so_many_is_told_nothing():
    answer = await ask(
        5_000, "{ holders { items(first: 3) { number } none: items(first: 0) { number } } }"
    )
    assert answer == {
        "data": {"holders": [{"items": [{"number": n} for n in range(3)], "none": []}] * 2}
    }


async def test_what_is_asked_for_by_name_is_given_whole():
    answer = await ask(LONGEST_LIST + 1, "{ numbers }")
    assert len(answer["data"]["numbers"]) == LONGEST_LIST + 1


@given(st.lists(st.integers(), max_size=20), st.none() | st.integers(-2, 1_002))
def test_the_first_so_many(values, first):
    try:
        shown = listed(values, first)
    except Invalid as refused:
        assert refused.code == "PAGE_SIZE_INVALID"
        assert not 0 <= first <= LONGEST_LIST
    else:
        assert shown == values[: len(values) if first is None else first]
        assert first is None or 0 <= first <= LONGEST_LIST


async def test_long_lists_are_completed_in_many_turns_of_the_loop():
    @strawberry.type
    class Item:
        number: int

    turn = 0

    @strawberry.type
    class Holder:
        @strawberry.field
        async def items(self) -> list[Item]:
            await asyncio.sleep(0)
            return [Item(number=n) for n in range(LONGEST_LIST)]

    @strawberry.type
    class Query:
        @strawberry.field
        def holders(self) -> list[Holder]:
            return [Holder() for _ in range(20)]

    async def ready():
        return True

    async def others():
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    graph = Subgraph("test", build_schema(Query), lambda caller: caller, ready)
    beside = asyncio.ensure_future(others())
    answer = await graph.execute(
        "{ holders { items { number } } }", {}, None, CallerContext("ann", ("r",))
    )
    beside.cancel()
    assert len(answer["data"]["holders"]) == 20
    assert turn >= 20
