"""What stewards say of two records: checked, signed, and sent again by who may say it."""

import json
from dataclasses import replace

import pytest
from c360_gateway.auth.principal import Principal
from c360_gateway.collect.collector import Collector
from c360_gateway.collect.decision_scope import DecisionScope
from c360_gateway.collect.decisions import decision_kind
from c360_gateway.collect.items import ItemStatus, Stage
from c360_gateway.collect.joins import JoinQuota
from c360_gateway.collect.quarantine import Quarantine
from c360_gateway.collect.refused_items import RefusedItems, Wanted
from c360_gateway.collect.resending import Resender
from c360_gateway.collect.waiting import Waiter, WaitOptions
from c360_gateway.context import OperationContext
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode
from c360_kernel.context import CallerContext
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import DECISIONS, QUARANTINE
from c360_kernel.payload import DecisionMade
from c360_kernel.record import RecordKey
from c360_kernel.stamp import StampClock
from c360_kernel.testing.cursors import SEALER
from c360_policy.reading.parsing import policy_of
from c360_policy.schema.catalog_tags import catalog_tags
from c360_policy.table import compile_table

CATALOG = default_catalog()
KIND = decision_kind(CATALOG)
AT_ONCE = WaitOptions(Stage.LOG, 0)
CRM, WEB = {"source": "crm", "key": "1"}, {"source": "web", "key": "a/b"}
SAME = {"decision": "SAME", "a": WEB, "b": CRM, "reason": "the same passport"}


class Silent:
    async def of(self, requested, context):
        return [0] * len(requested) if isinstance(requested, tuple) else {}


def table(rights):
    """Of a role that may write these objects."""
    rules = [["r", one, "write", "", "allow", "*", "", "", one] for one in rights]
    tags = {
        "Mutation.decideIdentity": frozenset({"identity_decision"}),
        "Mutation.resendQuarantined": frozenset[str](),
    }
    return compile_table(policy_of(rules, []), ("r",), "", {**catalog_tags(CATALOG), **tags}, 0)


def caller(*rights, sources=(), subject="ann"):
    principal = Principal(subject, ("r",), "", frozenset(sources), 0)
    return OperationContext(CallerContext(subject, ("r",)), principal, table=table(rights))


STEWARD = "tag:identity_decision"


class Desk:
    def __init__(self):
        self.log = MemoryLog()
        quarantine = Quarantine(CATALOG, 10_000_000)
        quota = JoinQuota(Silent(), 1, 1)
        self.collector = Collector(
            CATALOG,
            self.log,
            StampClock(),
            Silent(),
            Silent(),
            quota,
            quarantine,
            Silent(),
            Silent(),
            Silent(),
        )
        self.items = RefusedItems(self.log, SEALER)
        self.resender = Resender(self.items, self.collector, (KIND,))

    async def take(self, *items, context=None):
        context = context or caller(STEWARD)
        return await self.collector.collect(KIND, items, context, AT_ONCE)

    async def kept(self, topic):
        partitions = await self.log.ends([topic])
        found = [one for part in partitions for one in await self.log.read(part, 0, 100)]
        return sorted(found, key=lambda entry: entry.stamp)


@pytest.fixture
def desk():
    return Desk()


async def test_a_decision_is_signed_and_kept_under_the_smaller_of_its_pair(desk):
    context = caller(STEWARD)
    (result,) = await desk.take(SAME, context=context)
    assert result.status is ItemStatus.ACCEPTED
    (entry,) = await desk.kept(DECISIONS)
    made = decode(DECISIONS, entry.data)
    assert made == DecisionMade(
        f"decision:{entry.stamp}", "same", RecordKey("crm", "1"), RecordKey("web", "a/b"),
        actor="ann", reason="the same passport",
    )  # fmt: skip
    assert (entry.key, entry.subject) == ("crm/1", "crm/1")
    assert context.subjects == {"record:crm/1", "record:web/a/b"}


async def test_what_a_reason_quotes_of_a_customer_is_not_kept(desk):
    values = {**SAME, "reason": "both gave 13912345678 and ann@example.com"}
    (result,) = await desk.take(values, context=caller(STEWARD))
    assert result.status is ItemStatus.ACCEPTED
    (entry,) = await desk.kept(DECISIONS)
    assert decode(DECISIONS, entry.data).reason == "both gave *** and ***"


