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
classifications:
  health: {}
  mood: {}
""",
    "catalog.yaml",
)
PLACES = (
    "Profile.phone", "RecordTraits.phone", "TraitsInput.phone", "Profile.bloodGroup",
    "RecordTraits.bloodGroup", "Identifiers.phone", "Identifiers.memberCard",
    "IdentifierType.PHONE", "OrderCompleted.name", "OrderCompleted.source",
    "OrderCompleted.amount", "OrderCompleted.note", "SourceRecord.source",
    "TraitProvenance.source", "Consent.purpose", "Segment.name",
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


def test_a_segment_is_told_to_whom_all_that_it_reads_may_tell():
    reads = "Profile.bloodGroup"
    assert told("Segment.name", used=[reads]) == {"segment some"}
    assert told("Segment.name", reads) == {"trait bloodGroup", "tag health"}
    assert told(reads, used=[reads]) == {"trait bloodGroup", "tag health"}


@given(st.sets(st.sampled_from(PLACES)), st.sets(st.sampled_from(PLACES)))
def test_who_reads_more_is_told_no_less(some, others):
    assert told(*some) <= told(*some, *others)
