from __future__ import annotations

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.loader import parse_catalog

HEAD = """
traits:
  tier: {type: string, tag: public, choices: [gold, silver]}
  name: {type: string, tag: name}
  points: {type: int, tag: public}
  since: {type: date, tag: public}
  likes: {type: strings, tag: public}
  member: {type: boolean, tag: public}
events:
  bought: {properties: {amount: {type: float, tag: financial}}}
sources: {crm: {priority: 0}}
segments:
  group:
    condition: """


@pytest.mark.parametrize(
    "condition",
    [
        "{trait: tier, op: equals, value: gold}",
        "{trait: tier, op: in, value: [gold, silver]}",
        "{trait: name, op: starts_with, value: Wang}",
        "{trait: name, op: equals, value: '2020'}",
        "{trait: points, op: at_least, value: 5}",
        "{trait: since, op: less_than, value: 2020-01-31}",
        "{trait: likes, op: contains, value: tea}",
        "{trait: likes, op: equals, value: [tea, milk]}",
        "{trait: member, op: equals, value: yes}",
        "{trait: name, op: missing}",
        "{event: bought}",
        "{event: bought, count: {at_least: 2, at_most: 5}}",
        "{event: bought, where: [{property: amount, op: at_least, value: 100}]}",
        "{all: [{event: bought}, {not: {any: [{trait: name, op: exists}]}}]}",
    ],
)
def test_well_formed_conditions(condition: str) -> None:
    segment = parse_catalog(HEAD + condition, "catalog.yaml").segments["group"]
    assert segment.title == "Group"
    assert segment.condition


def test_dates_stay_text() -> None:
    condition = "{trait: since, op: less_than, value: 2020-01-31}"
    catalog = parse_catalog(HEAD + condition, "catalog.yaml")
    assert catalog.segments["group"].condition["value"] == "2020-01-31"


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ("{}", "condition: a condition has exactly one of all, any, not, trait, event"),
        ("{all: [], any: []}", "condition: a condition has exactly one of"),
        ("{all: []}", "condition.all: needs at least one condition"),
        ("{all: {event: bought}}", "condition.all: expected a list, found a mapping"),
        (
            "{all: [{event: bougt}]}",
            "condition.all[0].event: unknown event 'bougt', did you mean 'bought'?",
        ),
        (
            "{not: {trait: tir, op: exists}}",
            "condition.not.trait: unknown trait 'tir', did you mean 'tier'?",
        ),
        (
            "{trait: tier, op: equal, value: gold}",
            "condition.op: unknown operator 'equal', did you mean 'equals'?",
        ),
        ("{trait: tier, op: equals}", "condition: 'value' is missing"),
        ("{trait: tier, op: exists, value: 1}", "condition.value: 'exists' takes no value"),
        (
            "{trait: tier, op: equals, value: bronze}",
            "condition.value: 'bronze' is not a choice of 'tier'",
        ),
        (
            "{trait: tier, op: in, value: [gold, bronze]}",
            "condition.value: 'bronze' is not a choice of 'tier'",
        ),
        (
            "{trait: points, op: equals, value: many}",
            "condition.value: expected a whole number, found text",
        ),
        (
            "{trait: points, op: starts_with, value: 1}",
            "condition.op: 'starts_with' cannot be asked of type 'int'",
        ),
        (
            "{trait: points, op: in, value: [1, x]}",
            "condition.value[1]: expected a whole number, found text",
        ),
        (
            "{trait: since, op: equals, value: 2020-02-30}",
            "condition.value: expected a date as YYYY-MM-DD",
        ),
        ("{trait: name, op: equals, value: 7}", "condition.value: expected text, found a number"),
        ("{event: bought, count: {}}", "condition.count: needs 'at_least' or 'at_most'"),
        (
            "{event: bought, count: {at_least: 3, at_most: 2}}",
            "condition.count: 'at_least' is above 'at_most'",
        ),
        (
            "{event: bought, cont: {at_least: 3}}",
            "condition.cont: unknown field 'cont', did you mean 'count'?",
        ),
        (
            "{event: bought, where: [{property: amont, op: exists}]}",
            "condition.where[0].property: unknown property 'amont', did you mean 'amount'?",
        ),
        (
            "{event: bought, where: [{property: amount, op: at_least, value: a}]}",
            "condition.where[0].value: expected a number, found text",
        ),
        ("gold", "condition: expected a mapping, found text"),
    ],
)
def test_faults_of_conditions(condition: str, fault: str) -> None:
    with pytest.raises(CatalogError) as raised:
        parse_catalog(HEAD + condition, "catalog.yaml")
    assert f"catalog.yaml:14 segments.group.{fault}" in raised.value.message


def test_a_key_given_twice_is_told_once() -> None:
    with pytest.raises(CatalogError) as raised:
        parse_catalog(HEAD + "{event: bought, event: bought}", "catalog.yaml")
    assert len(raised.value.problems) == 1
