"""The subgraph as the gateway sees it: operations executed over the embedded store."""

import re
from pathlib import Path

import pytest
from c360_kernel.catalog.names import TYPE_NAMES_TAKEN, pascal
from c360_kernel.context import CallerContext
from c360_kernel.log.entry import Partition, entry_at
from c360_kernel.log.topics import CONSENTS
from c360_kernel.payload import ConsentRecorded, ConsentTerms
from c360_kernel.projection.schedule import Scheduled
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.store.sqlite import SqliteProfileStore
from c360_profile.testing.catalog import CATALOG, RULES
from c360_profile.testing.entries import assigned, consented, stamp, tracked, upserted

ANN, ANN_WEB, BOB = RecordKey("crm", "ann"), RecordKey("web", "ann"), RecordKey("shop", "bob")
CALLER = CallerContext("tester", ("admin",), visibility=everything(CATALOG))
ENTRIES = [
    upserted(ANN, {"name": "Ann", "city": "A", "phone": "139 1234 5678"}, at=1000),
    upserted(ANN, {"name": "Anne", "city": "B", "points": 2**40}, at=3000, revision=2),
    upserted(
        ANN_WEB,
        {"name": "ann", "interests": ("tea",), "spend": 2.5},
        at=2000,
        identifiers=[("member_card", "AB-1234567"), ("phone", "139 1234 5678")],
    ),
    upserted(BOB, {"name": "Bob", "city": "Z", "seenAt": 1_700_000_000_000}, at=2500),
    tracked(ANN_WEB, "m1", at=1100, properties={"amount": 9.5, "unheardOf": "x"}),
    tracked(ANN, "m2", at=1200, name="page_viewed", properties={"page": "/"}),
    tracked(ANN, "m3", at=1300, name="forgotten"),
    consented(ANN, "marketing", "granted", at=1500),
    consented(ANN_WEB, "marketing", "denied", at=1400),
    assigned(ANN, "c1", at=1000),
    assigned(ANN_WEB, "c1", at=2000),
    assigned(BOB, "c2", at=2500),
    assigned(RecordKey("crm", "late"), "c3", at=2600),
    assigned(RecordKey("crm", "late"), "c2", at=2700, counter=2, left="c3"),
]

MANY = " ".join(['"1"'] * 101)


