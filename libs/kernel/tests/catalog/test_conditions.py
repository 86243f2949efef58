from __future__ import annotations

import json

import pytest
from c360_kernel.catalog.document import CatalogError
from c360_kernel.catalog.draft_segments import ConditionInvalid, read_draft
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.model import SegmentDefinition
from c360_kernel.catalog.reads import coordinates_read, is_of_traits
from c360_kernel.catalog.saved_segments import past_kept, with_saved
from c360_kernel.testing.visibility import everything
from c360_kernel.visibility import Visibility

HEAD = """
traits:
  tier: {type: string, tag: public, choices: [gold, silver]}
  name: {type: string, tag: name}
  points: {type: int, tag: public}
  since: {type: date, tag: public}
  likes: {type: strings, tag: public}
  member: {type: boolean, tag: public}
events:
  bought: {properties: {amount: {type: float, tag: financial}, sku: {type: string, tag: public}}}
sources: {crm: {priority: 0}}
purposes: {marketing: {}}
tags:
  vip: {type: flag, tag: public}
  risk: {type: score, tag: public}
  mood: {type: enum, choices: [good, bad], tag: public}
accounts: {kinds: {decision: {}}, roles: {buyer: {}}}
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
        "{event: bought, count: {at_most: 0}, last: 90 days}",
        "{event: bought, last: 90 days, until: 30 days, source: crm}",
        "{event: bought, sum: {property: amount, at_least: 2.5}, this: month, zone: Asia/Shanghai}",
        "{event: bought, then: [{event: bought, within: 2 hours, same: [amount]}], last: 1 week}",
        "{event: bought, then_not: {event: bought, within: 7 days}}",
        "{event: bought, regularly: {every: day, at_least: 7, of: 7, zone: Asia/Shanghai}}",
        "{trait: since, within_next: 7 days}",
        "{any: [{tag: vip}, {tag: risk, op: at_least, value: 70}]}",
        "{tag: mood, op: in, value: [good, bad]}",
        "{all: [{consent: marketing, is: granted}, {not: {consent: marketing}}]}",
        "{all: [{source: crm}, {bucket: {percent: 0.5, of: spring}}]}",
        "{any: [{account: {}}, {account: {kind: decision, role: buyer}}]}",
        "{held: {not: {event: bought, last: 7 days}}, for: 30 days}",
        "{held: {any: [{bucket: {percent: 5, of: a}}, {held: {event: bought}, for: 1 day}]},"
        " for: 2 hours}",
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
        ("{}", "condition: a condition has exactly one of all, any, not, trait, event, segment"),
        (
            "{event: bought, last: soon}",
            "condition.last: must be a time of up to 3660 days: '30 minutes', '12 hours',",
        ),
        (
            "{event: bought, last: 1 day, until: 2 days}",
            "condition.until: must be less than 'last'",
        ),
        ("{event: bought, last: 1 day, this: day}", "condition.this: a window is given by"),
        ("{event: bought, zone: UTC}", "condition.zone: 'zone' is for windows of the calendar"),
        (
            "{event: bought, this: day, zone: Asia/Shanghay}",
            "condition.zone: unknown time zone",
        ),
        ("{event: bought, source: crmm}", "condition.source: unknown source 'crmm'"),
        (
            "{event: bought, count: {at_least: 1}, sum: {property: amount, at_least: 1}}",
            "condition: asks one thing of events, not count and sum",
        ),
        ("{event: bought, sum: {at_least: 1}}", "condition.sum: 'property' is missing"),
        ("{event: bought, sum: {property: amount}}", "condition.sum: needs 'at_least' or"),
        (
            "{event: bought, sum: {property: amount, at_least: x}}",
            "condition.sum.at_least: expected",
        ),
        (
            "{event: bought, min: {property: sku, at_least: 1}}",
            "condition.min.property: needs a",
        ),
        ("{event: bought, then: []}", "condition.then: needs from one to 8 steps"),
        ("{event: bought, then: [{event: bought}]}", "condition.then[0]: 'within' is missing"),
        (
            "{event: bought, then: [{event: bought, within: 1 day, same: [colour]}]}",
            "condition.then[0].same[0]: 'colour' is no property of 'bought'",
        ),
        (
            "{event: bought, then: [{event: bought, within: 1 day, same: [[sku]]}]}",
            "condition.then[0].same[0]: expected text",
        ),
        (
            "{event: bought, regularly: {every: day, at_least: 1, of: 7, same: [sku]}}",
            "condition.regularly.same: expected text",
        ),
        (
            "{event: bought, then_not: {event: boght, within: 1 day}}",
            "condition.then_not.event: unknown event 'boght', did you mean 'bought'?",
        ),
        (
            "{event: bought, regularly: {every: day, at_least: 8, of: 7}}",
            "condition.regularly: 'at_least' must be from 1 to 7",
        ),
        (
            "{event: bought, regularly: {every: day, at_least: 8}}",
            "condition.regularly: 'of'",
        ),
        (
            "{event: bought, last: 1 day, regularly: {every: day, at_least: 1, of: 7}}",
            "condition.last: 'regularly' says itself of which time",
        ),
        ("{trait: tier, within_last: 3 days}", "condition.within_last: needs a date, not 'string'"),
        ("{trait: since, within_last: 3}", "condition.within_last: must be a time of up to"),
        ("{segment: grop}", "condition.segment: unknown segment 'grop', did you mean 'group'?"),
        ("{tag: vipp}", "condition.tag: unknown tag 'vipp', did you mean 'vip'?"),
        ("{tag: risk, value: 7}", "condition: 'op' is missing"),
        ("{tag: risk, op: at_least}", "condition: 'value' is missing"),
        ("{tag: risk, op: at_least, value: high}", "condition.value: expected a whole number"),
        ("{tag: vip, op: at_least, value: 1}", "condition.op: 'at_least' cannot be asked of type"),
        ("{tag: mood, op: equals, value: odd}", "condition.value: 'odd' is not a choice of 'mood'"),
        ("{tag: vip, last: 3 days}", "condition.last: unknown field 'last'"),
        (
            "{consent: marketng, is: granted}",
            "condition.consent: unknown purpose 'marketng', did you mean 'marketing'?",
        ),
        (
            "{consent: marketing, is: grantd}",
            "condition.is: unknown state of consent 'grantd', did you mean 'granted'?",
        ),
        ("{source: crn}", "condition.source: unknown source 'crn', did you mean 'crm'?"),
        ("{source: crm, event: bougt}", "condition.event: unknown event 'bougt', did you mean"),
        ("{source: crm, last: 1 day}", "condition.last: unknown field 'last'"),
        ("{bucket: {percent: 100, of: a}}", "condition.bucket.percent: 'percent' must be a number"),
        ("{bucket: {percent: .nan, of: a}}", "condition.bucket.percent: 'percent' must be"),
        ("{bucket: {percent: 10}}", "condition.bucket: 'of' must be a text"),
        ("{bucket: {percent: 10, of: ''}}", "condition.bucket.of: 'of' must be a text"),
        ("{bucket: 10}", "condition.bucket: expected a mapping, found a number"),
        ("{held: {event: bought}}", "condition: 'for' is missing"),
        ("{held: {event: bought}, for: long}", "condition.for: must be a time of up to 3660 days"),
        ("{held: {event: bought}, fro: 1 day}", "condition.fro: unknown field 'fro', did you mean"),
        (
            "{held: {event: bougt}, for: 1 day}",
            "condition.held.event: unknown event 'bougt', did you mean 'bought'?",
        ),
        ("{held: 3, for: 1 day}", "condition.held: expected a mapping, found a number"),
        (
            "{held: {all: [{event: bought}, {trait: tir, op: exists}]}, for: 1 day}",
            "condition.held.all[1].trait: unknown trait 'tir', did you mean 'tier'?",
        ),
        ("{not: {list: group}}", "condition.not.list: unknown list 'group'; known: none"),
        (
            "{account: {kind: decsion}}",
            "condition.account.kind: unknown kind of a link 'decsion', did",
        ),
        (
            "{account: {role: buyr}}",
            "condition.account.role: unknown role of a link 'buyr', did you",
        ),
        (
            "{account: {rule: x}}",
            "condition.account.rule: unknown field 'rule', did you mean 'role'",
        ),
        ("{account: acme}", "condition.account: expected a mapping, found text"),
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
    assert f"catalog.yaml:20 segments.group.{fault}" in raised.value.message


def test_a_key_given_twice_is_told_once() -> None:
    with pytest.raises(CatalogError) as raised:
        parse_catalog(HEAD + "{event: bought, event: bought}", "catalog.yaml")
    assert len(raised.value.problems) == 1


def test_a_segment_stands_where_it_is_named() -> None:
    text = HEAD + "{any: [{segment: rich}, {trait: name, op: exists}]}\n  rich:\n    condition: "
    catalog = parse_catalog(text + "{event: bought, last: 1 day}\n", "catalog.yaml")
    whole = {"any": [{"event": "bought", "last": "1 day"}, {"trait": "name", "op": "exists"}]}
    assert catalog.segments["group"].condition == whole


def test_a_segment_made_of_itself_is_refused() -> None:
    text = HEAD + "{segment: rich}\n  rich:\n    condition: {not: {segment: group}}\n"
    with pytest.raises(CatalogError) as raised:
        parse_catalog(text, "catalog.yaml")
    assert "segments.group: is made of itself: group → rich → group" in raised.value.message


def test_segments_that_double_at_each_step_are_refused() -> None:
    text = HEAD + "{any: [{segment: s0}, {segment: s0}]}\n"
    for number in range(12):
        twice = ", ".join([f"{{segment: s{number + 1}}}"] * 2)
        text += f"  s{number}:\n    condition: {{any: [{twice}]}}\n"
    text += "  s12:\n    condition: {event: bought}\n"
    with pytest.raises(CatalogError, match="has more than 1,000 tests"):
        parse_catalog(text, "catalog.yaml")


def test_segments_that_stand_in_each_other_without_end_are_refused() -> None:
    """Reading hundreds of levels would end in Python's own words."""
    forms = (
        ("{{segment: s{}}}", 1),
        ("{{not: {{segment: s{}}}}}", 2),
        ("{{any: [{{segment: s{}}}]}}", 2),
    )
    for form, levels in forms:
        assert parse_catalog(_chain(form, 60 // levels), "catalog.yaml").segments["s0"].condition
        for count in (60 // levels + 1, 300):
            with pytest.raises(CatalogError, match="is more than 60 deep"):
                parse_catalog(_chain(form, count), "catalog.yaml")


def _chain(form: str, count: int) -> str:
    """Each segment is made of the next one."""
    named = [f"  s{n}:\n    condition: {form.format(n + 1)}\n" for n in range(count)]
    last = f"  s{count}:\n    condition: {{event: bought}}\n"
    return f"{HEAD}{{event: bought}}\n{''.join(named)}{last}"


def test_how_deep_segments_are_does_not_depend_on_their_order() -> None:
    names = [f"  s{n}:\n    condition: {{segment: s{n + 1}}}\n" for n in range(61)]
    last = "  s61:\n    condition: {event: bought}\n"
    for some in (names, names[::-1]):
        with pytest.raises(CatalogError) as raised:
            parse_catalog(HEAD + "{event: bought}\n" + last + "".join(some), "catalog.yaml")
        assert [one.path for one in raised.value.problems] == ["segments.s0"]


def test_of_time_it_reads_what_it_looks_at() -> None:
    condition = (
        "{event: bought, source: crm, then: [{event: bought, within: 1 day, same: [sku]}],"
        " last: 1 day}"
    )
    catalog = parse_catalog(HEAD + condition, "catalog.yaml")
    assert coordinates_read(catalog.segments["group"].condition) == {
        "Customer.timeline",
        *(f"Bought.{name}" for name in ("name", "sku", "source", "occurredAt")),
    }
    summed = parse_catalog(HEAD + "{event: bought, sum: {property: amount, at_least: 1}}", "c")
    assert "Bought.amount" in coordinates_read(summed.segments["group"].condition)
    regular = "{event: bought, regularly: {every: day, at_least: 1, of: 2, same: sku}}"
    read = coordinates_read(parse_catalog(HEAD + regular, "c").segments["group"].condition)
    assert {"Bought.sku", "Bought.occurredAt"} <= read


OBJECTS = """
sources: {crm: {priority: 0}}
objects:
  product:
    tag: behaviour
    properties: {category: {type: string, tag: public}, cost: {type: float, tag: financial}}
events:
  bought:
    properties:
      sku: {type: string, tag: behaviour, refers: product, as: thing}
      gift: {type: string, tag: behaviour, refers: product, as: extra}
  looked: {properties: {sku: {type: string, tag: behaviour, refers: product}}}
segments:
  group:
    condition: """
OF_TEA = "{property: thing.category, op: equals, value: tea}"


@pytest.mark.parametrize(
    ("condition", "read"),
    [
        (
            f"{{event: bought, where: [{OF_TEA}]}}",
            {"Bought.name", "Bought.sku", "Product.category"},
        ),
        (
            "{event: bought, max: {property: extra.cost, at_least: 1}}",
            {"Bought.name", "Bought.gift", "Product.cost"},
        ),
        (
            "{event: looked, regularly: {every: day, at_least: 1, of: 2, same: product.category}}",
            {"Looked.name", "Looked.sku", "Looked.occurredAt", "Product.category"},
        ),
    ],
)
def test_of_an_object_it_reads_its_key_at_the_event_and_the_property(
    condition: str, read: set[str]
) -> None:
    catalog = parse_catalog(OBJECTS + condition, "catalog.yaml")
    whole = catalog.segments["group"].condition
    assert coordinates_read(whole, catalog) == {"Customer.timeline", *read}
    # Without the events it is a name that nobody may use.
    assert not coordinates_read(whole) <= everything(catalog).used


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "{event: bought, where: [{property: thing.categry, op: exists}]}",
            "unknown property 'thing.categry', did you mean 'thing.category'?",
        ),
        (
            "{event: bought, where: [{property: thing.cost, op: starts_with, value: a}]}",
            "'starts_with' cannot be asked of type 'float'",
        ),
        (
            "{event: bought, sum: {property: thing.category, at_least: 1}}",
            "needs a number, not 'string'",
        ),
        (
            "{event: looked, then: [{event: bought, within: 1 day, same: [product.cost]}]}",
            "'product.cost' is no property of 'bought'",
        ),
    ],
)
def test_what_an_object_does_not_have_is_refused(condition: str, message: str) -> None:
    with pytest.raises(CatalogError) as raised:
        parse_catalog(OBJECTS + condition, "catalog.yaml")
    assert message in raised.value.message


