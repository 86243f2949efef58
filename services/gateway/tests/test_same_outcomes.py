"""A `same` that was taken and joined nobody is answered with the reason."""

from dataclasses import replace

import pytest
from c360_federation.execute.transport import SubgraphResponse, SubgraphTimeout
from c360_gateway.collect.decisions import decision_kind
from c360_gateway.collect.items import ItemResult, ItemStatus, Refusal, Stage
from c360_gateway.collect.same_outcomes import SameOutcome, SubgraphSameOutcomes, with_outcomes
from c360_gateway.doors.graphql.results import answered
from c360_kernel.catalog.loader import default_catalog
from c360_policy.reading.parsing import policy_of
from c360_policy.table import compile_table

from services.gateway.tests.test_deciding_identity import caller

KIND = decision_kind(default_catalog())
TOGETHER = SameOutcome(True, "", "")
LIMITED = SameOutcome(False, "LIMIT", "national_id")


class Knowing:
    def __init__(self, *told):
        self.told, self.asked = told, []

    async def of(self, decisions, context):
        self.asked += [(one.kind, one.b.key) for one in decisions]
        return self.told


def decided(index, decision="SAME", stage=Stage.IDENTITY):
    item = {"decision": decision, "reason": "a test", "a": {"source": "crm", "key": "1"}}
    said = KIND.read({**item, "b": {"source": "web", "key": str(index)}}, 1_800_000_000_000)
    return ItemResult(index, ItemStatus.APPLIED, stage, payload=said)


def reader(*rules):
    table = compile_table(
        policy_of(list(rules), []), ("r",), "", {"IdentityRefusal.by": frozenset()}, 0
    )
    return replace(caller(), table=table)


async def test_only_a_same_that_was_handled_is_asked_about():
    results = [
        decided(0, "NOT_SAME"), decided(1, stage=Stage.LOG), decided(2), decided(3, "UNDO"),
        ItemResult(4, ItemStatus.REFUSED, None, Refusal("X", "", "")), decided(5),
    ]  # fmt: skip
    knowing = Knowing(LIMITED, TOGETHER)
    found = await with_outcomes(results, knowing, reader())
    assert knowing.asked == [("same", "2"), ("same", "5")]
    assert [one.together for one in found] == [None, None, False, None, None, True]
    assert [one.index for one in found] == list(range(6))
    await with_outcomes(results[:2], unasked := Knowing(), reader())
    assert unasked.asked == []


@pytest.mark.parametrize(
    ("hindrance", "code"),
    [
        ("LIMIT", "SAME_OVER_LIMIT"),
        ("STEWARD", "SAME_KEPT_APART"),
        ("OVERRULED", "SAME_OVERRULED"),
        ("UNKNOWN", "SAME_RECORD_UNKNOWN"),
    ],
)
async def test_it_was_taken_and_says_why_it_joined_nobody(hindrance, code):
    found = await with_outcomes([decided(0)], Knowing(SameOutcome(False, hindrance, "")), reader())
    told = answered(found)
    (result,) = told.results
    assert (result.status.name, result.code, result.path) == ("APPLIED", code, "decision")
    assert (result.together, result.retryable, bool(result.message)) == (False, None, True)
    assert (told.accepted, told.refused) == (1, 0)


async def test_the_type_of_a_limit_is_told_to_who_may_be_told_what_refuses():
    allow = ["r", "IdentityRefusal.by", "read", "", "allow", "*", "", "", "x"]
    for context, is_told in ((reader(allow), True), (reader(), False)):
        (one,) = await with_outcomes([decided(0)], Knowing(LIMITED), context)
        assert ("national_id" in one.hindrance.message) is is_told


async def test_where_identity_cannot_be_asked_nothing_is_said():
    (one,) = await with_outcomes([decided(0)], Knowing(), reader())
    assert (one.together, one.hindrance) == (None, None)


class Answering:
    def __init__(self, data):
        self.data = data

    async def execute(self, subgraph, request, context):
        assert (subgraph, request.operation_name) == ("identity", "SameOutcomes")
        assert request.variables == {"sources": ["crm", "web"], "keys": ["1", "0"]}
        if self.data is None:
            raise SubgraphTimeout("identity")
        return SubgraphResponse(self.data, [])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"sameOutcomes": [{"together": False, "hindrance": "LIMIT", "by": "x"}]},
         [SameOutcome(False, "LIMIT", "x")]),
        ({"sameOutcomes": None}, []),
        (None, []),
    ],
)  # fmt: skip
async def test_identity_is_asked_for_both_records_of_each(data, expected):
    outcomes = SubgraphSameOutcomes(Answering(data))
    assert list(await outcomes.of([decided(0).payload], reader())) == expected
