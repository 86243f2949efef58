"""People tag customers, with a reason and an end; a tag goes wherever the customer has it."""

from dataclasses import replace

import pytest
from c360_gateway.collect.profile_tags import Holder, taken_off
from c360_kernel.catalog.loader import default_catalog_text, parse_catalog
from c360_kernel.codec import decode
from c360_kernel.log.topics import QUARANTINE, TAGS
from c360_kernel.payload import RecordTagged, TagChange
from c360_kernel.record import RecordKey

from services.gateway.tests import test_with_the_services as with_the_services
from services.gateway.tests.test_with_the_services import instance  # noqa: F401 - fixture

TAG = """mutation($items: [TagInput!]!) { tagCustomers(items: $items) {
  accepted refused results { status stage code path message } } }"""
ASKED = """{ customerByRecord(source: "crm", key: "k1") { tags {
  vip { value since author reason expiresAt } churnRisk { value expiresAt }
  careLevel { value expiresAt author } } } }"""
FOUND = "query($f: CustomerFilter) { customers(filter: $f) { totalCount } }"


async def tag(instance, role="data_steward", **item):  # noqa: F811
    given = {"source": "crm", "key": "k1", "reason": "asked; ann@example.com", **item}
    answer = await instance.ask(TAG, role, {"items": [given]})
    await instance.settle()
    return answer


async def result(instance, **item):  # noqa: F811
    (found,) = (await tag(instance, **item))["data"]["tagCustomers"]["results"]
    return found


async def told(instance, role="privacy_officer"):  # noqa: F811
    answer = await instance.ask(ASKED, role)
    assert "errors" not in answer, answer
    return answer["data"]["customerByRecord"]["tags"]


async def found(instance, tests, role="privacy_officer"):  # noqa: F811
    answer = await instance.ask(FOUND, role, {"f": {"tags": tests}})
    assert "errors" not in answer, answer
    return answer["data"]["customers"]["totalCount"]


async def entries(instance, topic):  # noqa: F811
    found = []
    for partition, end in (await instance.log.ends([topic])).items():
        found += [decode(topic, one.data) for one in await instance.log.read(partition, 0, end)]
    return found


async def test_tags_are_told_with_who_said_them_why_and_until_when(instance):  # noqa: F811
    end = "2126-01-01T00:00:00Z"
    item = {"tags": {"vip": True, "churnRisk": 80, "careLevel": "call"}, "expiresAt": end}
    first = await result(instance, **item)
    assert (first["status"], first["code"]) == ("ACCEPTED", None)
    held = await told(instance)
    assert held["churnRisk"] == {"value": 80, "expiresAt": end}
    assert held["careLevel"] == {"value": "call", "expiresAt": end, "author": "ann"}
    vip = held["vip"]
    assert (vip["value"], vip["author"], vip["expiresAt"]) == (True, "ann", end)
    assert vip["reason"].startswith("asked") and "@" not in vip["reason"]
    # A reason may name a person.
    (said,) = await entries(instance, TAGS)
    assert "@" not in said.reason


async def test_a_tag_holds_as_long_as_the_catalog_says_unless_told(instance):  # noqa: F811
    await tag(instance, tags={"vip": True, "careLevel": "call"})
    (said,) = await entries(instance, TAGS)
    care, vip = said.changes
    assert (care.tag, care.expires_at, vip.tag) == ("careLevel", 0, "vip")
    assert vip.expires_at % 1000 >= 0 and vip.expires_at > 0


async def test_customers_are_found_by_their_tags(instance):  # noqa: F811
    assert await found(instance, {"vip": {"exists": True}}) == 0
    await tag(instance, tags={"vip": True, "churnRisk": 80, "careLevel": "call"})
    for tests, number in (
        ({"vip": {"equals": True}}, 1),
        ({"churnRisk": {"atLeast": 80}, "careLevel": {"equals": "call"}}, 1),
        ({"churnRisk": {"greaterThan": 80}}, 0),
        ({"careLevel": {"in": ["watch", "visit"]}}, 0),
        ({"vip": {"exists": False}}, 0),
    ):
        assert await found(instance, tests) == number, tests


async def test_a_tag_is_taken_off_wherever_the_customer_has_it(instance):  # noqa: F811
    await tag(instance, tags={"vip": True})
    await tag(instance, source="web", key="w1", tags={"vip": True, "churnRisk": 5})
    await tag(instance, tags={"vip": None})
    assert (await told(instance))["vip"] is None
    assert (await told(instance))["churnRisk"]["value"] == 5
    off = [
        one for one in await entries(instance, TAGS) if one.changes[-1] == TagChange("vip", None)
    ]
    assert {one.record for one in off} == {RecordKey("crm", "k1"), RecordKey("web", "w1")}


async def test_what_is_sent_again_under_its_name_counts_once(instance):  # noqa: F811
    await tag(instance, tags={"vip": True}, messageId="m1")
    await tag(instance, tags={"vip": None}, messageId="m2")
    await tag(instance, tags={"vip": True}, messageId="m1")
    assert (await told(instance))["vip"] is None


async def test_what_is_taken_off_is_off_whatever_others_called_what_they_said(instance):  # noqa: F811
    await tag(instance, tags={"vip": True}, messageId="case")
    await tag(instance, source="web", key="w1", tags={"vip": True}, messageId="call")
    await tag(instance, tags={"vip": None}, messageId="call")
    assert (await told(instance))["vip"] is None


