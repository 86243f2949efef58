"""The sum of a score gives away no part of it, and a pair that was never compared is told so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from c360_identity.bootstrap import build
from c360_identity.domain.matching.model_file import default_model
from c360_identity.settings import IdentitySettings
from c360_identity.testing.entries import feed, upserted
from c360_kernel.catalog import default_catalog
from c360_kernel.context import CallerContext
from c360_kernel.visibility import SCORE_PARTS, Visibility

MODEL = default_model()
ANN = {"name": "Cleo Marsh", "birthDate": "1980-05-17", "address": "12 Elm Road"}
DOUBT = {"name": "Ann Rosewood", "city": "Leeds"}
BOB = {"name": "Bob Underhill", "birthDate": "1951-01-02"}
PARTS = ("firstName", "birthDate", "address")
TOLD = "score scoreRounded model parts { firstName { weight } }"
EDGES = (
    f"""{{ customerByRecord(source: "crm", key: "1") {{ evidence {{ edges {{ {TOLD} }} }} }} }}"""
)
EXPLAINED = f"""query($a: RecordRef!, $b: RecordRef!) {{ explainIdentity(a: $a, b: $b) {{
  together paths {{ steps {{ {TOLD} }} }}
  refusals {{ kind {TOLD} edges {{ {TOLD} }} }} }} }}"""
REVIEWS = f"{{ identityReviews {{ edges {{ node {{ evidence {{ {TOLD} }} }} }} }} }}"


def ref(name: str) -> dict[str, str]:
    source, _, key = name.partition("/")
    return {"source": source, "key": key}


class Graph:
    """A service with the model that ships, asked by who may use these parts of scores."""

    def __init__(self, data: Path) -> None:
        self.service = build(IdentitySettings(data=data), default_catalog(), b"some instance key")
        self.store = self.service.open_store()
        self.subgraph = self.service.open_graph()

    async def asked(self, query: str, used: Collection[str], **variables: object) -> Any:
        visible = Visibility(used=frozenset(f"{SCORE_PARTS}.{name}" for name in used))
        caller = CallerContext("tester", ("data_steward",), visibility=visible)
        response = await self.subgraph.execute(query, variables, None, caller)
        assert "errors" not in response, response
        return response["data"]

    async def refusals(self, a: str, b: str, used: Collection[str] = PARTS) -> Any:
        found = await self.asked(EXPLAINED, used, a=ref(a), b=ref(b))
        assert not found["explainIdentity"]["together"]
        return found["explainIdentity"]["refusals"]


@pytest_asyncio.fixture
async def graph(tmp_path: Path) -> AsyncIterator[Graph]:
    graph = Graph(tmp_path)
    entries = [
        upserted(at, key, traits=traits)
        for at, (key, traits) in enumerate(
            [("crm/1", ANN), ("web/2", ANN), ("crm/3", DOUBT), ("web/4", DOUBT), ("erp/5", BOB)], 1
        )
    ]
    entries.append(upserted(9, "erp/6", "cookie:browser-of-nobody"))
    await feed(graph.store, graph.service.handler, [entries])
    yield graph
    await graph.store.close()


def one_edge(answer: Any) -> Any:
    (edge,) = [
        one for one in answer["customerByRecord"]["evidence"]["edges"] if one["model"] is not None
    ]
    return edge


async def test_who_may_know_each_part_is_told_the_sum(graph: Graph) -> None:
    edge = one_edge(await graph.asked(EDGES, PARTS))
    assert edge["score"] > MODEL.accept + 1
    assert edge["scoreRounded"] is False
    steps = (await graph.asked(EXPLAINED, PARTS, a=ref("crm/1"), b=ref("web/2")))[
        "explainIdentity"
    ]["paths"][0]["steps"]
    assert steps[0]["score"] == edge["score"]


@pytest.mark.parametrize("hidden", PARTS)
async def test_from_whom_one_part_is_hidden_the_sum_is(graph: Graph, hidden: str) -> None:
    used = {*PARTS} - {hidden}
    edge = one_edge(await graph.asked(EDGES, used))
    assert (edge["score"], edge["scoreRounded"]) == (MODEL.accept, True)
    explained = await graph.asked(EXPLAINED, used, a=ref("crm/1"), b=ref("web/2"))
    steps = explained["explainIdentity"]["paths"][0]["steps"]
    assert [(one["score"], one["scoreRounded"]) for one in steps] == [(MODEL.accept, True)]


async def test_a_refusal_and_a_review_round_alike(graph: Graph) -> None:
    (exact,) = await graph.refusals("crm/3", "web/4", ("firstName", "city"))
    (rounded,) = await graph.refusals("crm/3", "web/4", ("firstName",))
    assert MODEL.review < exact["score"] < MODEL.accept
    assert (exact["scoreRounded"], rounded["scoreRounded"]) == (False, True)
    assert rounded["score"] == rounded["edges"][0]["score"] == MODEL.review
    (review,) = (await graph.asked(REVIEWS, ("city",)))["identityReviews"]["edges"]
    assert review["node"]["evidence"]["score"] == MODEL.review


async def test_below_every_threshold_nothing_of_a_hidden_sum_is_told(graph: Graph) -> None:
    found = await graph.refusals("crm/1", "erp/5", ("firstName",))
    assert {one["kind"]: one["score"] for one in found} == {"SCORE": None, "BLOCK": None}
    found = await graph.refusals("crm/1", "erp/5")
    assert {one["kind"] for one in found if one["score"] is not None} == {"SCORE"}


async def test_two_that_no_block_holds_are_told_to_be_never_compared(graph: Graph) -> None:
    assert {one["kind"] for one in await graph.refusals("crm/1", "crm/3")} == {"SCORE", "BLOCK"}
    # Of whom nothing is compared there is no score.
    (silent,) = await graph.refusals("crm/1", "erp/6")
    assert (silent["kind"], silent["score"], silent["edges"]) == ("BLOCK", None, [])


async def test_two_that_a_block_holds_are_not(graph: Graph) -> None:
    assert [one["kind"] for one in await graph.refusals("crm/3", "web/4")] == ["SCORE"]


async def test_where_each_block_that_holds_both_is_full_they_were_never_compared(
    graph: Graph,
) -> None:
    crowd = [
        upserted(100 + n, f"web/n{n}", traits={"name": "Sam Hill"})
        for n in range(MODEL.largest_block + 1)
    ]
    told = {"name": "Sam Hill", "gender": "male", "occupation": "beekeeper"}
    more = [upserted(900 + n, f"crm/t{n}", traits=told) for n in (1, 2)]
    await feed(graph.store, graph.service.handler, [crowd, more])
    (refusal,) = await graph.refusals("crm/t1", "crm/t2", ("firstName", "gender", "occupation"))
    assert refusal["kind"] == "BLOCK"
    assert refusal["score"] >= MODEL.review
    assert len(refusal["edges"]) == 1


async def test_what_stands_in_for_a_value_that_was_not_said_is_told_to_nobody(graph: Graph) -> None:
    """Whoever may see birth dates must not read them out of papers."""
    told = {"name": "王小明", "address": "人民路123号"}
    papers = upserted(50, "crm/9", "national_id:320102198812190153", traits=told)
    said = upserted(51, "web/9", traits={**told, "birthDate": "1988-12-19"})
    await feed(graph.store, graph.service.handler, [[papers, said]])
    used = (*PARTS, "nationalId")
    asked = 'query { customerByRecord(source: "crm", key: "9") { evidence { edges { %s } } } }'
    parts = "score scoreRounded model parts { firstName { weight } birthDate { weight } }"
    edge = one_edge(await graph.asked(asked % parts, used))
    assert (edge["score"], edge["scoreRounded"]) == (MODEL.accept, True)
    assert edge["parts"]["firstName"] is not None
    assert edge["parts"]["birthDate"] is None
