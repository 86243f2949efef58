"""Of a catalog somebody is told what may be read in at least one place, and no other name."""

from c360_gateway.policy.readable_catalog import readable_catalog
from c360_kernel.catalog.loader import parse_catalog
from hypothesis import given
from hypothesis import strategies as st

CATALOG = parse_catalog(
    """
identifiers:
  phone: {normalizer: phone, tier: 2, tag: phone}
  member_card: {normalizer: card, tier: 1, tag: public}
traits:
  phone: {type: string, tag: phone, identifier: phone}
  bloodGroup: {type: string, tag: health, choices: [A, B]}
events:
  order_completed:
    properties:
      amount: {type: float, tag: financial}
      note: {type: string, tag: mood}
sources:
  crm: {priority: 0}
purposes:
  marketing: {}
segments:
  some: {condition: {trait: bloodGroup, op: exists}}
objects:
  product: {tag: sku, properties: {price: {type: float, tag: financial}}}
accounts:
  identifiers: {tax_number: {normalizer: token, tier: 1, tag: public}}
  traits: {taxNumber: {type: string, tag: vat, identifier: tax_number}}
  kinds: {member: {}}
  roles: {champion: {}}
  computed: {most: {over: members, kind: unique_list, trait: bloodGroup, tag: vat}}
classifications:
  health: {}
  mood: {}
  sku: {}
  vat: {}
""",
    "catalog.yaml",
)
PLACES = (
    "Profile.phone", "RecordTraits.phone", "TraitsInput.phone", "Profile.bloodGroup",
    "RecordTraits.bloodGroup", "Identifiers.phone", "Identifiers.memberCard",
    "IdentifierType.PHONE", "OrderCompleted.name", "OrderCompleted.source",
    "OrderCompleted.amount", "OrderCompleted.note", "SourceRecord.source",
    "TraitProvenance.source", "Consent.purpose", "Segment.name", "Product.key", "Product.price",
    "AccountIdentifiers.taxNumber", "AccountProfile.taxNumber", "AccountTraitsInput.taxNumber",
    "AccountLink.kind", "AccountLink.role", "AccountRollUps.most",
)  # fmt: skip


def told(*places, used=()):
    """Every name that is told to whom these places are shown, and those are used for."""
    found = readable_catalog(CATALOG, places.__contains__, used.__contains__)
    names = [
        *(f"identifier {name}" for name in found.identifiers),
        *(f"trait {name}" for name in found.traits),
        *(f"trait of {one.identifier}" for one in found.traits.values() if one.identifier),
        *(f"event {name}" for name in found.events),
        *(f"property {name}" for one in found.events.values() for name in one.properties),
        *(f"source {name}" for name in found.sources),
        *(f"purpose {name}" for name in found.purposes),
        *(f"segment {name}" for name in found.segments),
        *(f"tag {name}" for name in found.classifications),
        *(f"object {name}" for name in found.objects),
        *(f"property {name}" for one in found.objects.values() for name in one.properties),
        *(f"account identifier {name}" for name in found.accounts.identifiers),
        *(f"account trait {name}" for name in found.accounts.traits),
        *(f"of {one.identifier}" for one in found.accounts.traits.values() if one.identifier),
        *(f"kind {name}" for name in found.accounts.kinds),
        *(f"role {name}" for name in found.accounts.roles),
        *(f"roll-up {name}" for name in found.accounts.computed),
    ]
    return set(names)


def test_one_place_is_enough_and_none_is_not():
    assert told() == set()
    assert told("Profile.phone") == told("RecordTraits.phone") == {"trait phone"}
    assert told("TraitsInput.phone", "IdentifierType.PHONE") == set()
    assert told("Identifiers.memberCard") == {"identifier member_card"}
    assert told("Consent.purpose") == {"purpose marketing"}
    assert told("SourceRecord.source") == told("TraitProvenance.source") == {"source crm"}


def test_an_event_is_told_by_its_name_or_by_what_is_read_of_it():
    assert told("OrderCompleted.name") == {"event order_completed"}
    assert told("OrderCompleted.amount") == {"event order_completed", "property amount"}
    assert told("OrderCompleted.source") == {"source crm"}


def test_what_an_entry_refers_to_is_named_where_it_is_told_itself():
    assert told("Profile.phone", "Identifiers.phone") == {
        "trait phone",
        "identifier phone",
        "trait of phone",
    }
    assert told("Profile.bloodGroup") == {"trait bloodGroup", "tag health"}
    assert "tag mood" in told("OrderCompleted.note")


def test_an_object_is_told_by_its_key_or_by_what_is_read_of_it():
    assert told("Product.key") == {"object product", "tag sku"}
    assert told("Product.price") == {"object product", "property price", "tag sku"}


def test_of_accounts_is_told_what_is_read_of_them():
    number, trait = "AccountIdentifiers.taxNumber", "AccountProfile.taxNumber"
    assert told("AccountTraitsInput.taxNumber") == set()
    assert told(trait) == {"account trait taxNumber", "tag vat"}
    assert told(number, trait) - told(trait) == {"account identifier tax_number", "of tax_number"}
    assert told("AccountLink.kind") == {"kind member"}
    assert told("AccountLink.role") == {"role champion"}
    assert told("AccountRollUps.most") == {"roll-up most", "tag vat", "tag health"}


def test_a_segment_is_told_to_whom_all_that_it_reads_may_tell():
    reads = "Profile.bloodGroup"
    assert told("Segment.name", used=[reads]) == {"segment some"}
    assert told("Segment.name", reads) == {"trait bloodGroup", "tag health"}
    assert told(reads, used=[reads]) == {"trait bloodGroup", "tag health"}


@given(st.sets(st.sampled_from(PLACES)), st.sets(st.sampled_from(PLACES)))
def test_who_reads_more_is_told_no_less(some, others):
    assert told(*some) <= told(*some, *others)