class CountingStore(SqliteProfileStore):
    """Counts the statements that a page of entities needs."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.statements: list[str] = []
        self.connection.set_trace_callback(self.statements.append)


@pytest.fixture
async def store(tmp_path: Path):
    store = CountingStore(tmp_path / "profile.db")
    async with store.unit() as unit:
        await ProfileHandler(RULES).handle(unit, ENTRIES)
    store.statements.clear()
    yield store
    await store.close()


@pytest.fixture
def subgraph(store):
    return profile_subgraphs(RULES, SEALER)(store)


@pytest.fixture
def run(subgraph):
    async def run(query: str, **variables: object):
        response = await subgraph.execute(query, variables, None, CALLER)
        assert "errors" not in response, response
        return response["data"]

    return run


@pytest.fixture
def code_of(subgraph):
    async def code_of(query: str):
        response = await subgraph.execute(query, {}, None, CALLER)
        (error,) = response["errors"]
        return error["extensions"]["code"]

    return code_of


ENTITIES = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer { %s } } }"
RECORDS = "query($r: [_Any!]!) { _entities(representations: $r) { ... on SourceRecord { %s } } }"


def customers(*ids: str) -> list[dict[str, str]]:
    return [{"__typename": "Customer", "id": id_} for id_ in ids]


async def entity(run, fields: str, id_: str = "c1"):
    (found,) = (await run(ENTITIES % fields, r=customers(id_)))["_entities"]
    return found


async def test_golden_traits_are_typed_fields(run):
    found = await entity(run, "profile { name phone city points interests spend gender }")
    assert found["profile"] == {
        "name": "Anne",
        "phone": None,
        "city": "B",
        "points": 2**40,
        "interests": ["tea"],
        "spend": 2.5,
        "gender": None,
    }
    found = await entity(run, "profile { seenAt }", "c2")
    assert found["profile"] == {"seenAt": "2023-11-14T22:13:20Z"}


async def test_a_profile_as_of_a_past_time_is_what_its_records_had_said_by_then(run):
    past = """
      before: profile(asOf: "1970-01-01T00:00:00.999Z") { name }
      first: profile(asOf: "1970-01-01T00:00:01Z") { name phone interests }
      now: profile(asOf: "1970-01-01T00:00:03Z") { name phone interests }
    """
    assert await entity(run, past) == {
        "before": {"name": None},
        "first": {"name": "Ann", "phone": "+8613912345678", "interests": None},
        "now": {"name": "Anne", "phone": None, "interests": ["tea"]},
    }


async def test_provenance_names_record_time_and_rule(run):
    found = await entity(run, "provenance { trait source key observedAt rule }")
    by_trait = {origin.pop("trait"): origin for origin in found["provenance"]}
    assert sorted(by_trait) == ["city", "interests", "name", "points", "spend"]
    assert by_trait["name"] == {
        "source": "crm",
        "key": "ann",
        "observedAt": "1970-01-01T00:00:03Z",
        "rule": "SOURCE_PRIORITY",
    }
    assert by_trait["interests"]["rule"] == "UNION"


async def test_a_timeline_has_typed_events_newest_first(run):
    found = await entity(
        run,
        """timeline { pageInfo { hasNextPage } edges { node {
             __typename messageId name occurredAt source key
             ... on OrderCompleted { amount sku } ... on PageViewed { page } } } }""",
    )
    assert [edge["node"] for edge in found["timeline"]["edges"]] == [
        {
            "__typename": "PageViewed",
            "messageId": "m2",
            "name": "page_viewed",
            "occurredAt": "1970-01-01T00:00:01.200Z",
            "source": "crm",
            "key": "ann",
            "page": "/",
        },
        {
            "__typename": "OrderCompleted",
            "messageId": "m1",
            "name": "order_completed",
            "occurredAt": "1970-01-01T00:00:01.100Z",
            "source": "web",
            "key": "ann",
            "amount": 9.5,
            "sku": None,
        },
    ]


async def test_a_timeline_is_paged(run):
    fields = """timeline(first: 1%s) { edges { node { messageId } }
                pageInfo { hasNextPage hasPreviousPage endCursor } }"""
    first = (await entity(run, fields % ""))["timeline"]
    assert [e["node"]["messageId"] for e in first["edges"]] == ["m2"]
    assert first["pageInfo"]["hasNextPage"]
    after = f', after: "{first["pageInfo"]["endCursor"]}"'
    second = (await entity(run, fields % after))["timeline"]
    assert [e["node"]["messageId"] for e in second["edges"]] == ["m1"]
    assert not second["pageInfo"]["hasNextPage"]
    assert second["pageInfo"]["hasPreviousPage"]


async def test_a_timeline_of_named_events(run):
    found = await entity(run, 'timeline(names: ["page_viewed"]) { edges { node { messageId } } }')
    assert [e["node"]["messageId"] for e in found["timeline"]["edges"]] == ["m2"]


OUTCOMES = """query($s: [String!]!, $k: [String!]!, $p: [String!]!, $a: [String!]!, $t: [String!]!,
  $c: [String!]!, $m: [String!]!) { consentOutcomes(sources: $s, keys: $k, purposes: $p,
  statuses: $a, times: $t, claims: $c, stamps: $m) }"""


async def test_what_an_answer_came_to_is_told(run):
    rows = [
        ("crm", "ann", "marketing", "granted", "1500", "0", "later"),
        ("crm", "ann", "marketing", "denied", "1400", "0", "later"),
        ("crm", "ann", "analytics", "denied", "1400", "0", "later"),
        ("crm", "nobody", "marketing", "granted", "1500", "0", "later"),
    ]
    found = dict(zip("skpatcm", map(list, zip(*rows, strict=True)), strict=True))
    answer = await run(OUTCOMES, **found)
    assert answer["consentOutcomes"] == ["DUPLICATE", "OUTDATED", None, None]


async def test_the_most_restrictive_consent_wins(run):
    found = await entity(run, "consents { purpose status at source key channel }")
    assert found["consents"] == [
        {
            "purpose": "marketing",
            "status": "DENIED",
            "at": "1970-01-01T00:00:01.400Z",
            "source": "web",
            "key": "ann",
            "channel": "form",
        }
    ]


async def test_every_answer_is_told_and_which_of_them_holds(run, store):
    terms = ConsentTerms("contract", "v2", "en", "CN", "guardian", "sha256:00", 2000)
    consent = ConsentRecorded(ANN, "service", "granted", 1450, "app", 0, terms)
    new = new_entry(CONSENTS, str(ANN), consent, stamp(1450))
    handler = ProfileHandler(RULES)
    async with store.unit() as unit:
        await handler.handle(unit, [entry_at(new, Partition(CONSENTS, 0), 0)])
    fields = "consents(history: true%s) { purpose status at source holds expiresAt }"
    found = (await entity(run, fields % ""))["consents"]
    shown = [(one["purpose"], one["status"], one["source"], one["holds"]) for one in found]
    assert shown == [
        ("marketing", "GRANTED", "crm", False),
        ("service", "GRANTED", "crm", True),
        ("marketing", "DENIED", "web", True),
    ]
    assert len((await entity(run, fields % ", first: 1"))["consents"]) == 1
    async with store.unit() as unit:
        await handler.wake(unit, [Scheduled(2000, str(ANN))])
    told = "consents { purpose status basis wordingVersion jurisdiction givenBy proof }"
    service = (await entity(run, told))["consents"][1]
    assert service == {
        "purpose": "service",
        "status": "EXPIRED",
        "basis": "CONTRACT",
        "wordingVersion": "v2",
        "jurisdiction": "CN",
        "givenBy": "GUARDIAN",
        "proof": "sha256:00",
    }


RECEIPT = """consents { receipt { schemaVersion recordId piiPrincipalId language evidence
  purposes { purpose description lawfulBasis collectionMethod }
  event { eventTime recordedAt eventState validUntil entityId } } }"""


async def test_a_receipt_says_what_was_answered(run):
    (held,) = (await entity(run, RECEIPT))["consents"]
    receipt = held["receipt"]
    assert len(receipt.pop("recordId")) == 32
    assert receipt == {
        "schemaVersion": "ISO/IEC TS 27560:2023",
        "piiPrincipalId": "c1",
        "language": None,
        "evidence": None,
        "purposes": [
            {
                "purpose": "marketing",
                "description": "Offers",
                "lawfulBasis": None,
                "collectionMethod": "form",
            }
        ],
        "event": {
            "eventTime": "1970-01-01T00:00:01.400Z",
            "recordedAt": "1970-01-01T00:00:01.400Z",
            "eventState": "DENIED",
            "validUntil": None,
            "entityId": None,
        },
    }


REPLACED = """query($s: [String!]!, $k: [String!]!, $p: [String!]!) {
  replacedAnswers(sources: $s, keys: $k, purposes: $p) }"""


async def test_what_a_grant_replaces_is_what_other_records_of_the_customer_hold_against_it(run):
    rows = [
        ("crm", "ann", "marketing"),
        ("web", "ann", "marketing"),
        ("crm", "ann", "service"),
        ("shop", "bob", "marketing"),
        ("crm", "nobody", "marketing"),
    ]
    found = dict(zip("skp", map(list, zip(*rows, strict=True)), strict=True))
    assert (await run(REPLACED, **found))["replacedAnswers"] == [[stamp(1400)], [], [], [], []]


async def test_a_customer_tells_when_it_was_last_updated(run):
    found = await run(ENTITIES % "id updatedAt", r=customers("c1", "c2", "c3"))
    assert [one["updatedAt"] for one in found["_entities"]] == [
        "1970-01-01T00:00:03Z",
        "1970-01-01T00:00:02.500Z",
        None,
    ]


@pytest.mark.parametrize("id_", ["c3", "nobody"])
async def test_a_customer_that_ended_or_is_not_known_has_nothing(run, id_):
    fields = "id profile { name } provenance { trait } consents { purpose } "
    fields += "timeline { edges { cursor } }"
    assert await entity(run, fields, id_) == {
        "id": id_,
        "profile": None,
        "provenance": [],
        "consents": [],
        "timeline": {"edges": []},
    }


async def test_a_record_has_what_its_source_said_and_every_state_before(run):
    keys = [{"__typename": "SourceRecord", "source": "crm", "key": k} for k in ("ann", "nobody")]
    found = await run(
        RECORDS
        % "key traits { phone city } history { revision observedAt deleted traits { phone } }",
        r=keys,
    )
    assert found["_entities"] == [
        {
            "key": "ann",
            "traits": {"phone": None, "city": "B"},
            "history": [
                {
                    "revision": 2,
                    "observedAt": "1970-01-01T00:00:03Z",
                    "deleted": False,
                    "traits": {"phone": None},
                },
                {
                    "revision": 1,
                    "observedAt": "1970-01-01T00:00:01Z",
                    "deleted": False,
                    "traits": {"phone": "139 1234 5678"},
                },
            ],
        },
        {"key": "nobody", "traits": None, "history": []},
    ]


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ("profile { name }", 1),
        ("timeline { edges { cursor } }", 1),
        # One moment of many records, which is begun and ended, beside who and what they consent to.
        ("provenance { trait } consents { purpose }", 6),
        ('profile(asOf: "2020-01-01T00:00:00Z") { name }', 5),
    ],
)
async def test_entities_are_read_together(run, store, fields, most):
    found = await run(ENTITIES % f"id {fields}", r=customers("c2", "c1", "nobody", "c3"))
    assert [e["id"] for e in found["_entities"]] == ["c2", "c1", "nobody", "c3"]
    assert len(store.statements) <= most


async def test_records_are_read_together(run, store):
    keys = [{"__typename": "SourceRecord", "source": k.source, "key": k.key} for k in (ANN, BOB)]
    await run(RECORDS % "traits { city } history { revision }", r=keys)
    # Revisions, which may be many, are read over another connection.
    assert len(store.statements) == 1


LIST = (
    "{ customers%s { totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }"
)


async def ids(run, arguments: str = "") -> list[str]:
    found = (await run(LIST % arguments))["customers"]
    return [edge["node"]["id"] for edge in found["edges"]]


async def test_customers_are_listed_by_id_without_ended_ones(run):
    assert await ids(run) == ["c1", "c2"]


async def test_a_listed_customers_profile_is_not_read_again(run, store):
    found = await run("{ customers { edges { node { profile { name } } } } }")
    names = [edge["node"]["profile"]["name"] for edge in found["customers"]["edges"]]
    assert names == ["Anne", "Bob"]
    assert store.statements == []


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ('{name: {startsWith: "Ann"}}', ["c1"]),
        ('{city: {in: ["A", "Z"]}}', ["c2"]),
        ("{points: {atLeast: 1099511627776}}", ["c1"]),
        ('{seenAt: {lessThan: "2023-11-14T22:13:21Z"}}', ["c2"]),
        ('{interests: {contains: "tea"}}', ["c1"]),
        ("{spend: {exists: false}}", ["c2"]),
        ('{not: {name: {equals: "Bob"}}}', ["c1"]),
        ('{or: [{name: {equals: "Bob"}}, {spend: {greaterThan: 2}}]}', ["c1", "c2"]),
        ('{and: [{name: {equals: "Bob"}}, {spend: {greaterThan: 2}}]}', []),
        ("{}", ["c1", "c2"]),
        ("{consents: {marketing: {equals: DENIED}}}", ["c1"]),
        ("{consents: {marketing: {in: [GRANTED, WITHDRAWN]}}}", []),
        ("{consents: {marketing: {exists: false}}}", ["c2"]),
        ("{consents: {marketing: {notEquals: GRANTED}}}", ["c1", "c2"]),
        ('{sources: {contains: "web"}}', ["c1"]),
        ('{not: {sources: {contains: "web"}}}', ["c2"]),
        ('{sources: {contains: "nowhere"}}', []),
        ("{segments: {knownToSpend: true}}", ["c1"]),
        ("{segments: {knownToSpend: false}}", ["c2"]),
        ("{segments: {inZOrYoung: true, knownToSpend: false}}", ["c2"]),
        ("{segments: {inZOrYoung: true, knownToSpend: true}}", []),
        ("{not: {segments: {inZOrYoung: true}}}", ["c1"]),
        ('{consents: {marketing: {notEquals: GRANTED}}, name: {equals: "Bob"}}', ["c2"]),
        ('{identifiers: {memberCard: {equals: "ab 1234567"}}}', ["c1"]),
        ('{identifiers: {memberCard: {in: ["AB7654321", "AB1234567"]}}}', ["c1"]),
        ('{identifiers: {memberCard: {equals: "AB7654321"}}}', []),
        ('{identifiers: {phone: {equals: "no phone"}}}', []),
        ('{not: {identifiers: {phone: {equals: "+8613912345678"}}}}', ["c2"]),
        ("{identifiers: {phone: {exists: true}, memberCard: {exists: true}}}", ["c1"]),
        ("{identifiers: {memberCard: {exists: false}}}", ["c2"]),
        ("{events: {orderCompleted: {exists: true}}}", ["c1"]),
        ("{events: {orderCompleted: {exists: false}}}", ["c2"]),
        ("{events: {orderCompleted: {atLeast: 2}}}", []),
        ("{events: {orderCompleted: {atMost: 0}, pageViewed: {atMost: 3}}}", ["c2"]),
        ('{events: {pageViewed: {from: "1970-01-01T00:00:01.2Z"}}}', ["c1"]),
        ('{events: {pageViewed: {to: "1970-01-01T00:00:01.2Z"}}}', []),
        ('{events: {pageViewed: {equals: 0, to: "1970-01-01T00:00:01.2Z"}}}', ["c1", "c2"]),
        ('{not: {events: {orderCompleted: {atLeast: 1}}}, city: {equals: "Z"}}', ["c2"]),
    ],
)
async def test_filters(run, given, found):
    listed = (await run(LIST % f"(filter: {given})"))["customers"]
    assert [edge["node"]["id"] for edge in listed["edges"]] == found
    assert listed["totalCount"] == len(found)


@pytest.mark.parametrize("hidden", ["Profile.birthDate", "CustomerFilter.birthDate"])
async def test_nobody_is_found_by_a_segment_that_tests_what_is_hidden(subgraph, hidden):
    everything_else = everything(CATALOG).used - {hidden}
    caller = CallerContext("tester", ("admin",), visibility=Visibility(used=everything_else))

    async def codes(filter_: str) -> list[str]:
        answer = await subgraph.execute(LIST % f"(filter: {filter_})", {}, None, caller)
        return [error["extensions"]["code"] for error in answer.get("errors", ())]

    tried = "{or: [{city: {exists: true}}, {not: {segments: {inZOrYoung: false}}}]}"
    assert await codes(tried) == ["ARGUMENT_DENIED"]
    assert await codes("{segments: {knownToSpend: true}}") == []


@pytest.mark.parametrize(
    ("hidden", "refused"),
    [
        ("Customer.timeline", "{exists: true}"),
        ("OrderCompleted.name", "{atMost: 3}"),
        ("OrderCompleted.occurredAt", '{exists: true, to: "2024-01-01T00:00:00Z"}'),
    ],
)
async def test_nobody_is_found_by_events_that_the_caller_may_not_read(subgraph, hidden, refused):
    everything_else = everything(CATALOG).used - {hidden}
    caller = CallerContext("tester", ("admin",), visibility=Visibility(used=everything_else))

    async def codes(caller: CallerContext, test: str) -> list[str]:
        tried = f"{{or: [{{city: {{exists: true}}}}, {{not: {{events: {test}}}}}]}}"
        answer = await subgraph.execute(LIST % f"(filter: {tried})", {}, None, caller)
        return [error["extensions"]["code"] for error in answer.get("errors", ())]

    assert await codes(caller, f"{{orderCompleted: {refused}}}") == ["ARGUMENT_DENIED"]
    assert await codes(CALLER, f"{{orderCompleted: {refused}}}") == []
    if hidden != "Customer.timeline":
        assert await codes(caller, "{pageViewed: {exists: true}}") == []
    if hidden == "OrderCompleted.occurredAt":
        assert await codes(caller, "{orderCompleted: {atLeast: 1}}") == []


async def test_orders(run):
    assert await ids(run, "(orderBy: {field: CITY, direction: DESC})") == ["c2", "c1"]
    assert await ids(run, "(orderBy: {field: SEEN_AT})") == ["c2", "c1"]
    # Both lack the first, so that the second decides.
    assert await ids(run, "(orderBy: [{field: GENDER}, {field: CITY}])") == ["c1", "c2"]
    several = "[{field: GENDER}, {field: CITY, direction: DESC}]"
    assert await ids(run, f"(orderBy: {several})") == ["c2", "c1"]


@pytest.mark.parametrize("order", ["", ", orderBy: {field: NAME}", ", orderBy: {field: SPEND}"])
async def test_pages_go_on_from_a_cursor(run, order):
    first = (await run(LIST % f"(first: 1{order})"))["customers"]
    assert first["totalCount"] == 2
    assert first["pageInfo"]["hasNextPage"]
    after = first["pageInfo"]["endCursor"]
    second = (await run(LIST % f'(first: 1, after: "{after}"{order})'))["customers"]
    assert not second["pageInfo"]["hasNextPage"]
    assert [page["edges"][0]["node"]["id"] for page in (first, second)] == ["c1", "c2"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("(first: 201)", "PAGE_TOO_LARGE"),
        ("(first: -1)", "PAGE_SIZE_INVALID"),
        ('(after: "nonsense")', "CURSOR_INVALID"),
        ('(after: "e30=")', "CURSOR_INVALID"),
        ('(after: "é")', "CURSOR_INVALID"),
        ("(filter: {name: {equals: null}})", "FILTER_INVALID"),
        ("(filter: {events: {pageViewed: {atLeast: null}}})", "FILTER_INVALID"),
        ("(filter: {identifiers: {phone: {equals: null}}})", "FILTER_INVALID"),
        (f"(filter: {{identifiers: {{phone: {{in: [{MANY}]}}}}}})", "FILTER_INVALID"),
        (
            '(filter: {events: {pageViewed: {from: "2024-01-02T00:00:00Z",'
            ' to: "2024-01-02T00:00:00Z"}}})',
            "FILTER_INVALID",
        ),
        (f"(orderBy: [{'{field: NAME}, ' * 5}])", "ORDER_TOO_LONG"),
    ],
)
async def test_what_cannot_be_listed_is_refused_with_a_code(code_of, arguments, code):
    assert await code_of(LIST % arguments) == code


async def test_a_cursor_of_another_order_is_refused(run, code_of):
    found = (await run(LIST % "(orderBy: {field: NAME})"))["customers"]
    after = found["pageInfo"]["endCursor"]
    assert await code_of(LIST % f'(after: "{after}")') == "CURSOR_INVALID"
    desc = f'(orderBy: {{field: NAME, direction: DESC}}, after: "{after}")'
    assert await code_of(LIST % desc) == "CURSOR_INVALID"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("(first: 201)", "PAGE_TOO_LARGE"),
        ('(after: "nonsense")', "CURSOR_INVALID"),
        ('(names: ["page_vieved"])', "EVENT_UNKNOWN"),
    ],
)
async def test_a_timeline_that_cannot_be_had_is_refused_with_a_code(code_of, arguments, code):
    fields = f"id timeline{arguments} {{ edges {{ cursor }} }}"
    query = ENTITIES.replace("query($r: [_Any!]!) ", "").replace(
        "$r", '[{__typename: "Customer", id: "c1"}]'
    )
    assert await code_of(query % fields) == code


async def test_a_misspelt_event_is_not_told_the_names_of_others(subgraph):
    query = ENTITIES % 'timeline(names: ["page_vieved"]) { edges { cursor } }'
    response = await subgraph.execute(query, {"r": customers("c1")}, None, CALLER)
    assert "page" not in response["errors"][0]["message"]


@pytest.mark.parametrize(
    "tagged",
    [
        'phone: String @tag(name: "phone")',
        'phone: StringFilter = null @tag(name: "phone")',
        'BIRTH_DATE @tag(name: "birth_date")',
        'amount: Float @tag(name: "financial")',
    ],
)
def test_classified_coordinates_carry_their_tag(subgraph, tagged):
    lines = [line.strip() for line in subgraph.sdl().splitlines()]
    assert tagged in lines or tagged.replace(" = null", "") in lines


def test_public_traits_carry_no_tag(subgraph):
    assert "city: String" in [line.strip() for line in subgraph.sdl().splitlines()]


def test_no_event_of_a_catalog_can_take_the_name_of_a_type(subgraph):
    types = re.findall(r"^(?:type|interface|enum|input) (\w+)", subgraph.sdl(), re.MULTILINE)
    of_events = {pascal(name) for name in RULES.catalog.events}
    assert {name for name in types if not name.startswith("_")} - of_events <= TYPE_NAMES_TAKEN
