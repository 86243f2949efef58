"""Conditions on tags, consents and sources, and who is drawn by lot."""

import pytest
from c360_kernel.catalog.draft_segments import ConditionInvalid
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.conditions.tree import ValueTest
from c360_kernel.visibility import Visibility
from c360_segment.domain.compiled import Look
from c360_segment.domain.drafts import draft_of
from c360_segment.domain.drawn import Draw
from c360_segment.domain.explained.evidence import Evidence, evidence_of
from c360_segment.domain.leaves import Drawn, Facts, TraitTest
from c360_segment.graph.matching import matching
from c360_segment.handlers.handler import SegmentHandler
from c360_segment.testing import MemorySegmentStore
from c360_segment.testing.entries import profile_entry

from services.segment.tests.conftest import VOCABULARY, segments_of, why

FACTS = {"consent:marketing": "granted", "tag:risk": 80, "sources:": ("crm", "web")}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{tag: risk}", True),
        ("{tag: complaint}", False),
        ("{tag: risk, op: at_least, value: 80}", True),
        ("{tag: risk, op: less_than, value: 80}", False),
        ("{tag: complaint, op: missing}", True),
        ("{consent: marketing}", True),
        ("{consent: marketing, is: granted}", True),
        ("{consent: marketing, is: withdrawn}", False),
        ("{source: web}", True),
        ("{not: {source: crm}}", False),
    ],
)
def test_facts_are_values_under_names_of_theirs(compiled, condition, expected):
    segments = compiled(f"segments:\n  s: {{condition: {condition}}}\n")
    assert segments.parts.whole.holding(Look(Facts(FACTS, {}))) == ({"s"} if expected else set())
    negated = compiled(f"segments:\n  s: {{condition: {{not: {condition}}}}}\n")
    assert negated.parts.whole.holding(Look(Facts(FACTS, {}))) == (set() if expected else {"s"})


def test_who_is_drawn_is_drawn_for_ever():
    """Another answer would move customers of campaigns that are running."""
    drawn = [n for n in range(40) if Draw(10, "spring").draws(f"c{n}")]
    assert drawn == [14, 34]


def test_a_share_is_of_its_size_holds_smaller_ones_and_owes_nothing_to_another():
    ids = [f"c{n}" for n in range(20_000)]
    tenth, third, other = (
        {one for one in ids if draw.draws(one)}
        for draw in (Draw(10, "spring"), Draw(33.5, "spring"), Draw(10, "autumn"))
    )
    assert tenth < third
    assert abs(len(tenth) - 2_000) < 200
    assert abs(len(third) - 6_700) < 300
    assert abs(len(tenth & other) - 200) < 60


def test_reasons_name_the_lot_and_no_value():
    half = Drawn(Draw(50, "spring"))
    drawn = half.holds(Facts({}, {}, customer="c1"))
    expected = f"bucket of spring {'holds' if drawn else 'fails'}"
    assert why(half, Facts({}, {}, customer="c1")) == [expected]
    risk = TraitTest(ValueTest("tag:risk", "at_least", 70))
    assert why(risk, Facts(FACTS, {})) == ["tag:risk at_least holds"]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("may_write_to", {"Customer.consents", "Consent.purpose", "Consent.status"}),
        (
            "left_alone",
            {"Customer.tags", "CustomerTags.complaint", "CustomerTags.risk"},
        ),
        ("of_the_web", {"Customer.records", "SourceRecord.source"}),
        ("half_of_the_web", {"Customer.records", "SourceRecord.source"}),
    ],
)
def test_a_segment_is_there_for_who_may_use_all_that_it_reads(segments, name, read):
    assert name in segments.visible(Visibility(used=frozenset(read)))
    for left_out in read:
        assert name not in segments.visible(Visibility(used=frozenset(read - {left_out})))


TESTED = parse_catalog(VOCABULARY, "testing")
TAGGED = Visibility(used=frozenset({"Customer.tags", "CustomerTags.risk"}))


def test_a_draft_may_test_the_facts_that_its_author_may_use():
    draft = draft_of('{"tag": "risk"}', TESTED, TAGGED)
    assert why(draft.condition, Facts(FACTS, {})) == ["tag:risk exists holds"]
    assert evidence_of(draft.condition, Facts(FACTS, {})) == Evidence(trait="tag:risk", value=80)


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ('{"tag": "complaint"}', "tag: unknown tag 'complaint'; known: risk"),
        ('{"consent": "marketing"}', "consent: unknown purpose 'marketing'; known: none"),
        ('{"source": "web"}', "source: unknown source 'web'; known: none"),
    ],
)
def test_what_an_author_may_not_use_is_as_unknown_as_what_is_not_there(condition, fault):
    with pytest.raises(ConditionInvalid) as refused:
        draft_of(condition, TESTED, TAGGED)
    assert fault in refused.value.message


async def test_a_preview_draws_whom_the_segment_would_draw():
    store, handler = MemorySegmentStore(), SegmentHandler(segments_of(""))
    async with store.unit() as unit:
        await handler.handle(unit, [profile_entry(f"c{n}", 0, {}) for n in range(40)])
    draft = draft_of('{"bucket": {"percent": 10, "of": "spring"}}', TESTED, Visibility())
    found = await matching(store, draft, frozenset())
    assert await store.customers_of(found) == ["c14", "c34"]
