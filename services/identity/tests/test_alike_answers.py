"""Likeness is told as evidence: edges, paths, refusals and reviews, with what a score says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from c360_identity.domain.evidence import EdgeState, EvidenceEdge
from c360_identity.domain.matching.kinds import KINDS
from c360_identity.domain.matching.model import Comparison
from c360_identity.domain.matching.model_file import default_model
from c360_identity.domain.matching.told_scores import told_under
from c360_identity.domain.refusals import RefusalKind
from c360_identity.graph.answers import EvidenceAnswers
from c360_identity.graph.reviewing import BEGINNING, Place, ReviewQueue
from c360_identity.graph.score_parts import score_parts
from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.matching import Matching
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.store.port import IdentityStore
from c360_identity.store.scoped import ScopedDirectory
from c360_identity.store.sqlite import SqliteIdentityStore
from c360_identity.testing.entries import IDS, decided, feed, record_key, upserted
from c360_identity.testing.memory import MemoryIdentityStore
from c360_kernel.catalog import default_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.conditions.tree import EVERYBODY
from c360_kernel.errors import Invalid
from c360_kernel.evidence.rules import Rules
from c360_kernel.scope import NOTHING_KNOWN, Visible

CATALOG = default_catalog()
RULES = Rules.of(CATALOG.identifiers)
MODEL = default_model()
ANN = {"name": "Ann Rosewood", "birthDate": "1980-05-17", "address": "12 Elm Road"}
"""Nobody else is called so."""


class World:
    """A store fed with scored matching on, and its answers."""

    def __init__(self, store: IdentityStore) -> None:
        self.store = store
        matching = Matching(MODEL)
        self._handler = IdentityHandler(
            Intake(CATALOG, Normalizers(CATALOG), MODEL.traits), RULES, IDS,
            RuleValueReader(CATALOG), matching,
        )  # fmt: skip
        self.scores = matching.scores(CATALOG)
        self.answers = EvidenceAnswers(store, RULES, self.scores)
        self.queue = ReviewQueue(store, RULES, self.scores)

    async def takes(self, *entries: object) -> None:
        await feed(self.store, self._handler, [entries])


@pytest_asyncio.fixture(params=["memory", "sqlite"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made = (
        MemoryIdentityStore(IDS)
        if request.param == "memory"
        else SqliteIdentityStore(tmp_path / "identity.db", IDS)
    )
    yield World(made)
    await made.close()


def scored(edges: Sequence[EvidenceEdge]) -> list[EvidenceEdge]:
    return [one for one in edges if one.rule == "score"]


async def test_a_pair_that_is_alike_enough_is_an_edge_with_its_score(world: World) -> None:
    await world.takes(upserted(1, "crm/1", traits=ANN), upserted(2, "web/2", traits=ANN))
    (evidence,) = (await world.answers.of_customers([record_key("crm/1")])).values()
    (edge,) = scored(evidence.edges)
    assert (edge.record, edge.other) == (record_key("crm/1"), record_key("web/2"))
    assert (edge.state, edge.since) == (EdgeState.ACTIVE, f"{2:028x}")
    assert edge.score is not None
    assert edge.score.model == MODEL.version
    assert edge.score.weight == pytest.approx(
        MODEL.prior + sum(part.weight for part in edge.score.parts), abs=0.05
    )
    assert {(part.under, part.field, part.level) for part in edge.score.parts} == {
        ("firstName", "family", "same"),
        ("firstName", "given", "same"),
        ("birthDate", "born", "same"),
        ("address", "address", "same"),
    }


async def test_a_path_goes_over_likeness(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", traits=ANN),
        upserted(2, "web/2", "email:ann@mail.example", traits=ANN),
        upserted(3, "erp/3", "email:ann@mail.example"),
    )
    found = await world.answers.explanation(record_key("crm/1"), record_key("erp/3"), 5)
    assert found is not None
    (path,) = found.paths.found
    assert [step.rule for step in path] == ["score", "email"]
    assert path[0].score is not None and path[0].score.parts


@pytest.mark.parametrize(
    ("carries", "other", "kind", "by"),
    [
        ("", {"name": "Bob Underhill", "birthDate": "1951-01-02"}, RefusalKind.SCORE, ""),
        ("account:b", ANN, RefusalKind.SEPARATION, "account"),
    ],
)
async def test_why_likeness_did_not_join_two_is_told_with_its_score(
    world: World, carries: str, other: dict[str, str], kind: RefusalKind, by: str
) -> None:
    await world.takes(
        upserted(1, "crm/1", "account:a", traits=ANN), upserted(2, "web/2", carries, traits=other)
    )
    found = await world.answers.explanation(record_key("web/2"), record_key("crm/1"), 5)
    assert found is not None and not found.together
    refusal, *more = found.refusals
    assert (refusal.kind, refusal.rule, refusal.by) == (kind, "score", by)
    # Bob and Ann share no block.
    assert {one.kind for one in more} == ({RefusalKind.BLOCK} if not carries else set())
    assert refusal.score is not None and refusal.score.parts
    (edge,) = refusal.edges
    assert edge.state is EdgeState.REFUSED


class NobodyBut(Visible):
    """The scope of these customers alone."""

    def __init__(self, *records: str) -> None:
        super().__init__(EVERYBODY, NOTHING_KNOWN)
        self._ids = frozenset(IDS(record_key(one)) for one in records)

    async def among(self, customers: Collection[str]) -> frozenset[str]:
        return self._ids.intersection(customers)


DOUBT = {"name": "Ann Rosewood", "city": "Leeds"}
"""Alike, and not enough: between what is reviewed and what is accepted."""


async def test_pairs_in_doubt_wait_behind_what_was_refused_until_a_steward_decides(
    world: World,
) -> None:
    await world.takes(
        upserted(1, "crm/1", traits=DOUBT),
        upserted(2, "web/2", traits=DOUBT),
        upserted(3, "crm/3", "account:c phone:+8613564281270", traits={"name": "Bob Underhill"}),
        upserted(4, "web/4", "account:d phone:+8613564281270", traits={"name": "Eve Longstaff"}),
    )
    page = await world.queue.page(BEGINNING, 10)
    assert [(one.a.key, one.b.key, one.edge.rule) for one in page] == [
        ("4", "3", "phone"),
        ("1", "2", "score"),
    ]
    assert [one.edge.score is not None for one in page] == [False, True]
    first, last = (Place.read(one.place) for one in page)
    assert [one.place for one in await world.queue.page(first, 1)] == [page[1].place]
    assert await world.queue.page(last, 10) == []
    await world.takes(decided(5, "same", "crm/1", "web/2", name="d1"))
    assert [one.edge.rule for one in await world.queue.page(BEGINNING, 10)] == ["phone"]


@pytest.mark.parametrize("text", ["-0-alike", f"{1:028x}-1-", f"{1:028x}-1-like", "x-1-alike"])
def test_what_is_no_cursor_of_the_queue_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        Place.read(text)
    assert refused.value.code == "CURSOR_INVALID"


async def test_without_a_model_nothing_is_told_of_likeness(world: World) -> None:
    await world.takes(upserted(1, "crm/1", traits=DOUBT), upserted(2, "web/2", traits=DOUBT))
    answers = EvidenceAnswers(world.store, RULES)
    found = await answers.explanation(record_key("crm/1"), record_key("web/2"), 5)
    assert found is not None and not found.refusals
    assert await ReviewQueue(world.store, RULES).page(BEGINNING, 5) == []


async def test_who_is_out_of_scope_is_like_nobody(world: World) -> None:
    await world.takes(
        upserted(1, "crm/1", traits=ANN),
        upserted(2, "web/2", "account:b", traits=DOUBT),
        upserted(3, "web/3", "account:c", traits=DOUBT),
    )
    reader = ScopedDirectory(world.store, IDS, NobodyBut("crm/1", "web/2"))
    keys = [record_key(one) for one in ("crm/1", "web/2", "web/3")]
    hidden = record_key("web/3")
    assert any(hidden in pair for pair in await world.store.matches_about(keys))
    assert not any(hidden in pair for pair in await reader.matches_about(keys))
    assert hidden not in await reader.compared(keys)
    page = await ReviewQueue(reader, RULES, world.scores).page(BEGINNING, 5)
    assert not any(hidden in (one.a, one.b) for one in page)


@pytest.mark.parametrize(
    ("fields", "under"),
    [
        ((("birthDate",),), "birthDate"),
        ((("firstName",), ("middleName",), ("lastName",), ("name",), ("recordType",)), "firstName"),
        ((("identifiers.national_id", "identifiers.passport"),), "nationalId"),
        ((("recordType", "gender"),), "gender"),
        ((("gender", "name"),), ""),
        ((("recordType",),), "recordType"),
    ],
)
def test_a_part_stands_where_all_that_it_is_made_of_may_be_seen(
    fields: tuple[tuple[str, ...], ...], under: str
) -> None:
    kind = next(name for name, one in KINDS.items() if one.places == len(fields))
    assert told_under(Comparison("made", kind, fields), CATALOG) == under


def test_each_part_carries_the_tags_of_what_it_is_made_of() -> None:
    fields: Any = getattr(score_parts(CATALOG), "__strawberry_definition__").fields  # noqa: B009
    tags = {one.graphql_name: {tag.name for tag in one.directives} for one in fields}
    assert tags["birthDate"] == {"birth_date"}
    assert tags["gender"] == {"demographic"}
    assert tags["passport"] == {"national_id"}
    assert tags["phone"] == {"phone"}
    assert tags["recordType"] == set()
    assert all(tags[name] for name, trait in CATALOG.traits.items() if trait.tag != "public")
