"""What the condition of a segment asks of the accounts that somebody acts for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.draft_segments import ConditionInvalid, read_draft
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.reads import coordinates_read, is_of_traits
from c360_kernel.context import CallerContext
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility

HEAD = """
sources: {crm: {priority: 0}}
traits: {industry: {type: string, tag: public, synonyms: {leaf: [tea]}}}
accounts:
  kinds: {member: {}}
  roles: {buyer: {}}
  traits:
    industry: {type: string, tag: public, synonyms: {tea: [Tee]}}
    tier: {type: string, tag: public, choices: [gold, silver]}
    employees: {type: int, tag: public}
    renewal: {type: date, tag: public}
  computed:
    people: {over: members, kind: count, live: true, tag: account_link}
    lookers: {over: members, kind: count, tag: account_link}
segments: {group: {condition: %s}}
"""
CATALOG = parse_catalog(HEAD % "{trait: industry, op: exists}", "catalog.yaml")


def condition(text: str) -> object:
    return parse_catalog(HEAD % text, "catalog.yaml").segments["group"].condition


def test_texts_are_those_of_the_account_and_not_of_the_person() -> None:
    where = "{any: [{trait: industry, op: in, value: [Tee]}, {trait: employees, op: exists}]}"
    read = condition(
        f"{{all: [{{account: {{where: {where}}}}}, {{trait: industry, op: equals, value: tea}}]}}"
    )
    assert read == {
        "all": [
            {
                "account": {
                    "where": {
                        "any": [
                            {"trait": "industry", "op": "in", "value": ["tea"]},
                            {"trait": "employees", "op": "exists"},
                        ]
                    }
                }
            },
            {"trait": "industry", "op": "equals", "value": "leaf"},
        ]
    }


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            "{trait: employes, op: exists}",
            "account.where.trait: unknown trait 'employes', did you mean",
        ),
        (
            "{trait: employees, op: equals, value: many}",
            "account.where.value: expected a whole number",
        ),
        (
            "{trait: employees, op: starts_with, value: a}",
            "account.where.op: 'starts_with' cannot be",
        ),
        ("{trait: tier, op: equals, value: lead}", "account.where.value: 'lead' is not a choice"),
        ("{all: [{not: {trait: tier}}]}", "account.where.all[0].not: 'op' is missing"),
        ("{event: bought}", "account.where: a condition has exactly one of all, any, not, trait"),
        ("{account: {}}", "account.where: a condition has exactly one of"),
        ("{trait: tier, within_next: 3 days}", "account.where.within_next: needs a date"),
        ("{trait: renewal, within_next: soon}", "account.where.within_next: "),
        ("gold", "account.where: expected a mapping, found text"),
        ("{trait: people, op: equals, value: few}", "account.where.value: expected a whole number"),
        (
            "{not: {trait: lookers, op: exists}}",
            "account.where.not.trait: 'lookers' is worked out when it is asked for: 'live: true'",
        ),
        ("{trait: lookrs, op: exists}", "account.where.trait: unknown trait 'lookrs'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(where: str, message: str) -> None:
    with pytest.raises(CatalogError) as raised:
        condition(f"{{account: {{where: {where}}}}}")
    assert f"condition.{message}" in raised.value.message


def test_it_reads_what_shows_the_traits_of_an_account() -> None:
    where = "{all: [{trait: tier, op: exists}, {trait: renewal, within_next: 3 days}]}"
    read = condition(f"{{account: {{kind: member, where: {where}}}}}")
    assert not is_of_traits(read)
    assert coordinates_read(read) == {
        "Customer.accounts",
        "AccountLink.kind",
        "AccountLink.account",
        "Account.profile",
        "AccountProfile.tier",
        "AccountProfile.renewal",
    }


@pytest.mark.parametrize(
    "hidden",
    [
        "AccountProfile.tier",
        "AccountFilter.tier",
        "AccountLink.account",
        "Account.profile",
    ],
)
def test_a_draft_tests_no_trait_of_accounts_that_its_author_may_not_use(hidden: str) -> None:
    draft = json.dumps({"account": {"where": {"trait": "tier", "op": "exists"}}})
    every = everything(CATALOG).used
    assert read_draft(draft, CATALOG, Visibility(used=every)).whole
    with pytest.raises(ConditionInvalid, match="unknown trait 'tier'"):
        read_draft(draft, CATALOG, Visibility(used=every - {hidden}))
    without = Visibility(every, every).without_accounts
    with pytest.raises(ConditionInvalid, match="there are no kinds of links"):
        read_draft(draft, CATALOG, without)


def test_who_is_told_of_no_account_is_not_told_who_acts_for_one() -> None:
    every = everything(CATALOG).used
    without = Visibility(every, every).without_accounts
    assert every - without.used == every - without.seen == {"Customer.accounts"}


PEOPLE = {"account": {"where": {"trait": "people", "op": "at_least", "value": 3}}}
SHOWN = ("AccountLink.account", "Account.rollUps", "AccountRollUps.people")


def test_what_accounts_come_to_is_read_where_it_is_shown() -> None:
    read = coordinates_read(PEOPLE, CATALOG)
    assert read == {"Customer.accounts", *SHOWN}
    assert not read <= everything(CATALOG).without_roll_ups.used


@pytest.mark.parametrize("hidden", [*SHOWN, "AccountFilter.people"])
def test_a_draft_tests_nothing_that_accounts_come_to_that_its_author_may_not_use(
    hidden: str,
) -> None:
    every = everything(CATALOG).used
    assert read_draft(json.dumps(PEOPLE), CATALOG, Visibility(used=every)).whole == PEOPLE
    for name in ("people", "lookers"):
        draft = json.dumps(PEOPLE).replace("people", name)
        hides = hidden.replace("people", name)
        with pytest.raises(ConditionInvalid, match=f"unknown trait '{name}'"):
            read_draft(draft, CATALOG, Visibility(used=every - {hides}))


def test_who_is_told_of_no_small_group_is_told_of_nothing_that_accounts_come_to() -> None:
    every = everything(CATALOG)
    caller = CallerContext("ann", ("agent",), visibility=every)
    assert caller.told == every
    assert replace(caller, smallest_group=5).told.used == every.used - {"Account.rollUps"}
    assert replace(caller, predicate="x").told.seen == every.seen - {"Customer.accounts"}
