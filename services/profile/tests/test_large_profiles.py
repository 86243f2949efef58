"""A golden profile that is larger than an entry may be is told without its largest traits."""

import pytest
from c360_kernel.codec import decode, encode
from c360_kernel.context import CallerContext
from c360_kernel.fitted_traits import fitted
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.size import fits
from c360_kernel.log.topics import DEAD_LETTERS, IDENTITIES, PROFILES, RECORDS
from c360_kernel.payload import MAX_PAYLOAD_BYTES, ProfileChanged, RecordAssigned, RecordUpserted
from c360_kernel.record import RecordKey
from c360_kernel.testing.cursors import SEALER
from c360_kernel.testing.entries import new_entry
from c360_kernel.testing.visibility import everything
from c360_kernel.version import Version
from c360_profile.bootstrap import build
from c360_profile.domain.customer import Customer, Facts, Folded, refolded
from c360_profile.emission import change, uncaused
from c360_profile.settings import ProfileSettings
from c360_profile.testing.catalog import CATALOG
from hypothesis import given, settings
from hypothesis import strategies as st

CALLER = CallerContext("tester", ("admin",), visibility=everything(CATALOG))
ASKED = """query($known: [_Any!]!) { _entities(representations: $known) {
  ... on Customer { profileCode profile { city interests } } } }"""
LETTERS = st.sampled_from("xé中😀")
NUMBERS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
TEXTS = st.builds(lambda letter, length: letter * length, LETTERS, st.integers(0, 300))
LISTS = st.lists(TEXTS, max_size=5).map(tuple)
TRAITS = st.dictionaries(st.text("abc", min_size=1, max_size=4), NUMBERS | TEXTS | LISTS)


@given(TRAITS, st.integers(0, 3_000))
@settings(max_examples=100, deadline=None)
def test_what_is_kept_fits_and_nothing_is_left_out_in_vain(traits, most):
    kept, left_out = fitted(traits, most)
    assert list(left_out) == sorted(set(traits) - set(kept))
    assert all(kept[name] == traits[name] for name in kept)
    assert told_bytes(kept) <= most
    assert all(fitted({**kept, name: traits[name]}, most)[1] for name in left_out)
    assert fitted(traits, 10_000_000) == (traits, ())


@given(TRAITS)
def test_what_is_left_out_does_not_depend_on_the_order_of_traits(traits):
    backwards = dict(reversed(traits.items()))
    assert fitted(traits, 600) == fitted(backwards, 600)


@given(LETTERS, st.integers(1, 12), st.booleans())
@settings(max_examples=15, deadline=None)
def test_every_log_takes_what_is_told_of_any_customer(letter, number, listed):
    size = MAX_PAYLOAD_BYTES // 10 // len(letter.encode())
    values = [letter * (size + n) for n in range(number)]
    traits = {f"t{n:03}": (value, "") if listed else value for n, value in enumerate(values)}
    kept, left_out = fitted(traits)
    customer = Customer("c" * 64, 2**40, kept, left_out=left_out)
    assert fits(change(customer, 2**40, uncaused()).entries[0])
    assert len(kept) == min(number, 9)


@given(st.integers(0, 5_000), st.integers(1, 90), st.booleans())
@settings(max_examples=20, deadline=None)
def test_every_log_takes_what_is_told_of_a_customer_of_very_many_tags(number, length, is_enum):
    golden = {f"t{n}": "x" * 300_000 for n in range(4)}
    tags = {f"{n:04}".ljust(length, "t"): "word" if is_enum else True for n in range(number)}
    consents = {f"purpose{n}": "granted" for n in range(number // 9)}
    facts = Facts(consents, ("crm",) * (number // 9), tags)
    customer = refolded(Customer("c" * 64), Folded(golden, facts))
    assert fits(change(customer, 2**40, uncaused()).entries[0])
    assert (customer.tags, "t0" in customer.left_out) == (tags, True)


def told_bytes(traits):
    """What traits add to the payload that tells them."""
    return len(encode(ProfileChanged("c", Version(0, 1), traits))) - len(
        encode(ProfileChanged("c", Version(0, 1)))
    )


def interests(number):
    return (f"{number}" + "x" * 200_000,)


def world():
    """One customer whose list of interests is 1.2 MB in all, and another one, of one record."""
    for number in range(6):
        key = RecordKey("crm", f"large{number}")
        traits = {"name": "Ann", "city": "A", "interests": interests(number)}
        yield RECORDS, key, RecordUpserted(key, 1, 5, False, (), traits)
        yield IDENTITIES, key, RecordAssigned(key, "large", Version(0, 1))
    bob = RecordKey("crm", "bob")
    yield RECORDS, bob, RecordUpserted(bob, 1, 5, False, (), {"interests": ("tea",)})
    yield IDENTITIES, bob, RecordAssigned(bob, "small", Version(0, 1))


async def fed(service, log):
    store = service.open_store()
    worker = service.worker(log, store)
    while await worker.step(0.01):
        pass
    await worker.close()
    return store


@pytest.fixture
async def log():
    log = MemoryLog()
    await log.append([new_entry(topic, str(key), composed) for topic, key, composed in world()])
    return log


async def said_of(log, topic):
    found = []
    for partition, end in (await log.ends([topic])).items():
        found += [decode(topic, one.data) for one in await log.read(partition, 0, end)]
    return found


async def test_the_customer_goes_on_marked_and_nobody_else_notices(log, tmp_path):
    store = await fed(build(ProfileSettings(data=tmp_path), CATALOG, SEALER), log)
    held = await store.customers(["large", "small"])
    assert held["large"].traits == {"name": "Ann", "city": "A"}
    assert held["large"].left_out == ("interests",)
    assert held["small"].traits == {"interests": ("tea",)}
    values = {one.customer: one for one in await said_of(log, PROFILES)}
    assert (values["large"].code, values["large"].left_out) == ("PROFILE_TOO_LARGE", ("interests",))
    assert values["small"].code == ""
    assert await said_of(log, DEAD_LETTERS) == []
    assert await store.outgoing(1) == []
    await store.close()


async def test_a_customer_that_shrinks_is_whole_again(log, tmp_path):
    service = build(ProfileSettings(data=tmp_path), CATALOG, SEALER)
    await (await fed(service, log)).close()
    for number in range(4):
        key = RecordKey("crm", f"large{number}")
        await log.append([new_entry(RECORDS, str(key), RecordUpserted(key, 2, 6, deleted=True))])
    store = await fed(service, log)
    held = (await store.customers(["large"]))["large"]
    assert (held.left_out, len(held.traits["interests"])) == ((), 2)
    await store.close()


async def test_the_api_says_that_a_profile_is_not_whole(log, tmp_path):
    service = build(ProfileSettings(data=tmp_path), CATALOG, SEALER)
    await (await fed(service, log)).close()
    graph = service.open_graph()
    known = [{"__typename": "Customer", "id": id_} for id_ in ("large", "small", "none")]
    answer = (await graph.execute(ASKED, {"known": known}, None, CALLER))["data"]
    large, small, none = answer["_entities"]
    cut = {"city": "A", "interests": None}
    assert large == {"profileCode": "PROFILE_TOO_LARGE", "profile": cut}
    assert (small["profileCode"], none["profileCode"]) == (None, None)