def test_a_draft_looks_at_no_object_that_its_author_may_not_use() -> None:
    catalog = parse_catalog(OBJECTS + "{event: bought}", "catalog.yaml")
    draft = '{"event": "bought", "where": [{"property": "thing.category", "op": "exists"}]}'
    every = everything(catalog).used
    assert read_draft(draft, catalog, Visibility(used=every)).whole
    for hidden in ("Product.category", "Bought.sku"):
        with pytest.raises(ConditionInvalid, match=r"unknown property 'thing\.category'"):
            read_draft(draft, catalog, Visibility(used=every - {hidden}))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("{trait: tier, op: exists}", True),
        ("{all: [{trait: tier, op: exists}, {not: {trait: points, op: missing}}]}", True),
        ("{any: [{trait: tier, op: exists}, {event: bought}]}", False),
        ("{not: {trait: since, within_last: 3 days}}", False),
    ],
)
def test_what_tests_traits_alone_looks_at_no_event_and_no_clock(
    condition: str, expected: bool
) -> None:
    segment = parse_catalog(HEAD + condition, "catalog.yaml").segments["group"]
    assert is_of_traits(segment.condition) is expected


def test_a_condition_on_facts_reads_what_shows_them() -> None:
    parts = "{tag: vip}, {consent: marketing}, {source: crm}, {bucket: {percent: 1, of: a}}"
    condition = parse_catalog(HEAD + f"{{all: [{parts}]}}", "c").segments["group"].condition
    assert not is_of_traits(condition)
    assert coordinates_read(condition) == {
        "Customer.tags",
        "CustomerTags.vip",
        "Customer.consents",
        "Consent.purpose",
        "Consent.status",
        "Customer.records",
        "SourceRecord.source",
    }


