"""What a catalog says of each coordinate that it makes: all of them, and no others."""

import pytest
from c360_kernel.catalog.loader import parse_catalog
from c360_policy.schema.catalog_tags import catalog_tags, computed_of, union
from hypothesis import given
from hypothesis import strategies as st

CATALOG = """
classifications: {card: {}, debt: {}, tier: {}}
sources: {crm: {priority: 1}}
identifiers:
  member_card: {tier: 1, normalizer: token, tag: card}
traits:
  loyaltyTier: {type: string, tag: TAG, survivorship: latest}
events:
  order_completed:
    properties:
      amount: {type: float, tag: financial}
      sku: {type: string, tag: public}
      card: {type: string, tag: card}
  order_returned:
    properties:
      amount: {type: float, tag: debt}
      sku: {type: int, tag: public}
accounts:
  identifiers: {tax_card: {tier: 1, normalizer: token, tag: card}}
  traits: {yearlyDebt: {type: int, tag: debt}}
"""


@pytest.mark.parametrize("tag", ["tier", "public"])
def test_each_coordinate_of_a_catalog_has_its_tag(tag):
    trait = frozenset() if tag == "public" else frozenset({tag})
    assert catalog_tags(parse_catalog(CATALOG.replace("TAG", tag), "c")) == {
        "SourceRecord.key": {"record_key"},
        "Profile.loyaltyTier": trait,
        "RecordTraits.loyaltyTier": trait,
        "TraitsInput.loyaltyTier": trait,
        "CustomerFilter.loyaltyTier": trait,
        "CustomerOrderField.LOYALTY_TIER": trait,
        "Identifiers.memberCard": {"card"},
        "IdentifierType.MEMBER_CARD": {"card"},
        "IdentifierInputType.MEMBER_CARD": {"card"},
        "IdentifiersFilter.memberCard": {"card"},
        "IdentifierInput.type": frozenset(),
        "IdentifierInput.value": frozenset(),
        "OrderCompleted.messageId": {"record_key"},
        "OrderCompleted.occurredAt": frozenset(),
        "OrderCompleted.amount": {"financial"},
        "OrderCompleted.sku": frozenset(),
        "OrderReturned.messageId": {"record_key"},
        "OrderReturned.occurredAt": frozenset(),
        "OrderReturned.amount": {"debt"},
        "OrderReturned.sku": frozenset(),
        "TimelineFilter.amount": frozenset(),
        "TimelineFilter.card": {"card"},
        "EventPropertiesInput.amount": frozenset(),
        "EventPropertiesInput.sku": frozenset(),
        "EventPropertiesInput.card": {"card"},
        "OrderCompleted.card": {"card"},
        "AccountRecord.key": {"record_key"},
        "AccountIdentifiers.taxCard": {"card"},
        "AccountIdentifierInput.type": frozenset(),
        "AccountIdentifierInput.value": frozenset(),
        "AccountProfile.yearlyDebt": {"debt"},
        "AccountTraitsInput.yearlyDebt": {"debt"},
        "AccountFilter.yearlyDebt": {"debt"},
        "AccountOrderField.YEARLY_DEBT": {"debt"},
        **{
            f"{owner}.{name}": {"account_link"}
            for owner in ("AccountLink", "AccountLinkInput")
            for name in ("role", "title", "influence", "attitude")
        },
    }


tagged = st.dictionaries(st.sampled_from("abcd"), st.frozensets(st.sampled_from("xyz")))


@given(tagged, tagged)
def test_what_either_tags_carries_the_tags_of_both(one, other):
    both = union(one, other)
    assert both.keys() == one.keys() | other.keys()
    for name, tags in both.items():
        assert tags == one.get(name, frozenset()) | other.get(name, frozenset())


COMPUTING = """
sources: {crm: {priority: 0}}
traits: {tier: {type: string, tag: name}}
events:
  bought: {properties: {amount: {type: float, tag: financial}, shop: {type: string, tag: city}}}
computed:
  purchases: {kind: count, event: bought, tag: behaviour}
  spent:
    kind: sum
    event: bought
    property: amount
    where: {not: {property: shop, op: equals, value: x}}
    tag: financial
lifecycle:
  stage:
    tag: name
    stages:
      - {stage: rich, when: {all: [{trait: spent, op: exists}, {not: {trait: tier, op: exists}}]}}
segments:
  big_spenders:
    condition: {any: [{trait: spent, op: at_least, value: 9}, {trait: tier, op: exists}]}
  counted: {condition: {all: [{event: bought}, {trait: tier, op: exists}]}}
"""


