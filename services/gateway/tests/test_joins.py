"""Writing is no look-up: who also reads customers joins only so many identifiers an hour."""

import pytest
from c360_federation.execute.transport import SubgraphResponse, SubgraphUnreachable
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.joins import (
    JOIN_LIMITED,
    JoinQuota,
    Novelty,
    Observed,
    SubgraphJoins,
)
from c360_gateway.context import OperationContext
from c360_kernel.context import CallerContext
from c360_kernel.errors import Transient
from c360_kernel.payload import ConsentRecorded, RecordUpserted
from c360_kernel.record import Identifier, RecordKey
from c360_policy.reading.parsing import policy_of
from c360_policy.table import compile_table
from hypothesis import given
from hypothesis import strategies as st

COORDINATES = {"Customer.id": frozenset()}


def context(reads, subject="ann"):
    rules = [["agent", "*", "read", "", "allow", "*", "", "", "reads"]] if reads else []
    table = compile_table(policy_of(rules, []), ("agent",), "", COORDINATES, 0)
    principal = Principal(subject, ("agent",), "", frozenset("*"), 0)
    return OperationContext(CallerContext(subject, ("agent",)), principal, table=table)


READER = context(reads=True)


def sent(*values):
    identifiers = tuple(Identifier("phone", value) for value in values)
    return RecordUpserted(RecordKey("web", values[0]), 1, 0, False, identifiers, {})


class Held:
    """Identity, for which some values are another customer's and some the record's own."""

    def __init__(self, joins=(), known=()):
        self.joins, self.known = joins, known

    async def of(self, observed, context):
        return [self._of(one.identifier.value) for one in observed]

    def _of(self, value):
        if value in self.joins:
            return Novelty.JOINS
        return Novelty.KNOWN if value in self.known else Novelty.NEW


async def test_after_the_joins_of_an_hour_no_new_identifier_is_taken_whatever_it_joins():
    quota = JoinQuota(Held(joins=("a", "b", "c")), 2, 100)
    items = [sent("a"), sent("x"), sent("b"), sent("c"), sent("y"), sent("c")]
    refused = [one and one.code for one in await quota.refused(items, READER)]
    assert refused == [None, None, None, None, JOIN_LIMITED, JOIN_LIMITED]


async def test_new_identifiers_count_although_they_join_nobody():
    quota = JoinQuota(Held(), 100, 3)
    items = [sent("1", "2"), sent("3"), sent("4")]
    refused = [one and one.code for one in await quota.refused(items, READER)]
    assert refused == [None, None, JOIN_LIMITED]


async def test_what_a_record_carries_already_counts_not_at_all():
    quota = JoinQuota(Held(known=("k",)), 1, 1)
    assert await quota.refused([sent("k")] * 50, READER) == [None] * 50


@pytest.mark.parametrize(("joins", "identifiers"), [(1, 100), (100, 1)])
async def test_what_a_record_carries_already_may_be_sent_after_the_last_new_one(joins, identifiers):
    quota = JoinQuota(Held(joins=("a", "b", "c"), known=("k",)), joins, identifiers)
    items = [sent("a"), sent("b"), sent("c"), sent("k")]
    refused = [one and one.code for one in await quota.refused(items, READER)]
    assert refused[2:] == [JOIN_LIMITED, None]


async def test_consents_have_no_identifiers_and_no_quota():
    consent = ConsentRecorded(RecordKey("web", "k"), "marketing", "granted", 0, "")
    assert await JoinQuota(Held(), 1, 1).refused([consent] * 3, READER) == [None] * 3


async def test_a_pure_connector_has_no_quota():
    items = [sent(str(n)) for n in range(20)]
    assert await JoinQuota(Held(), 1, 1).refused(items, context(reads=False)) == [None] * 20


async def test_principals_do_not_share_a_quota():
    quota = JoinQuota(Held(), 1, 1)
    assert await quota.refused([sent("1")], READER) == [None]
    assert await quota.refused([sent("2")], context(reads=True, subject="bob")) == [None]


async def test_when_identity_cannot_be_asked_a_reader_writes_nothing():
    class Away:
        async def of(self, observed, context):
            raise Transient("away", code="JOINS_UNAVAILABLE")

    with pytest.raises(Transient):
        await JoinQuota(Away(), 1, 1).refused([sent("1")], READER)


class Answering:
    """A transport with one answer, or one error, for everything."""

    def __init__(self, answer):
        self.answer = answer

    async def execute(self, subgraph, request, context):
        self.calls = (subgraph, request.variables)
        if isinstance(self.answer, Exception):
            raise self.answer
        return SubgraphResponse(self.answer)


OBSERVED = [Observed(RecordKey("web", key), Identifier("phone", key * 2)) for key in "ab"]


async def test_identity_is_asked_about_every_identifier_in_order():
    transport = Answering({"joins": [2, 0]})
    assert await SubgraphJoins(transport).of(OBSERVED, READER) == [Novelty.JOINS, Novelty.KNOWN]
    values = {"sources": ["web"] * 2, "keys": ["a", "b"], "types": ["phone"] * 2}
    assert transport.calls == ("identity", {**values, "values": ["aa", "bb"]})


@pytest.mark.parametrize(
    "answer",
    [SubgraphUnreachable("identity"), None, {}, {"joins": None}, {"joins": [3]}, {"joins": ["x"]}],
)
async def test_an_answer_that_says_nothing_of_joins_is_no_answer(answer):
    with pytest.raises(Transient) as refused:
        await SubgraphJoins(Answering(answer)).of(OBSERVED, READER)
    assert refused.value.code == "JOINS_UNAVAILABLE"


@given(st.lists(st.sampled_from("abcxyz"), max_size=12), st.sampled_from("abc"))
async def test_whether_an_item_is_refused_does_not_tell_whether_it_joins(before, guess):
    items = [*(sent(one) for one in before), sent(guess)]
    joining = await JoinQuota(Held(joins=("a", "b", "c")), 2, 8).refused(items, READER)
    others = tuple(one for one in "abc" if one != guess or one in before)
    apart = await JoinQuota(Held(joins=others), 2, 8).refused(items, READER)
    assert joining == apart