def test_what_is_held_tells_when_its_events_were() -> None:
    condition = "{held: {all: [{event: bought}, {bucket: {percent: 5, of: a}}]}, for: 1 day}"
    held = parse_catalog(HEAD + condition, "catalog.yaml").segments["group"].condition
    timeline = {"Customer.timeline", "Bought.name", "Bought.occurredAt"}
    assert coordinates_read(held) == timeline
    assert not is_of_traits(held)


def test_what_profiles_tell_may_be_held() -> None:
    text = HEAD + "{held: {not: {segment: rich}}, for: 1 day}\n  rich:\n    condition: "
    catalog = parse_catalog(text + "{trait: points, op: at_least, value: 9}\n", "catalog.yaml")
    rich = {"trait": "points", "op": "at_least", "value": 9}
    assert catalog.segments["group"].condition == {"held": {"not": rich}, "for": "1 day"}
    assert past_kept(catalog) == {"points"}


HELD = "{held: {any: [{tag: vip}, {consent: marketing}, {source: crm}, {list: group}]}, for: 1 day}"


def test_of_what_the_catalog_asks_the_past_is_kept() -> None:
    listed = HELD + "\n  group:\n    condition: {list: group}\n"
    catalog = parse_catalog(HEAD.replace("group:", "long:") + listed, "catalog.yaml")
    assert past_kept(catalog) == {"tag:vip", "consent:marketing", "sources:", "tag:list:group"}
    told = everything(catalog)
    for condition in ({"tag": "vip"}, {"not": {"source": "crm"}}, {"list": "group"}):
        read_draft(json.dumps({"held": condition, "for": "2 days"}), catalog, told)
    held = {"held": {"trait": "points", "op": "exists"}, "for": "2 days"}
    with pytest.raises(ConditionInvalid) as refused:
        read_draft(json.dumps(held), catalog, told)
    assert str(refused.value) == (
        "held.trait: of this trait no past is kept: no segment of the catalog asks for it"
    )
    rich = {"rich": SegmentDefinition("rich", held["held"])}
    named = {"held": {"segment": "rich"}, "for": "2 days"}
    for one in (held, named):
        made = with_saved(catalog, {**rich, "mine": SegmentDefinition("mine", one)})
        assert made.segments.keys() - catalog.segments.keys() == {"rich"}


