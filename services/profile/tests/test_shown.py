"""What is remembered of a value says what judging it anew says."""

import math

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_profile.domain.shown import Shown, _judged
from hypothesis import given
from hypothesis import strategies as st

CATALOG = parse_catalog(
    """
identifiers:
  phone: {tier: 1, normalizer: phone, tag: phone}
sources:
  crm: {priority: 0}
traits:
  phone: {type: string, tag: phone, identifier: phone}
  name: {type: string, tag: name, longest: 4}
  tier: {type: string, tag: public, ignoreEmpty: false, synonyms: {gold: [金]}}
  spend: {type: float, tag: public}
  vip: {type: boolean, tag: public}
  points: {type: int, tag: public}
  visits: {type: int, tag: public, minimum: 0, maximum: 9}
  score: {type: float, tag: public, minimum: 0.5}
  tries: {type: float, tag: public, maximum: 3}
""",
    "catalog.yaml",
)
TRAITS = tuple(CATALOG.traits.values())
NORMALIZE = Normalizers(CATALOG).normalize
# Equal ones, of other types or signs, are what a memory would take for each other.
VALUES = ["", " ", "金", "gold", "x" * 200, "13800138000", "+1 202 555 0143", 0.0, -0.0, 0, False]
NUMBERS = st.integers(-2, 12) | st.floats(-2, 12) | st.sampled_from([math.inf, -math.inf, math.nan])


@given(st.lists(st.tuples(st.sampled_from(TRAITS), st.sampled_from(VALUES), st.sampled_from("CU"))))
def test_a_memory_changes_nothing(asked):
    kept = Shown(CATALOG.traits, NORMALIZE)
    for trait, raw, letter in asked:
        region = {"C": "CN", "U": "US"}[letter]
        anew = Shown(CATALOG.traits, NORMALIZE).value(trait, raw, region)
        assert repr(kept.value(trait, raw, region)) == repr(anew)


@given(st.sampled_from(TRAITS), st.sampled_from(VALUES) | NUMBERS, st.sampled_from(["CN", "US"]))
def test_what_is_shown_at_once_is_what_is_judged(trait, raw, region):
    judged = _judged(CATALOG.traits, NORMALIZE, trait.name, raw, region)
    shown = Shown(CATALOG.traits, NORMALIZE)
    assert repr(shown.value(trait, raw, region)) == repr(judged)
    if shown.is_as_written(trait.name, raw):
        assert judged == raw


def test_a_text_is_judged_once():
    asked = []

    def normalize(identifier, region):
        asked.append((identifier.value, region))
        return NORMALIZE(identifier, region)

    shown = Shown(CATALOG.traits, normalize)
    for region in ("CN", "CN", "US", "US"):
        shown.value(CATALOG.traits["phone"], "13800138000", region)
    assert asked == [("13800138000", "CN"), ("13800138000", "US")]
