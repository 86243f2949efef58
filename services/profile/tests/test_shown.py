"""What is remembered of a value says what judging it anew says."""

from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.catalog.normalizers import Normalizers
from c360_profile.domain.shown import Shown
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
""",
    "catalog.yaml",
)
TRAITS = tuple(CATALOG.traits.values())
NORMALIZE = Normalizers(CATALOG).normalize
# Equal ones, of other types or signs, are what a memory would take for each other.
VALUES = ["", " ", "金", "gold", "x" * 200, "13800138000", "+1 202 555 0143", 0.0, -0.0, 0, False]


@given(st.lists(st.tuples(st.sampled_from(TRAITS), st.sampled_from(VALUES), st.sampled_from("CU"))))
def test_a_memory_changes_nothing(asked):
    kept = Shown(CATALOG.traits, NORMALIZE)
    for trait, raw, letter in asked:
        region = {"C": "CN", "U": "US"}[letter]
        anew = Shown(CATALOG.traits, NORMALIZE).value(trait, raw, region)
        assert repr(kept.value(trait, raw, region)) == repr(anew)


def test_a_text_is_judged_once():
    asked = []

    def normalize(identifier, region):
        asked.append((identifier.value, region))
        return NORMALIZE(identifier, region)

    shown = Shown(CATALOG.traits, normalize)
    for region in ("CN", "CN", "US", "US"):
        shown.value(CATALOG.traits["phone"], "13800138000", region)
    assert asked == [("13800138000", "CN"), ("13800138000", "US")]
