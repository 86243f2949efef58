"""Spellings of one value are one value in the golden profile; what is no synonym stays."""

from __future__ import annotations

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.record import RecordKey
from c360_profile.domain.basis import basis_of
from c360_profile.domain.golden import GoldenRules
from c360_profile.domain.revision import Revision

CATALOG = parse_catalog(
    """
sources:
  crm: {priority: 0}
traits:
  gender:
    type: string
    tag: public
    survivorship: most_frequent
    synonyms: {male: [男, M], female: [女]}
segments:
  men: {condition: {trait: gender, op: equals, value: M}}
""",
    "test",
)
RULES = GoldenRules(CATALOG, Normalizers(CATALOG).normalize)


def golden(*values: str) -> object:
    records = [
        (RecordKey("crm", str(n)), Revision(1, "0" * 30, 1_000 + n, False, {"gender": value}))
        for n, value in enumerate(values)
    ]
    return RULES.traits(records)["gender"]


def test_spellings_count_as_what_they_stand_for() -> None:
    assert golden("男", "M", "女") == "male"
    assert golden("女") == "female"


def test_what_is_no_synonym_stays_as_it_is_written() -> None:
    assert golden("divers") == "divers"


def test_a_condition_compares_with_what_is_stored() -> None:
    assert CATALOG.segments["men"].condition["value"] == "male"


def test_case_does_not_count_unless_a_spelling_says_so() -> None:
    assert golden("m", "MALE", "女") == "male"
    text = "sources: {crm: {priority: 0}}\ntraits: {city: {type: string, tag: city, synonyms: %s}}"
    city = parse_catalog(text % "{Bonn: [B], Berlin: [b, BLN]}", "test").traits["city"]
    spelt = [city.canonical(one) for one in ("B", "b", "bln", "BERLIN", "bonn", "Ulm")]
    assert spelt == ["Bonn", "Berlin", "Berlin", "Berlin", "Bonn", "Ulm"]


WORDS = """
sources: {crm: {priority: 0}}
gazetteers:
  streets: |
    word,synonyms
    Street,St
traits:
  address: {type: string, tag: address%s}
"""


def test_words_have_their_standard_form_and_the_record_keeps_what_was_written() -> None:
    catalog = parse_catalog(WORDS % ", words: streets", "test")
    said = Revision(1, "0" * 30, 1_000, False, {"address": "12 Main St."})
    rules = GoldenRules(catalog, Normalizers(catalog).normalize)
    assert rules.traits([(RecordKey("crm", "1"), said)])["address"] == "12 Main Street"
    assert said.traits["address"] == "12 Main St."


def test_who_gives_a_trait_words_has_customers_folded_again() -> None:
    assert basis_of(parse_catalog(WORDS % ", words: streets", "test")) != basis_of(
        parse_catalog(WORDS % "", "test")
    )
