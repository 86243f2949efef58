"""The gateway before all of the project's own services that answer questions of customers."""

import asyncio
import contextlib
import dataclasses

import c360_account.bootstrap as account
import c360_identity.bootstrap as identity
import c360_profile.bootstrap as profile
import c360_segment.bootstrap as segment
import httpx
import pytest
from c360_federation import Moment, OpenSubscriber, RequestedOperation
from c360_gateway.auth.issuers import local_key, mint
from c360_gateway.auth.principal import Principal
from c360_gateway.bootstrap import Subgraphs, build
from c360_gateway.context import OperationContext
from c360_gateway.settings import GatewaySettings
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.codec import decode
from c360_kernel.context import CallerContext
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.log.topics import AUDIT
from c360_kernel.testing.cursors import SEALER
from c360_policy.schema.catalog_tags import catalog_tags
from c360_policy.store.shipped import ROWS_FILE, copy_default_policy

from services.gateway.tests.tracking import Sender, write_key

pytestmark = pytest.mark.slow
PHONE, EMAIL, NATIONAL_ID = "13912345678", "canary.email@example.com", "11010519491231002X"
CANARIES = (PHONE, EMAIL, NATIONAL_ID, "canary.email")
KEY = b"an instance key of some length!!"


@dataclasses.dataclass
class Instance:
    """All services on one data directory, stepped by hand."""

    gateway: object
    log: SqliteLog
    settings: GatewaySettings
    workers: list
    write_key: str

    async def settle(self):
        for _ in range(3):
            for worker in self.workers:
                await worker.step(0.01)

    async def ask(self, query, role, variables=None, sources=()):
        key = local_key(self.settings.issuer_key_file)
        token = mint(key, "ann", [role], "service", sources)
        transport = httpx.ASGITransport(self.gateway.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            reply = await client.post(
                "/graphql",
                json={"query": query, "variables": variables},
                headers={"authorization": f"Bearer {token}"},
                timeout=30,
            )
        return reply.json()


@pytest.fixture
async def instance(tmp_path):
    from c360_account.settings import AccountSettings
    from c360_identity.settings import IdentitySettings
    from c360_profile.settings import ProfileSettings
    from c360_segment.settings import SegmentSettings

    catalog = default_catalog()
    (tmp_path / "log").mkdir()
    log = SqliteLog(tmp_path / "log")
    services = [
        identity.build(IdentitySettings(data=tmp_path), catalog, KEY),
        profile.build(ProfileSettings(data=tmp_path), catalog, SEALER),
        segment.build(SegmentSettings(data=tmp_path), catalog, SEALER),
        account.build(AccountSettings(data=tmp_path), catalog, KEY, SEALER),
    ]
    stores = [one.open_store() for one in services]
    graphs = {one.name: one.open_graph() for one in services}
    copy_default_policy(tmp_path / "policy")
    # One customer is a small group, of which who is told of none would learn nothing.
    (tmp_path / "policy" / ROWS_FILE).unlink()
    settings, key = GatewaySettings(data=tmp_path), write_key(tmp_path)
    gateway = build(settings, catalog, log, Subgraphs(local=graphs), KEY)
    await gateway.supergraph_source.start()
    workers = [one.worker(log, store) for one, store in zip(services, stores, strict=True)]
    made = Instance(gateway, log, settings, workers, key)
    await fill(made)
    yield made
    await log.close()


UPSERT = """mutation($records: [RecordInput!]!, $wait: Wait! = NONE) {
  upsertRecords(records: $records, wait: $wait) { results { status stage code path } } }"""
TRACK = "mutation($events: [EventInput!]!) { trackEvents(events: $events) { accepted refused } }"


async def fill(instance):
    traits = {"name": "Ann Lee", "phone": PHONE, "email": EMAIL, "nationalId": NATIONAL_ID}
    records = [
        {"source": "crm", "key": "k1", "revision": 1, "traits": {**traits, "loyaltyTier": "gold"}},
        {"source": "web", "key": "w1", "revision": 1, "traits": {"email": EMAIL}},
    ]
    event = {
        "source": "web",
        "key": "w1",
        "messageId": "m1",
        "name": "order_completed",
        "occurredAt": "2026-01-01T00:00:00Z",
        "identifiers": [{"type": "email", "value": EMAIL}],
        "properties": {"orderId": "o1", "amount": 120},
    }
    answer = await instance.ask(UPSERT, "connector", {"records": records}, ["*"])
    assert [one["status"] for one in answer["data"]["upsertRecords"]["results"]] == ["ACCEPTED"] * 2
    answer = await instance.ask(TRACK, "connector", {"events": [event]}, ["*"])
    assert answer["data"]["trackEvents"] == {"accepted": 1, "refused": 0}
    await instance.settle()


PHONES = "{ customers { edges { node { id profile { phone } } } } }"
EVERYTHING = """{ customerByRecord(source: "crm", key: "k1") {
  id
  identifiers { phone email nationalId }
  records { source key identifiers { phone email } traits { phone email nationalId } }
  profile { name phone email nationalId loyaltyTier }
  timeline { edges { node { name ... on OrderCompleted { orderId amount } } } }
  segments { name }
} }"""


async def test_one_question_gets_four_answers(instance):
    by_role = {}
    for role in ("support_agent", "marketing_analyst", "privacy_officer"):
        answer = await instance.ask(PHONES, role)
        (edge,) = answer["data"]["customers"]["edges"]
        by_role[role] = (edge["node"]["profile"] or {}).get("phone"), answer.get("errors")
    assert by_role["privacy_officer"] == (f"+86{PHONE}", None)
    assert by_role["support_agent"] == ("***5678", None)
    phone, (error,) = by_role["marketing_analyst"]
    assert phone is None
    assert error["extensions"]["code"] == "FIELD_DENIED"
    assert error["path"] == ["customers", "edges"]


async def test_the_whole_customer_is_joined_from_all_services(instance):
    customer = (await instance.ask(EVERYTHING, "privacy_officer"))["data"]["customerByRecord"]
    assert {one["source"] for one in customer["records"]} == {"crm", "web"}
    assert customer["profile"]["nationalId"] == NATIONAL_ID
    assert customer["timeline"]["edges"][0]["node"]["amount"] == 120
    assert {"name": "gold_members"} in customer["segments"]


async def test_support_sees_no_identifier_whole_anywhere(instance):
    answer = await instance.ask(EVERYTHING, "support_agent")
    assert answer["data"]["customerByRecord"]["profile"]["name"] == "Ann Lee"
    assert "errors" not in answer
    assert not any(canary in str(answer) for canary in CANARIES)


async def subjects_of(instance, query):
    await instance.ask(query, "privacy_officer")
    log, partitions = instance.log, await instance.log.ends([AUDIT])
    entries = [one for p, end in partitions.items() for one in await log.read(p, 0, end)]
    newest = max(entries, key=lambda one: one.stamp)
    return decode(AUDIT, newest.data).subjects


@pytest.mark.parametrize(
    "selected",
    [
        "id",
        "__typename",
        "... on Node { id }",
        "... on Customer { profile { phone } identifiers { phone } }",
        "... on Customer { timeline(last: 1) { edges { node { name } } } }",
    ],
)
async def test_a_node_is_a_customer_on_every_record_of_it(instance, selected):
    lookup = '{ customerByRecord(source: "crm", key: "k1") { id } }'
    id_ = (await instance.ask(lookup, "privacy_officer"))["data"]["customerByRecord"]["id"]
    as_customer = selected.replace("on Node", "on Customer")
    answer = await instance.ask(f'{{ node(id: "{id_}") {{ {selected} }} }}', "privacy_officer")
    same = await instance.ask(f'{{ customer(id: "{id_}") {{ {as_customer} }} }}', "privacy_officer")
    assert answer["data"]["node"] == same["data"]["customer"] != {}
    expected = await subjects_of(instance, f'{{ customer(id: "{id_}") {{ id }} }}')
    assert await subjects_of(instance, f'{{ node(id: "{id_}") {{ {selected} }} }}') == expected
    assert len(expected) == 1


async def test_a_node_that_nobody_is_is_null_and_policy_speaks_of_its_fields(instance):
    assert await instance.ask('{ node(id: "c-nobody") { id } }', "support_agent") == {
        "data": {"node": None}
    }
    lookup = '{ customerByRecord(source: "crm", key: "k1") { id } }'
    id_ = (await instance.ask(lookup, "privacy_officer"))["data"]["customerByRecord"]["id"]
    phone = f'{{ node(id: "{id_}") {{ ... on Customer {{ profile {{ phone }} }} }} }}'
    answer = await instance.ask(phone, "marketing_analyst")
    assert answer["errors"][0]["extensions"]["code"] == "FIELD_DENIED"
    masked = await instance.ask(phone, "support_agent")
    assert masked["data"]["node"]["profile"]["phone"] == "***5678"
    refused = await instance.ask(f'{{ node(id: "{id_}") {{ id }} }}', "connector")
    assert refused["data"] == {"node": None}


@pytest.mark.parametrize(
    ("outer", "inner", "refused"),
    [
        ("", "", False),
        ("(last: 20)", "(last: 20)", False),
        ("(last: 200)", "(last: 200)", True),
        ("(last: 200)", "", False),
        ("(last: 200)", "(first: 150)", True),
    ],
)
async def test_pages_from_the_end_cost_as_much_as_others(instance, outer, inner, refused):
    timeline = f"timeline{inner} {{ edges {{ node {{ name }} }} }}"
    query = f"{{ customers{outer} {{ edges {{ node {{ {timeline} }} }} }} }}"
    answer = await instance.ask(query, "privacy_officer")
    codes = [one["extensions"]["code"] for one in answer.get("errors", [])]
    assert codes == (["OPERATION_TOO_LARGE"] if refused else [])


async def test_a_page_without_a_size_counts_as_the_twenty_that_come(instance):
    four = " ".join(f"t{n}: timeline {{ edges {{ node {{ name }} }} }}" for n in range(4))
    query = "{ customers(first: 200) { edges { node { " + four + " } } } }"
    (error,) = (await instance.ask(query, "privacy_officer"))["errors"]
    assert error["extensions"]["code"] == "OPERATION_TOO_LARGE"


USES = [
    '{ customers(filter: {phone: {equals: "13912345678"}}) { edges { node { id } } } }',
    '{ customers(filter: {not: {email: {equals: "x"}}}) { edges { node { id } } } }',
    "{ customers(filter: {segments: {reachableByEmail: true}}) { edges { node { id } } } }",
    '{ customerByRecord(source: "crm", key: "1") { id } }',
    "{ customers(orderBy: {field: PHONE}) { edges { node { id } } } }",
    '{ customerByIdentifier(type: PHONE, value: "13912345678") { id } }',
    '{ customerByIdentifier(type: NATIONAL_ID, value: "11010519491231002X") { id } }',
]


async def test_marketing_gets_no_identifier_by_any_way(instance):
    for query in [EVERYTHING, PHONES]:
        answer = await instance.ask(query, "marketing_analyst")
        codes = {one["extensions"]["code"] for one in answer["errors"]}
        assert codes
        assert codes <= {"FIELD_DENIED", "ARGUMENT_DENIED"}
        assert not any(canary in str(answer) for canary in CANARIES)
    for query in USES:
        answer = await instance.ask(query, "marketing_analyst")
        assert {one["extensions"]["code"] for one in answer["errors"]} == {"ARGUMENT_DENIED"}
        assert "'id'" not in str(answer)


@pytest.mark.parametrize("query", USES)
async def test_those_ways_are_real(instance, query):
    answer = await instance.ask(query, "privacy_officer")
    assert "errors" not in answer


async def test_every_way_to_a_personal_value_carries_a_tag(instance):
    """Whatever field shows a canary to the privacy officer is one that policy speaks of by tag."""
    answer = await instance.ask(EVERYTHING, "privacy_officer")
    graph = instance.gateway.pipeline.graph
    tagged = graph.tables.of(("privacy_officer",), "service").table.tags
    for owner in ("Identifiers", "RecordTraits", "Profile", "CustomerFilter"):
        for field in ("phone", "email", "nationalId"):
            assert tagged[f"{owner}.{field}"], (owner, field)
    for value in ("PHONE", "EMAIL", "NATIONAL_ID"):
        assert tagged[f"IdentifierType.{value}"]
    assert all(canary in str(answer) for canary in (PHONE, EMAIL, NATIONAL_ID))


async def test_waiting_for_the_profile_reads_its_own_write(instance):
    stop = asyncio.Event()
    running = [asyncio.create_task(worker.run(stop)) for worker in instance.workers]
    try:
        for revision in range(2, 8):
            traits = {"name": f"Ann {revision}", "phone": PHONE}
            record = {"source": "crm", "key": "k1", "revision": revision, "traits": traits}
            variables = {"records": [record], "wait": "PROFILE"}
            response = await instance.ask(UPSERT, "connector", variables, ["crm"])
            (result,) = response["data"]["upsertRecords"]["results"]
            assert (result["status"], result["stage"]) == ("APPLIED", "PROFILE")
            answer = await instance.ask(EVERYTHING, "privacy_officer")
            assert answer["data"]["customerByRecord"]["profile"]["name"] == f"Ann {revision}"
        again = await instance.ask(UPSERT, "connector", variables, ["crm"])
        (result,) = again["data"]["upsertRecords"]["results"]
        assert result["status"] == "DUPLICATE"
    finally:
        stop.set()
        await asyncio.gather(*running)


class Watcher:
    """Somebody who takes every answer to a subscription as soon as it comes."""

    def __init__(self, answers):
        self.received = []
        self.task = asyncio.create_task(self._hear(answers))

    async def _hear(self, answers):
        async with contextlib.aclosing(answers):
            async for answer in answers:
                self.received.append(answer.payload())

    async def until(self, true):
        async with asyncio.timeout(60):
            while not (self.received and true(self.received[-1])):
                await asyncio.sleep(0.01)


@pytest.fixture
async def watch(instance):
    """Subscribes beside running workers, and hears from the first change on."""
    stop = asyncio.Event()
    running = [asyncio.create_task(worker.run(stop)) for worker in instance.workers]
    watchers = []

    async def begin(query, role, variables):
        graph = instance.gateway.pipeline.graph
        operation = RequestedOperation(query, None, variables)
        watchers.append(Watcher(graph.engine.subscribe(operation, InRole(graph, role))))
        # Nothing that it waits for lies outside this event loop.
        for _ in range(50):
            await asyncio.sleep(0.002)
        return watchers[-1]

    yield begin
    for one in watchers:
        one.task.cancel()
    await asyncio.gather(*(one.task for one in watchers), return_exceptions=True)
    stop.set()
    await asyncio.gather(*running)


class InRole(OpenSubscriber):
    """A subscriber whose events are shown by the policy of its role."""

    def __init__(self, graph, role):
        self.graph = graph
        self.role = role

    def moment(self):
        principal = Principal("ann", (self.role,), "", frozenset(), 0)
        policy = self.graph.tables.of((self.role,), "")
        caller = CallerContext("ann", (self.role,), visibility=policy.visibility)
        return Moment(policy, OperationContext(caller, principal))


async def upsert(instance, source, key, revision, **traits):
    record = {"source": source, "key": key, "revision": revision, "traits": traits}
    variables = {"records": [record], "wait": "PROFILE"}
    answer = await instance.ask(UPSERT, "connector", variables, ["*"])
    assert answer["data"]["upsertRecords"]["results"][0]["stage"] == "PROFILE"


async def id_of(instance, source, key):
    query = f'{{ customerByRecord(source: "{source}", key: "{key}") {{ id }} }}'
    return (await instance.ask(query, "privacy_officer"))["data"]["customerByRecord"]["id"]


CHANGED = """subscription($id: ID!) { customerChanged(id: $id) {
  id identifiers { phone } profile { name phone } segments { name } } }"""


def changed(given):
    return given["data"]["customerChanged"]


async def test_a_watcher_is_never_shown_less_than_the_event_tells(instance, watch):
    customer = await id_of(instance, "crm", "k1")
    watcher = await watch(CHANGED, "support_agent", {"id": customer})
    for revision in range(2, 12):
        await upsert(instance, "crm", "k1", revision, name=f"Ann {revision:02}", phone=PHONE)
    # No event comes after the last change: its answer must be as new as that.
    await watcher.until(lambda stated: changed(stated)["profile"]["name"] == "Ann 11")
    answers = [changed(stated) for stated in watcher.received]
    names = [one["profile"]["name"] for one in answers]
    assert names == sorted(names)
    assert answers[-1]["id"] == customer
    assert answers[-1]["profile"]["phone"] == "***5678"
    assert not any(canary in str(watcher.received) for canary in CANARIES)


async def test_a_watcher_follows_a_merge_and_its_end(instance, watch):
    await upsert(instance, "web", "w2", 1, email="another@example.com")
    older, younger = await id_of(instance, "crm", "k1"), await id_of(instance, "web", "w2")
    assert older != younger
    watcher = await watch(CHANGED, "privacy_officer", {"id": younger})
    await upsert(instance, "web", "w2", 2, phone=PHONE)
    await watcher.until(lambda given: changed(given)["id"] == older)
    late = await watch(CHANGED, "privacy_officer", {"id": younger})
    await upsert(instance, "crm", "k1", 2, name="Ann Two", phone=PHONE)
    for one in (watcher, late):
        await one.until(lambda given: changed(given)["profile"]["name"] == "Ann Two")
        assert changed(one.received[-1])["id"] == older
    await upsert(instance, "web", "w2", 3, email="another@example.com")
    await watcher.until(lambda given: changed(given)["id"] == younger)


CURRENT = """subscription($id: ID!) {
  customerChanged(id: $id, startWithCurrent: true) { id profile { name } } }"""


async def test_watching_can_begin_with_what_there_is(instance, watch):
    customer = await id_of(instance, "crm", "k1")
    watcher = await watch(CURRENT, "support_agent", {"id": customer})
    nobody = await watch(CURRENT, "support_agent", {"id": "c404"})
    await upsert(instance, "crm", "k1", 2, name="Ann Two")
    await watcher.until(lambda stated: changed(stated)["profile"]["name"] == "Ann Two")
    before, *_ = watcher.received
    assert changed(before) == {"id": customer, "profile": {"name": "Ann Lee"}}
    assert [changed(stated) for stated in nobody.received] == [None]


ENTERED = """subscription { segmentChanged(name: "gold_members") {
  entered at customer { profile { loyaltyTier } } } }"""


async def test_a_segment_is_watched(instance, watch):
    watcher = await watch(ENTERED, "marketing_analyst", {})
    await upsert(instance, "crm", "k9", 1, name="Bo", loyaltyTier="gold")
    await watcher.until(lambda stated: stated["data"]["segmentChanged"]["entered"])
    await upsert(instance, "crm", "k9", 2, name="Bo", loyaltyTier="silver")
    await watcher.until(lambda stated: not stated["data"]["segmentChanged"]["entered"])
    first, last = (stated["data"]["segmentChanged"] for stated in watcher.received)
    assert first["at"] <= last["at"]
    assert last["customer"]["profile"]["loyaltyTier"] == "silver"


@pytest.mark.parametrize("query", [CHANGED, ENTERED])
async def test_who_may_not_read_customers_may_not_watch_them(instance, query):
    graph = instance.gateway.pipeline.graph
    for role in ("connector", "stranger"):
        policy = graph.tables.of((role,), "")
        prepared = graph.engine.prepare(query, None, {"id": "c1"}, policy)
        assert not prepared.plan.fetches
        assert {one.denial.code for one in prepared.denied} <= {"FIELD_DENIED", "ARGUMENT_DENIED"}


async def test_a_list_that_is_cut_says_so_where_it_stands(instance, monkeypatch):
    monkeypatch.setattr("c360_subgraph.lists.LONGEST_LIST", 1)
    query = "{ customers(first: 1) { edges { node { records { source } profile { name } } } } }"
    whole = await instance.ask(query.replace("records", "records(first: 1)"), "privacy_officer")
    assert "errors" not in whole
    answer = await instance.ask(query, "privacy_officer")
    place = ["customers", "edges", 0, "node", "records"]
    entries = [(error["path"], error["extensions"]) for error in answer["errors"]]
    assert entries == [(place, {"code": "LIST_CUT", "retryable": False, "given": 1000})]
    assert answer["data"] == whole["data"]


async def test_the_first_of_what_is_masked_is_masked(instance):
    query = "{ customers(first: 5) { edges { node { identifiers { phone(first: 1) } } } } }"
    answer = await instance.ask(query, "support_agent")
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= {"FIELD_MASKED"}, answer
    assert PHONE not in str(answer)


async def test_the_gateway_knows_the_tags_of_its_catalog_as_the_services_tell_them(instance):
    tables, declared = instance.gateway.pipeline.graph.tables, catalog_tags(default_catalog())
    served = tables._served
    assert tables.differing == []
    shown = {name for name in declared if not name.startswith(("CustomerFilter.", "CustomerOrder"))}
    assert shown <= set(served)
    made = {name.partition(".")[0] for name in declared}
    ours = {name for name, tags in served.items() if name.partition(".")[0] in made and tags}
    assert {name for name in ours if name not in declared} == {
        name
        for name in ours
        if name not in declared and served[name] <= {"record_key", "unclassified"}
    }


async def test_two_users_of_one_browser_stay_two(instance):
    web = Sender(instance, instance.write_key)
    browser, at = {"anonymousId": "b1"}, "2026-01-31T08:0{}:00Z"
    calls = [
        {"type": "page", "name": "Home"},
        {"type": "identify", "userId": "ann", "traits": {"city": "Bonn"}},
        {"type": "track", "userId": "ann", "event": "Product Viewed"},
        {"type": "identify", "userId": "bob", "traits": {"city": "Ulm"}},
        {"type": "track", "userId": "bob", "event": "Product Viewed"},
    ]
    for minute, call in enumerate(calls):
        said = {**call, **browser, "messageId": f"m{minute}", "timestamp": at.format(minute)}
        reply = await web.send("/v1/batch", {"batch": [said]})
        assert reply.json() == {"success": True}
    await instance.settle()
    owners = {name: await owner_of(instance, name) for name in ("ann", "bob", "anonymous:b1")}
    assert len({owners["ann"], owners["bob"]}) == 2
    assert owners["anonymous:b1"] == owners["ann"]


async def test_an_alias_makes_two_ids_one_person(instance):
    web = Sender(instance, instance.write_key)
    for call in (
        {"type": "identify", "userId": "old", "traits": {"city": "Bonn"}},
        {"type": "identify", "userId": "new", "traits": {"title": "Dr"}},
        {"type": "alias", "userId": "new", "previousId": "old"},
        {"type": "identify", "userId": "new", "traits": {"title": "Prof"}},
    ):
        assert (await web.send("/v1/batch", {"batch": [call]})).json() == {"success": True}
    await instance.settle()
    assert await owner_of(instance, "old") == await owner_of(instance, "new") is not None


async def owner_of(instance, key):
    query = f'{{ customerByRecord(source: "web", key: "{key}") {{ id }} }}'
    answer = await instance.ask(query, "privacy_officer")
    return answer["data"]["customerByRecord"]["id"]
