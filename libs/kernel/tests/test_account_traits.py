"""What holds of the traits of an account, whatever was said first."""

import random

from c360_kernel.accounts.golden import account_rules
from c360_kernel.accounts.said import account_said, held_traits
from c360_kernel.catalog.loader import parse_catalog
from c360_kernel.payload import AccountUpserted
from c360_kernel.record import RecordKey
from c360_kernel.revisions import may_hold
from hypothesis import given, settings
from hypothesis import strategies as st

CATALOG = parse_catalog(
    """
sources: {crm: {priority: 0}, erp: {priority: 1}, old: {priority: 2, trust: 0}}
accounts:
  traits:
    name: {type: string, tag: public, survivorship: source_priority, synonyms: {Tea: [tee]}}
    employees: {type: int, tag: public}
    labels: {type: strings, tag: public, survivorship: union}
""",
    "catalog.yaml",
)
RECORD = RecordKey("erp", "a")


def stamp_of(number):
    return f"{number:012x}{0:04x}{'0' * 12}"


def upserted(number, *, named=None, deleted=False, own=True, **traits):
    told = RECORD, number, 9, deleted
    return AccountUpserted(*told, traits=traits, named=named, own=own)


STATES = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from([None, ("traits.name",), ("traits.name", "traits.employees")]),
        st.booleans(),
        st.fixed_dictionaries(
            {}, optional={"name": st.sampled_from("AB"), "employees": st.integers(3, 4)}
        ),
        st.integers(1, 30),
    ),
    max_size=8,
    unique_by=lambda one: one[-1],
)


def plainly(told):
    """Each trait by the last of those that say something of it: by number, then first said."""
    firsts = {}
    for stamp, one in sorted(told, key=lambda pair: pair[0]):
        said = one.named, one.deleted, sorted(one.traits.items())
        firsts.setdefault((one.revision, repr(said)), (one.revision, stamp, one))
    in_order = sorted(firsts.values(), key=lambda one: one[:2])
    if not in_order or in_order[-1][2].deleted:
        return None
    found = {}
    for _, _, one in in_order:
        named = one.named or ("traits.name", "traits.employees")
        for part in named:
            name = part.removeprefix("traits.")
            found.pop(name, None)
            if name in one.traits:
                found[name] = one.traits[name]
    return found


@settings(max_examples=300, deadline=None)
@given(drawn=STATES, seed=st.integers(0, 2**16))
def test_each_trait_is_what_is_said_last_whatever_came_first(drawn, seed):
    told = []
    for number, named, deleted, traits, stamp in drawn:
        gone = deleted and named is None
        kept = {n: v for n, v in traits.items() if named is None or f"traits.{n}" in named}
        said = upserted(number, named=named, deleted=gone, **({} if gone else kept))
        told.append((stamp_of(stamp), said))
    random.Random(seed).shuffle(told)
    kept = []
    for stamp, one in told:
        kept = may_hold(kept, [account_said(one, stamp)])
    held = held_traits(RECORD, kept)
    assert (None if held is None else held.traits) == plainly(told)


def test_an_account_has_one_value_of_each_trait():
    said = {
        RecordKey("crm", "a"): upserted(1, name="tee", labels=("b",)),
        RecordKey("erp", "a"): upserted(2, name="Ink", employees=3, labels=("a", "b")),
        RecordKey("old", "a"): upserted(3, name="Old", employees=9, other="x"),
    }
    held = [held_traits(k, [account_said(one, stamp_of(1))]) for k, one in said.items()]
    found = account_rules(CATALOG).golden(held)
    assert found == {"name": "Tea", "employees": 3, "labels": ("a", "b")}
    assert account_rules(CATALOG).golden(reversed(held)) == found
    assert account_rules(CATALOG).golden([]) == {}


def test_what_says_the_same_of_another_parent_says_something_else():
    """So that a service that keeps traits alone finds what one that keeps all of it does."""
    plain = AccountUpserted(RECORD, 1, 9, traits={"name": "A"})
    moved = AccountUpserted(RECORD, 2, 8, traits={"name": "A"}, parent=RecordKey("erp", "b"))
    contents = [account_said(one, stamp_of(1)).content for one in (plain, upserted(3, name="A"))]
    assert contents[0] == contents[1] != account_said(moved, stamp_of(1)).content