@pytest.mark.parametrize(
    ("item", "code", "path"),
    [
        ({"tags": {"vpi": True}}, "UNKNOWN_TAG", "tags.vpi"),
        ({"tags": {"vip": False}}, "TAG_VALUE", "tags.vip"),
        ({"tags": {"vip": "yes please"}}, "TAG_VALUE", "tags.vip"),
        ({"tags": {"churnRisk": 101}}, "TAG_VALUE", "tags.churnRisk"),
        ({"tags": {"churnRisk": 5.5}}, "TAG_VALUE", "tags.churnRisk"),
        ({"tags": {"careLevel": "13912345678"}}, "TAG_VALUE", "tags.careLevel"),
        ({"tags": {}}, "FIELD_MISSING", "tags"),
        ({"tags": {"vip": True}, "reason": " "}, "FIELD_MISSING", "reason"),
        ({"tags": {"vip": True}, "expiresAt": "2020-01-01T00:00:00Z"}, "TAG_ENDED", "expiresAt"),
        ({"tags": {"vip": True}, "source": "steward"}, "UNKNOWN_SOURCE", "source"),
        ({"tags": {"vip": True}, "author": "bob"}, "UNKNOWN_FIELD", "author"),
    ],
)
async def test_what_is_wrong_is_refused_alone_and_kept(instance, item, code, path):  # noqa: F811
    refused = await result(instance, **item)
    assert (refused["status"], refused["code"], refused["path"]) == ("REFUSED", code, path)
    assert "13912345678" not in refused["message"]
    assert await entries(instance, TAGS) == []
    assert len(await entries(instance, QUARANTINE)) == 1


async def test_tagging_takes_a_right_of_its_own(instance):  # noqa: F811
    answer = await tag(instance, "connector", tags={"vip": True})
    assert answer["data"] == {"tagCustomers": None}
    assert await entries(instance, TAGS) == []


async def test_no_tag_is_told_of_nobody_without_any(instance):  # noqa: F811
    assert await told(instance) == {"vip": None, "churnRisk": None, "careLevel": None}


RULED = """tags:
  keen:
    type: flag
    tag: behaviour
    rule: {when: {trait: loyaltyTier, op: equals, value: gold}, reason: Is gold}
"""
KEEN = """{ customerByRecord(source: "crm", key: "k1") {
  tags { keen { value byRule author reason since statements { byRule author } } }
  tagRules { tag given holds evidence { of holds } changesAt } } }"""


@pytest.fixture
def ruled(monkeypatch):
    """The catalog that ships, with a tag that a rule gives."""
    catalog = parse_catalog(default_catalog_text().replace("tags:\n", RULED, 1), "ruled")
    monkeypatch.setattr(with_the_services, "default_catalog", lambda: catalog)
    return catalog


async def keen(instance, role="privacy_officer"):  # noqa: F811
    await instance.settle()
    answer = await instance.ask(KEEN, role)
    assert "errors" not in answer, answer
    return answer["data"]["customerByRecord"]


async def test_what_a_rule_gives_is_told_with_why_and_found_as_any_tag(ruled, instance):  # noqa: F811
    told = await keen(instance)
    author = f"catalog:keen@{ruled.digest[:12]}"
    given = {"byRule": True, "author": author}
    assert told["tags"]["keen"] == {
        "value": True, "reason": "Is gold", "since": None, "statements": [given], **given
    }  # fmt: skip
    (why,) = told["tagRules"]
    assert (why["tag"], why["given"], why["holds"]) == ("keen", True, True)
    assert why["evidence"] == [{"of": "loyaltyTier", "holds": True}]
    assert await found(instance, {"keen": {"equals": True}}) == 1


async def test_what_a_rule_alone_gives_cannot_be_taken_off(ruled, instance):  # noqa: F811
    await keen(instance)
    refused = await result(instance, tags={"keen": None, "vip": True})
    assert (refused["status"], refused["code"]) == ("REFUSED", "TAG_BY_RULE")
    assert refused["path"] == "tags.keen"
    # Nothing of the item was taken, and what people said may be taken back.
    assert not await entries(instance, TAGS)
    await tag(instance, tags={"keen": True})
    both = (await keen(instance))["tags"]["keen"]
    assert (both["byRule"], both["author"]) == (False, "ann")
    assert [one["byRule"] for one in both["statements"]] == [False, True]
    assert (await result(instance, tags={"keen": None}))["code"] is None
    assert (await keen(instance))["tags"]["keen"]["byRule"] is True


class Known:
    """Profile, where these have a tag."""

    def __init__(self, **holders):
        self.by_tag = holders

    async def holders(self, wanted, context):
        return [self.by_tag[tag] for _, tag in wanted]


async def test_each_record_and_writer_that_has_a_tag_is_told_once_that_it_is_off():
    here, there = RecordKey("crm", "1"), RecordKey("web", "2")
    said = RecordTagged(
        here, "ann", (TagChange("a", None), TagChange("b", None), TagChange("c", 3)), "ann", "why"
    )
    known = Known(a=[Holder(here, "ann"), Holder(there, "ann")], b=[Holder(there, "ann")])
    ((besides,),) = await taken_off([said], known, None)
    assert (besides.record, besides.writer, besides.author) == (there, "ann", "ann")
    assert besides.changes == (TagChange("a", None), TagChange("b", None))


async def test_taking_off_has_a_name_of_its_own_where_others_said_something():
    here, there = RecordKey("crm", "1"), RecordKey("web", "2")
    said = RecordTagged(here, "ann", (TagChange("a", None),), "ann", "why", "case")
    known = Known(a=[Holder(here, "bob"), Holder(there, "ann")])
    (besides,) = await taken_off([said], known, None)
    (again,) = await taken_off([said], known, None)
    (others,) = await taken_off([replace(said, writer="eve")], known, None)
    names = {one.message_id for one in besides}
    assert besides == again and names.isdisjoint({"", "case"})
    assert names.isdisjoint(one.message_id for one in others)
    (nameless,) = await taken_off([replace(said, message_id="")], known, None)
    assert {one.message_id for one in nameless} == {""}
