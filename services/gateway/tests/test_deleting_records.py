"""Records deleted by their source: a state on the log like any other, and a right of its own."""

import pytest
from c360_gateway.collect.deletions import deletion_kind
from c360_gateway.collect.items import ItemStatus
from c360_gateway.collect.kinds import record_kind
from c360_gateway.collect.rights import DELETING
from c360_kernel.log.topics import QUARANTINE, RECORDS
from c360_policy.reading.parsing import policy_of
from c360_policy.schema.catalog_tags import catalog_tags
from c360_policy.table import compile_table

from services.gateway.tests.test_collect import AT_ONCE, CATALOG, GOOD, Desk
from services.gateway.tests.test_with_the_services import instance  # noqa: F401 - fixture

DELETE = """mutation($records: [RecordDeletionInput!]!) { deleteRecords(records: $records) {
  accepted refused results { index status code path } } }"""
UPSERT = """mutation($records: [RecordInput!]!) { upsertRecords(records: $records) {
  results { status code path } } }"""
HELD = """{ customerByRecord(source: "crm", key: "k1") { id records { source key }
  profile { loyaltyTier name } } }"""
NAMED = {"source": "crm", "key": "k1"}


def kinds():
    records = record_kind(CATALOG)
    return records, deletion_kind(records)


async def deleted(desk, kind, *items):
    return await desk.collector.collect(kind, items, desk.context, AT_ONCE)


async def test_a_deletion_is_a_deleted_state_on_the_log():
    desk = Desk()
    _, deletion = kinds()
    (result,) = await deleted(desk, deletion, {**NAMED, "revision": 5})
    assert result.status is ItemStatus.ACCEPTED
    await desk.take([{**NAMED, "revision": 5, "deleted": True}])
    by_deleting, by_upserting = await desk.payloads(RECORDS)
    assert by_deleting == by_upserting
    assert by_deleting.deleted


@pytest.mark.parametrize(
    ("item", "code", "path"),
    [
        ({**NAMED, "traits": {"name": "Ann"}}, "UNKNOWN_FIELD", "traits"),
        ({**NAMED, "deleted": False}, "UNKNOWN_FIELD", "deleted"),
        ({"source": "crm"}, "FIELD_MISSING", "key"),
        ({**NAMED, "revision": "x"}, "FIELD_TYPE", "revision"),
        ("k1", "FIELD_TYPE", ""),
    ],
)
async def test_a_wrong_deletion_is_refused_alone_and_kept(item, code, path):
    desk = Desk()
    _, deletion = kinds()
    first, wrong, last = await deleted(desk, deletion, NAMED, item, {**NAMED, "key": "k2"})
    assert (first.status, last.status) == (ItemStatus.ACCEPTED, ItemStatus.ACCEPTED)
    assert (wrong.refusal.code, wrong.refusal.path) == (code, path)
    (kept,) = await desk.payloads(QUARANTINE)
    assert kept.operation == "deleteRecords"


async def test_without_revisions_a_deletion_is_later_than_what_was_said_before():
    desk = Desk()
    records, deletion = kinds()
    for _ in range(3):
        await desk.collector.collect(records, [NAMED], desk.context, AT_ONCE)
    await deleted(desk, deletion, NAMED)
    *states, last = await desk.payloads(RECORDS)
    assert last.deleted and last.revision > max(one.revision for one in states)


async def test_who_may_not_delete_may_not_by_a_state_either():
    desk = Desk()
    allowed = ["connector", "Mutation.*", "write", "", "allow", "*", "", "", "writes"]
    denied = ["connector", DELETING, "write", "", "deny", "*", "", "", "keeps"]
    coordinates = {**catalog_tags(CATALOG), DELETING: frozenset[str]()}
    policy = policy_of([allowed, denied], [])
    desk.context.table = compile_table(policy, ("connector",), "", coordinates, 0)
    gone, kept = await desk.take([{**NAMED, "deleted": True}, GOOD])
    assert (gone.refusal.code, gone.refusal.path) == ("WRITE_DENIED", "deleted")
    assert kept.status is ItemStatus.ACCEPTED


async def test_a_token_deletes_in_its_own_sources_alone():
    desk = Desk(sources=("web",))
    _, deletion = kinds()
    (result,) = await deleted(desk, deletion, NAMED)
    assert result.refusal.code == "SOURCE_FORBIDDEN"


async def test_a_deleted_record_comes_back_with_a_later_state_alone(instance):  # noqa: F811
    async def say(query, **item):
        items = {"records": [{**NAMED, **item}]}
        answer = await instance.ask(query, "connector", items, ["*"])
        assert "errors" not in answer, answer
        await instance.settle()

    async def held():
        answer = await instance.ask(HELD, "privacy_officer")
        found = answer["data"]["customerByRecord"]
        records = [(one["source"], one["key"]) for one in found["records"]] if found else []
        return ("crm", "k1") in records

    assert await held()
    await say(DELETE, revision=5)
    assert not await held()
    await say(UPSERT, revision=4, traits={"name": "Late Lee"})
    assert not await held()
    await say(UPSERT, revision=6, traits={"name": "Ann Lee", "phone": "13912345678"})
    assert await held()
