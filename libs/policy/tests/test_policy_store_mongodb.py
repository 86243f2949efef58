"""Policy in MongoDB: versions, one in force, and what holds while the database is away."""

import logging
import uuid

import pytest
from c360_kernel.errors import Conflict
from c360_kernel.mongodb import open_client
from c360_policy.errors import PolicyInvalid
from c360_policy.reading.joining import joined
from c360_policy.reading.names import NOTHING_KNOWN, Known
from c360_policy.rule import DENY_ALL
from c360_policy.store.mongodb import MongoPolicyStore

SEED = "p, agent, *, read, , allow, *, , , r1\n"
OTHER = SEED + "p, agent, tag:phone, read, partial(3, 4, 4), allow, *, , , r2\n"
DENY = "p, agent, tag:phone, read, , deny, *, , , r3\n"
WITHOUT_PHONES = Known({"Profile.name": frozenset({"name"})})
AWAY = "mongodb://127.0.0.1:1/policy?serverSelectionTimeoutMS=50"
MAX_AGE_S = 60.0


class Clock:
    def __init__(self):
        self.now_s = 1_000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def url(mongodb_url):
    return f"{mongodb_url}/policy-{uuid.uuid4().hex[:12]}"


@pytest.fixture
async def opened(url):
    stores = []

    async def open_store(seed=SEED, now_s=None, known=lambda: NOTHING_KNOWN):
        store = MongoPolicyStore(url, seed, MAX_AGE_S, now_s or Clock(), known)
        stores.append(store)
        await store.start()
        return store

    yield open_store
    for store in stores:
        await store.close()


@pytest.fixture
async def documents(url):
    client = open_client(url, "TEST", "test")
    yield client.get_default_database()
    await client.close()


@pytest.mark.servers
class TestOnServers:
    async def test_a_first_start_seeds_and_a_second_does_not(self, opened):
        first = await opened()
        assert [rule.rule_id for rule in first.current().rules] == ["r1"]
        second = await opened(seed=OTHER)
        assert second.current() == first.current()
        assert first.answers()

    async def test_a_published_policy_reaches_every_gateway(self, opened):
        writer, reader = await opened(), await opened()
        await writer.publish(OTHER, await writer.in_force())
        await reader.refresh()
        assert len(reader.current().rules) == 2
        assert [str(rule.mask) for rule in reader.current().rules] == ["None", "partial(3,4,4)"]

    async def test_of_two_changes_made_from_one_version_the_second_is_refused(self, opened):
        one, two = await opened(), await opened()
        seen = await one.in_force()
        version = await one.publish(OTHER, seen)
        with pytest.raises(Conflict):
            await two.publish("", seen)
        assert await two.in_force() == version
        await two.publish(SEED, version)
        await one.refresh()
        assert len(one.current().rules) == 1

    async def test_a_wrong_policy_is_not_published(self, opened):
        store = await opened()
        before = await store.in_force()
        with pytest.raises(PolicyInvalid):
            await store.publish("p, agent, *, raed, , allow, *, , , r1\n", before)
        assert await store.in_force() == before

    async def test_an_empty_policy_denies_everything(self, opened):
        store = await opened()
        await store.publish("", await store.in_force())
        await store.refresh()
        assert store.current().rules == ()

    async def test_a_removed_pointer_denies_everything_and_is_not_seeded_again(
        self, opened, documents
    ):
        store = await opened()
        await documents["policy"].delete_many({})
        await store.refresh()
        assert store.current() is DENY_ALL
        assert not store.answers()
        assert (await opened()).current() is DENY_ALL

    @pytest.mark.parametrize("text", [OTHER, "p, agent\n"])
    async def test_a_version_changed_in_place_is_refused_and_the_good_one_stays(
        self, opened, documents, text, caplog
    ):
        store = await opened()
        good = store.current()
        await documents["policy_versions"].insert_one({"_id": "v2", "policy": text})
        await documents["policy"].update_one({"_id": "current"}, {"$set": {"version": "v2"}})
        with caplog.at_level(logging.ERROR):
            await store.refresh()
        assert store.current() is good
        assert "policy kept" in caplog.text

    @pytest.mark.parametrize("put", ["\ufeff", "P", "\u200b", '"'])
    async def test_a_line_that_is_not_understood_is_not_published(self, opened, put):
        store = await opened()
        with pytest.raises(PolicyInvalid, match="line 2"):
            await store.publish(SEED + put + DENY, await store.in_force())

    async def test_a_deny_of_what_nobody_knows_is_neither_published_nor_taken(self, opened, caplog):
        store, other = await opened(known=lambda: WITHOUT_PHONES), await opened()
        good = store.current()
        with pytest.raises(PolicyInvalid, match="no tag 'phone'"):
            await store.publish(SEED + DENY, await store.in_force())
        await other.publish(SEED + DENY, await other.in_force())
        with caplog.at_level(logging.ERROR):
            await store.refresh()
            await store.refresh()
        assert store.current() is good
        assert caplog.text.count("policy kept") == 1

    async def test_it_is_taken_as_soon_as_somebody_knows_it(self, opened):
        known = [WITHOUT_PHONES]
        store, other = await opened(known=lambda: known[0]), await opened()
        await other.publish(SEED + DENY, await other.in_force())
        await store.refresh()
        assert len(store.current().rules) == 1
        known[0] = Known({"Profile.phone": frozenset({"phone"})})
        await store.refresh()
        assert len(store.current().rules) == 2

    async def test_a_text_is_found_by_the_version_that_the_audit_names(self, opened, documents):
        store = await opened()
        await store.publish(OTHER, await store.in_force())
        await store.refresh()
        kept = await documents["policy_versions"].find_one({"names": store.current().version})
        assert kept["policy"] == OTHER


async def test_a_database_that_never_answered_denies_everything():
    store = MongoPolicyStore(AWAY, SEED, MAX_AGE_S)
    await store.start()
    assert store.current() is DENY_ALL
    assert not store.answers()
    await store.close()


@pytest.mark.servers
async def test_a_policy_nobody_confirms_holds_for_a_while_and_then_denies(nx_27017_server):
    clock = Clock()
    url = f"{nx_27017_server.url}/policy?serverSelectionTimeoutMS=200"
    store = MongoPolicyStore(url, SEED, MAX_AGE_S, clock)
    await store.start()
    good = store.current()
    nx_27017_server.kill()
    await store.refresh()
    assert not store.answers()
    clock.now_s += MAX_AGE_S - 1
    assert store.current() is good
    clock.now_s += 2
    assert store.current() is DENY_ALL
    nx_27017_server.start()
    await store.refresh()
    assert store.current() is good
    assert store.answers()
    await store.close()


async def test_rows_are_in_force_with_their_policy_and_changed_with_it(opened):
    store = await opened(joined(SEED, "rows: {agent: none}\n"))
    assert store.current().rows.rules["agent"].sees == "none"
    version = store.current().version
    await store.publish(joined(SEED, "rows: {agent: everybody}\n"), await store.in_force())
    await store.refresh()
    assert store.current().rows.rules["agent"].sees == "everybody"
    assert store.current().version != version
    with pytest.raises(PolicyInvalid):
        await store.publish(joined(SEED, "rows: {agnt: none}\n"), await store.in_force())
