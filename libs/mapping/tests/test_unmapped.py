"""Of which identifiers a row has values that no mapping reads, by the names of its columns."""

from __future__ import annotations

import tracemalloc
from collections import Counter

from c360_mapping.mapping import parse_mapping
from c360_mapping.paths import path, paths_in
from c360_mapping.unmapped import UnmappedIdentifiers, plain_name
from hypothesis import given
from hypothesis import strategies as st

TYPES = ("phone", "email", "member_card")
RECORDS = (
    "format: jsonl\nkind: records\nkey: id\nobservedAt: at\n"
    "identifiers: {email: 'contacts[].email'}\ntraits: {phone: buyer.phone}\n"
)
_NAMES = st.sampled_from(["id", "phone", "E-Mail", "email", "memberCard", "buyer", "contacts", "x"])
_LEAF = st.none() | st.text(max_size=2) | st.integers(0, 3)
_CELLS = st.recursive(
    st.dictionaries(_NAMES, _LEAF, max_size=4),
    lambda inner: st.dictionaries(_NAMES, _LEAF | inner | st.lists(_LEAF | inner, max_size=3)),
    max_leaves=12,
)


def _told(row, text=RECORDS, types=TYPES) -> Counter:
    return Counter(UnmappedIdentifiers(types, [parse_mapping(text)]).types_in(row))


def test_what_is_mapped_for_anything_is_not_told():
    row = {"buyer": {"phone": "1"}, "contacts": [{"email": "a"}, {"email": "b", "E-Mail": "c"}]}
    assert _told({**row, "phone": "2", "Member Card": 3}) == {
        "email": 1, "phone": 1, "member_card": 1
    }  # fmt: skip


def test_what_is_empty_or_of_answers_is_not_told():
    assert not _told({"phone": "", "email": None, "member_card": []})
    consents = "format: csv\nkind: consents\nkey: id\npurpose: p\nstatus: s\nat: {column: at}\n"
    assert not _told({"phone": "1"}, consents)


@given(_CELLS)
def test_it_is_every_value_at_a_path_of_that_name_that_the_mapping_has_not(row):
    mapped = {one.name for one in parse_mapping(RECORDS).named()}
    names = {plain_name(one): one for one in TYPES}
    expected: Counter[str] = Counter()
    for one in set(paths_in(row)) - mapped:
        values = [
            v for v in path(one)(row) if v not in (None, "") and not isinstance(v, dict | list)
        ]
        type_ = names.get(plain_name(one.replace("[]", "").rpartition(".")[2]))
        if type_:
            expected[type_] += len(values)
    assert _told(row) == +expected


def test_names_without_end_take_no_memory_without_end():
    unmapped = UnmappedIdentifiers(TYPES, [parse_mapping(RECORDS)])
    tracemalloc.start()
    try:
        for number in range(20_000):
            found = list(unmapped.types_in({"prices": {f"day {number}": 1}, "phone": "1"}))
            assert found == ["phone"]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 500_000
