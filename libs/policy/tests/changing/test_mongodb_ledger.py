"""In MongoDB a policy is proposed, approved and kept like in files."""

import uuid

import pytest
from c360_kernel.errors import Conflict, Invalid
from c360_policy.changing.office import PolicyOffice, PolicyUnapproved
from c360_policy.reading.names import NOTHING_KNOWN
from c360_policy.reading.parsing import parse_policy
from c360_policy.store.mongodb import MongoPolicyStore
from c360_policy.store.mongodb_ledger import MongoLedger, MongoShelf
from c360_policy.store.mongodb_schemas import MongoServedSchemas

pytestmark = pytest.mark.servers
GRANT = "p, agent, *, read, , allow, *, , , granted\n"
FOUR_EYES = GRANT + "p, agent, policy:unapproved, write, , deny, *, , , four-eyes\n"


@pytest.fixture
async def office(mongodb_url):
    url = f"{mongodb_url}/policy-{uuid.uuid4().hex[:12]}"
    store, ledger = MongoPolicyStore(url, GRANT, 60.0), MongoLedger(url)
    await store.start()
    yield PolicyOffice(ledger, MongoShelf(store))
    await store.close()
    await ledger.close()


async def test_proposals_wait_for_somebody_else(office):
    assert parse_policy(await office.in_force()).version == parse_policy(GRANT).version
    await office.publish(FOUR_EYES, "ann", NOTHING_KNOWN)
    with pytest.raises(PolicyUnapproved) as waiting:
        await office.publish(GRANT, "ann", NOTHING_KNOWN)
    version = waiting.value.version
    with pytest.raises(Invalid):
        await office.approve(version, "ann", NOTHING_KNOWN)
    await office.approve(version, "bob", NOTHING_KNOWN)
    assert await office.in_force() == GRANT
    with pytest.raises(Conflict):
        await office.approve(version, "bob", NOTHING_KNOWN)
    first, second = await office.versions()
    assert (first.author, first.approver, first.is_in_force) == ("ann", "bob", True)
    assert (second.author, second.is_in_force) == ("ann", False)
    assert await office.text(second.version) == FOUR_EYES


async def test_a_schema_that_was_served_is_kept_once(mongodb_url):
    schemas = MongoServedSchemas(f"{mongodb_url}/policy-{uuid.uuid4().hex[:12]}")
    assert await schemas.text("v") is None
    await schemas.keep("v", "first")
    await schemas.keep("v", "second")
    assert await schemas.text("v") == "first"
    await schemas.close()
