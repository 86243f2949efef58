"""Identifiers are found by filters in whatever spelling they are asked for."""

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.conditions.tree import ValueTest, mapped
from c360_kernel.context import CallerContext
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.visibility import everything
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.readings import in_any_spelling
from c360_profile.graph import profile_subgraphs
from c360_profile.handlers.handler import ProfileHandler
from c360_profile.testing.entries import assigned, upserted
from c360_profile.testing.memory import MemoryProfileStore

CATALOG = parse_catalog(
    """
sources:
  crm: {priority: 0}
  shop: {priority: 1, region: US}
identifiers:
  phone: {normalizer: phone, tier: 2, limit: none, fan: 4, tag: phone}
traits:
  phone: {type: string, tag: phone, identifier: phone}
  phones: {type: strings, tag: phone, identifier: phone, survivorship: union}
  city: {type: string, tag: city}
""",
    "test",
)
RULES = GoldenRules(CATALOG, Normalizers(CATALOG).normalize)
PEOPLE = {
    "c1": {"phone": "138 1234 5678", "phones": ("139-1234-5678",), "city": "138 1234 5678"},
    "c2": {"phone": "none yet"},
    "c3": {},
}


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ('phone: {equals: "+86 138 1234 5678"}', ["c1"]),
        ('phone: {equals: "008613812345678"}', ["c1"]),
        ('phone: {equals: "none yet"}', ["c2"]),
        ('phone: {equals: "138"}', []),
        ('phone: {notEquals: "138 1234 5678"}', ["c2", "c3"]),
        ('phone: {notEquals: "none yet"}', ["c1", "c3"]),
        ('phone: {in: ["138-1234-5678", "none yet"]}', ["c1", "c2"]),
        ("phone: {in: []}", []),
        ('phone: {startsWith: "+86"}', ["c1"]),
        ('phones: {contains: "139 1234 5678"}', ["c1"]),
        ('or: [{not: {phone: {equals: "13812345678"}}}, {city: {equals: "x"}}]', ["c2", "c3"]),
        # What is no identifier is as it is written.
        ('city: {equals: "13812345678"}', []),
    ],
)
async def test_an_identifier_is_found_in_any_spelling(filter_, expected):
    store = MemoryProfileStore()
    async with store.unit() as unit:
        for at, (name, traits) in enumerate(PEOPLE.items(), start=1):
            key = RecordKey("crm", name)
            told = [upserted(key, traits, at=at), assigned(key, name, at=at)]
            await ProfileHandler(RULES).handle(unit, told)
    graph = profile_subgraphs(RULES, SEALER)(store)
    caller = CallerContext("ann", ("r",), visibility=everything(CATALOG))
    query = f"{{ customers(filter: {{{filter_}}}) {{ totalCount edges {{ node {{ id }} }} }} }}"
    answer = (await graph.execute(query, None, None, caller))["data"]["customers"]
    assert [edge["node"]["id"] for edge in answer["edges"]] == expected
    assert answer["totalCount"] == len(expected)
    await graph.close()


def test_a_number_is_read_in_the_region_of_each_source():
    said = in_any_spelling(RULES, ValueTest("phone", "equals", "2025550123"))
    assert isinstance(said, ValueTest) and "+12025550123" in said.wanted


def test_a_normal_form_is_asked_for_as_it_is():
    asked = ValueTest("phone", "equals", "+8613812345678")
    assert mapped(asked, lambda test: in_any_spelling(RULES, test)) == asked