def test_what_computes_traits_is_named_with_all_that_it_reads():
    found = computed_of(parse_catalog(COMPUTING, "test"))
    of_spent = ("Bought.amount", "Bought.shop")
    assert found["Profile.spent"] == found["CustomerFilter.spent"] == of_spent
    assert found["CustomerOrderField.SPENT"] == of_spent
    assert set(found["Profile.stage"]) == {*of_spent, "Profile.spent", "Profile.tier"}
    assert "Profile.purchases" not in found


RULED = (
    COMPUTING
    + """
purposes: {offers: {}}
tags:
  vip: {type: flag, tag: public}
  keen:
    type: flag
    tag: name
    rule:
      when: {all: [{trait: spent, op: exists}, {consent: offers}, {tag: vip}]}
      reason: Buys
"""
)


def test_a_tag_that_a_rule_gives_carries_what_the_rule_reads_where_it_is_shown():
    catalog = parse_catalog(RULED, "test")
    tags, parts = catalog_tags(catalog), computed_of(catalog)
    for place in ("CustomerTags.keen", "TagsFilter.keen"):
        assert tags[place] == {"name", "financial", "city"}
        assert {"Profile.spent", "Bought.amount", "Customer.consents", "CustomerTags.vip"} <= set(
            parts[place]
        )
    assert tags["TagsInput.keen"] == {"name"}
    assert "TagsInput.keen" not in parts
    assert "CustomerTags.vip" not in parts


ROLLING_UP = (
    COMPUTING
    + """
accounts:
  identifiers: {number: {normalizer: token, tier: 1, tag: public}}
  events: {bought: {property: company}}
  computed:
    people: {over: members, kind: count, tag: account_link}
    mostSpent:
      over: members
      kind: max
      trait: spent
      where: {trait: tier, op: exists}
      tag: financial
    revenue: {kind: sum, event: bought, property: amount, tag: financial}
"""
).replace("tag: city}}}", "tag: city}, company: {type: string, tag: employment}}}")


def test_what_accounts_come_to_carries_the_tags_of_all_that_it_reads():
    found = catalog_tags(parse_catalog(ROLLING_UP, "test"))
    assert found["AccountRollUps.people"] == {"account_link"}
    assert found["AccountRollUpReasons.people"] == {"account_link"}
    assert found["AccountRollUps.mostSpent"] == {"account_link", "financial", "city", "name"}
    assert found["AccountRollUps.revenue"] == {"account_link", "financial", "employment"}


def test_what_accounts_come_to_is_named_with_all_that_it_reads():
    found = computed_of(parse_catalog(ROLLING_UP, "test"))
    assert set(found["AccountRollUps.mostSpent"]) == {
        "Profile.spent", "Profile.tier", "Bought.amount", "Bought.shop",
    }  # fmt: skip
    assert found["AccountRollUps.revenue"] == ("Bought.amount", "Bought.company")
    assert found["AccountRollUpReasons.revenue"] == ("Bought.amount", "Bought.company")
    assert "AccountRollUps.people" not in found


def test_what_filters_by_a_segment_carries_the_tags_of_all_that_it_reads():
    found = catalog_tags(parse_catalog(COMPUTING, "test"))
    assert found["SegmentsFilter.bigSpenders"] == {"financial", "city", "name"}
    assert "SegmentsFilter.counted" not in found


def test_what_filters_by_a_segment_is_named_with_what_shows_and_compares_what_it_tests():
    found = computed_of(parse_catalog(COMPUTING, "test"))
    tested = {
        f"{kind}.{one}" for kind in ("Profile", "CustomerFilter") for one in ("spent", "tier")
    }
    assert set(found["SegmentsFilter.bigSpenders"]) == tested | {"Bought.amount", "Bought.shop"}