async def test_its_own_id_makes_it_one_decision(desk):
    named = {**SAME, "decisionId": "d1"}
    results = await desk.take(named, {**named, "a": CRM, "b": WEB}, {**named, "decisionId": "d2"})
    assert [one.status.name for one in results] == ["ACCEPTED", "DUPLICATE", "ACCEPTED"]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"decision": "MERGE"}, "FIELD_TYPE", "decision"),
        ({"decision": None}, "FIELD_MISSING", "decision"),
        ({"reason": " "}, "FIELD_MISSING", "reason"),
        ({"b": WEB}, "DECISION_PAIR_INVALID", "b"),
        ({"b": None}, "FIELD_MISSING", "b"),
        ({"a": "crm/1"}, "FIELD_TYPE", "a"),
        ({"a": {"source": "crm"}}, "FIELD_MISSING", "a.key"),
        ({"a": {"source": "nix", "key": "1"}}, "UNKNOWN_SOURCE", "a.source"),
        ({"a": {**CRM, "phone": "1"}}, "UNKNOWN_FIELD", "a.phone"),
        ({"undoes": "d1"}, "FIELD_TYPE", "undoes"),
        ({"actor": "somebody"}, "UNKNOWN_FIELD", "actor"),
    ],
)
async def test_a_wrong_decision_is_refused_alone_and_kept_whole(desk, change, code, path):
    wrong = {**SAME, **change}
    bad, good = await desk.take(wrong, SAME)
    assert (bad.refusal.code, bad.refusal.path) == (code, path)
    assert good.status is ItemStatus.ACCEPTED
    (entry,) = await desk.kept(QUARANTINE)
    kept = decode(QUARANTINE, entry.data)
    assert (kept.operation, json.loads(kept.item), kept.cut) == ("decideIdentity", wrong, False)


async def test_an_undo_may_name_the_decision_or_not(desk):
    undo = {**SAME, "decision": "undo"}
    await desk.take(undo, {**undo, "undoes": "d1"})
    made = [decode(DECISIONS, entry.data) for entry in await desk.kept(DECISIONS)]
    assert [(one.kind, one.undoes) for one in made] == [("undo", ""), ("undo", "d1")]


async def test_who_may_not_decide_resends_no_decision(desk):
    await desk.take({**SAME, "decision": "MERGE"})
    (refused,) = (await desk.items.page(10, None, Wanted())).items
    payload = replace(refused.payload, item=json.dumps(SAME))

    class Mended:
        async def item(self, name):
            return payload

    resender = Resender(Mended(), desk.collector, (KIND,))
    connector = caller("Mutation.*", sources=("*",), subject="loader")
    (denied,) = await resender.resend(["x"], connector, AT_ONCE)
    assert denied.refusal.code == "WRITE_DENIED"
    assert await desk.kept(DECISIONS) == []
    (taken,) = await resender.resend(["x"], caller(STEWARD, subject="bo"), AT_ONCE)
    assert taken.status is ItemStatus.ACCEPTED
    (entry,) = await desk.kept(DECISIONS)
    assert decode(DECISIONS, entry.data).actor == "bo"


async def test_profile_is_not_waited_for_with_what_it_never_reads(desk):
    await desk.take(SAME)
    (entry,) = await desk.kept(DECISIONS)
    ends = await desk.log.ends([DECISIONS])
    await desk.log.commit("identity", ends)
    positions = [(DECISIONS, part.number, end - 1) for part, end in ends.items() if end]
    stages = await Waiter(desk.log).reached(
        [_position(*one) for one in positions], WaitOptions(Stage.PROFILE, 0.05)
    )
    assert (entry.topic, stages) == (DECISIONS, [Stage.PROFILE])


class Told:
    """Tells of the customers of these records, as row rules let it."""

    def __init__(self, *records):
        self.records = records

    async def of(self, records, context):
        return {one: "c" for one in records if str(one) in self.records}


@pytest.mark.parametrize(
    ("predicate", "given", "code", "path"),
    [
        ("only some", ("crm/1",), "RECORD_UNKNOWN", "b"),
        ("only some", ("web/a/b",), "RECORD_UNKNOWN", "a"),
        ("only some", ("crm/1", "web/a/b"), None, None),
        ("", (), None, None),
    ],
)
async def test_who_decides_may_be_told_of_both_records(desk, predicate, given, code, path):
    quota = JoinQuota(Silent(), 1, 1)
    desk.collector._admission = DecisionScope(Told(*given), quota)
    context = caller(STEWARD)
    context = replace(context, caller=replace(context.caller, predicate=predicate))
    (result,) = await desk.take(SAME, context=context)
    refusal = result.refusal
    assert (refusal and refusal.code, refusal and refusal.path) == (code, path)
    assert len(await desk.kept(DECISIONS)) == (code is None)


def _position(topic, partition, offset):
    from c360_kernel.log.entry import Position

    return Position(topic, partition, offset)
