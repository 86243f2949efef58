"""What one service cannot answer now leaves a hole of its own and takes nothing else with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_kernel.context import CallerContext
from graphql import is_non_null_type

from c360_cli.assembly import assemble
from c360_cli.topology import PORTS

NOBODY = "mongodb://127.0.0.1:1/c360?serverSelectionTimeoutMS=50"
CALLER = CallerContext("ann", ("privacy_officer",))
# The gateway asks for these in requests of their own.
ALONE = {
    *("_service", "_entities", "receipts", "joins", "consentOutcomes", "customersOf"),
    "sameOutcomes",
    *("replacedAnswers", "tagHolders", "tagOutcomes", "tagsByRuleAlone", "objectsHeld"),
    *("idsOf", "consented", "knownAccess", "touchedCustomers", "alikeOperations"),
    *("touchingOperations", "knownAttributes", "customersNow", "howManyNow"),
    *("onRecord", "segmentToSave", "areLists"),
}
KEYS = {"id"}


@pytest.mark.parametrize("name", PORTS)
def test_what_several_services_answer_together_is_nullable(tmp_path: Path, name: str) -> None:
    types = assemble(tmp_path).service(name).open_graph().schema.type_map
    variables = {"Query": ALONE, "Customer": KEYS}
    for type_name, excepted in variables.items():
        fields = types[type_name].fields if type_name in types else {}
        assert {n for n, field in fields.items() if is_non_null_type(field.type)} <= excepted


async def test_without_its_store_profile_says_of_each_field_that_it_is_missing(
    tmp_path: Path,
) -> None:
    graph = assemble(tmp_path).service("profile", NOBODY).open_graph()
    query = """query ($who: [_Any!]!) {
      customers(first: 1) { edges { node { id } } }
      _entities(representations: $who) {
        ... on Customer { id profile { name } timeline { edges { cursor } } consents { purpose } }
      }
    }"""
    variables = {"who": [{"__typename": "Customer", "id": "c1"}]}
    answer = await graph.execute(query, variables, None, CALLER)
    hole = {"id": "c1", "profile": None, "timeline": None, "consents": None}
    assert answer["data"] == {"customers": None, "_entities": [hole]}
    entity = ("_entities", 0)
    assert {tuple(one["path"]): one["extensions"]["code"] for one in answer["errors"]} == {
        ("customers",): "STORE_UNAVAILABLE",
        (*entity, "profile"): "STORE_UNAVAILABLE",
        (*entity, "timeline"): "STORE_UNAVAILABLE",
        (*entity, "consents"): "STORE_UNAVAILABLE",
    }