def test_not_many_are_held_in_each_other() -> None:
    """Each asks the one in it at every moment."""
    twice = "{held: {held: {event: bought, last: 1 day}, for: 1 day}, for: 1 day}"
    assert parse_catalog(HEAD + twice, "catalog.yaml").segments
    thrice = f"{{held: {{not: {twice}}}, for: 1 day}}"
    named = f"{{held: {{not: {{segment: inner}}}}, for: 1 day}}\n  inner:\n    condition: {twice}"
    for text, path in ((thrice, "segments.group.condition.held.not.held.held"), (named, None)):
        with pytest.raises(CatalogError) as raised:
            parse_catalog(HEAD + text, "catalog.yaml")
        (problem,) = raised.value.problems
        assert problem.message == "at most 2 'held' may stand in each other"
        assert path is None or path.startswith(problem.path)


def test_a_segment_is_a_list_where_its_condition_is_its_own() -> None:
    text = HEAD + "{list: group}\n  others:\n    condition: "
    catalog = parse_catalog(text + "{not: {segment: group}}\n", "catalog.yaml")
    assert catalog.segments["others"].condition == {"not": {"list": "group"}}
    assert coordinates_read(catalog.segments["others"].condition) == {"Customer.segments"}
    with pytest.raises(CatalogError, match="unknown list 'grop', did you mean 'group'"):
        parse_catalog(text + "{list: grop}\n", "catalog.yaml")


def test_of_accounts_it_reads_what_shows_what_it_asks() -> None:
    condition = "{not: {account: {kind: decision}}}"
    held = parse_catalog(HEAD + condition, "catalog.yaml").segments["group"].condition
    assert coordinates_read(held) == {"Customer.accounts", "AccountLink.kind"}


PRESENT = """
sources: {crm: {priority: 0}}
objects:
  store:
    tag: public
    properties: {city: {type: string, tag: public}, opened: {type: date, tag: public}}
traits: {shop: {type: string, tag: public, refers: store}}
accounts: {kinds: {member: {}}, traits: {tier: {type: string, tag: public}}}
segments:
  asked: {condition: %s}
"""


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"trait": "store.city", "op": "missing"},
            "of what a trait refers to the present alone is known",
        ),
        (
            {"trait": "store.opened", "within_last": "3 days"},
            "of what a trait refers to the present alone is known",
        ),
        (
            {"account": {"kind": "member", "where": {"trait": "tier", "op": "exists"}}},
            "of an account the present alone is known",
        ),
    ],
)
def test_of_what_has_no_past_nobody_asks_for_how_long_it_has_been_so(
    asked: dict[str, object], message: str
) -> None:
    """Not the catalog, a draft or what people saved, nor by the name of a segment."""
    text = PRESENT % json.dumps(asked)
    catalog = parse_catalog(text, "catalog.yaml")
    told = everything(catalog)
    for inner in (asked, {"segment": "asked"}):
        held = {"held": {"all": [{"not": inner}]}, "for": "1 day"}
        nested = {"held": {"not": held}, "for": "1 day"}
        for one in (held, nested):
            with pytest.raises(CatalogError, match=message):
                parse_catalog(f"{text}  long: {{condition: {json.dumps(one)}}}\n", "catalog.yaml")
            with pytest.raises(ConditionInvalid, match=message):
                read_draft(json.dumps(one), catalog, told)
            saved = {"mine": SegmentDefinition("mine", one)}
            assert with_saved(catalog, saved).segments.keys() == {"asked"}
    people = {
        "part": SegmentDefinition("part", {"any": [asked]}),
        "whole": SegmentDefinition("whole", {"held": {"segment": "part"}, "for": "1 day"}),
    }
    assert with_saved(catalog, people).segments.keys() == {"asked", "part"}


@pytest.mark.parametrize(
    "given",
    [
        {"event": "bought", "where": None},
        {"event": "bought", "then": [{"event": "bought", "within": "1 day", "same": None}]},
        {"event": "bought", "regularly": {"every": "day", "at_least": 3, "of": 3, "same": None}},
        {"event": "bought", "last": None, "sum": None, "then_not": None},
        {"account": {"kind": "decision", "where": None}},
        {"held": {"account": {"kind": "decision", "where": None}}, "for": "1 day"},
    ],
)
def test_what_is_null_is_as_if_left_out(given: dict[str, object]) -> None:
    """Also in what people saved already: else it would be read by nobody, and stop segment."""
    catalog = parse_catalog(HEAD + json.dumps(given), "catalog.yaml")
    told = everything(catalog)
    wrote = read_draft(json.dumps(given), catalog, told).wrote
    assert "null" not in json.dumps(wrote)
    assert catalog.segments["group"].condition == wrote
    made = with_saved(catalog, {"mine": SegmentDefinition("mine", given)})
    assert made.segments["mine"].condition == wrote
    assert coordinates_read(wrote) <= told.used
