"""The registry of topics, and what each of its payloads promises."""

from __future__ import annotations

from dataclasses import replace

import pytest
from c360.events.v1 import events_pb2 as pb
from c360_kernel.codec import decode, encode
from c360_kernel.errors import Invalid, Unusable
from c360_kernel.log.topics import DERIVED, REGISTRY, Topic, topic_of
from c360_kernel.messages.truth import RECORD
from c360_kernel.payload import (
    AccountAssigned,
    AccountLinked,
    AccountUpserted,
    ConsentStatesChanged,
    Derived,
    MembershipChanged,
    ProfileChanged,
    QualityChanged,
    RecordAssigned,
    RecordUpserted,
)
from c360_kernel.record import Identifier, RecordKey
from c360_kernel.version import Version
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

names = st.sampled_from(["", "a", "b", "客"])
versions = st.builds(Version, st.integers(0, 9), st.integers(0, 9))
values = st.dictionaries(names, names | st.integers(-9, 9) | st.booleans() | st.tuples(names))
states = st.dictionaries(names, st.sampled_from(["granted", "denied", "withdrawn"]))
shares = st.none() | st.floats(0, 1)
derived = st.one_of(
    st.builds(RecordAssigned, st.builds(RecordKey, names, names), names, versions, names, names),
    st.builds(AccountAssigned, st.builds(RecordKey, names, names), names, versions, values),
    st.builds(
        ProfileChanged, names, versions, values, st.booleans(), names, st.tuples(names), states
    ),
    st.builds(ConsentStatesChanged, names, versions, states),
    st.builds(
        MembershipChanged,
        names,
        names,
        versions,
        st.booleans(),
        st.integers(0, 9),
        names,
        st.tuples(names, names),
        st.booleans(),
    ),
    st.builds(
        QualityChanged,
        names,
        names,
        names,
        versions,
        st.booleans(),
        shares,
        shares,
        st.integers(0, 9),
    ),
)
TRIED = {
    AccountAssigned,
    RecordAssigned,
    ProfileChanged,
    ConsentStatesChanged,
    MembershipChanged,
    QualityChanged,
}
MESSAGES = [getattr(pb, name) for name in pb.DESCRIPTOR.message_types_by_name]
PERSONAL = [one for one in MESSAGES if "personal" in one.DESCRIPTOR.fields_by_name]


def test_a_name_and_a_payload_belong_to_one_topic() -> None:
    assert len({topic.name for topic in REGISTRY}) == len(REGISTRY)
    assert len({topic.payload for topic in REGISTRY}) == len(REGISTRY)


@pytest.mark.parametrize("topic", REGISTRY, ids=lambda topic: topic.name)
def test_derived_payloads_and_no_others_say_what_they_are_about(topic: Topic) -> None:
    assert issubclass(topic.payload, Derived) == (topic.kind == "derived")
    assert topic.kind != "derived" or topic.payload in TRIED


@given(derived)
def test_what_is_derived_can_be_ended_and_read_back(payload: Derived) -> None:
    end = payload.ending()
    assert end.content() is None
    assert (end.key, end.version) == (payload.key, payload.version)
    for one in (payload, end):
        assert decode(topic_of(one).name, encode(one)) == one
    assert topic_of(payload).name in DERIVED


@given(derived, derived)
def test_what_follows_says_the_same(payload: Derived, before: Derived) -> None:
    if type(before) is type(payload):
        assert payload.following(before).content() == payload.content()


def test_accounts_and_links_read_back_as_they_were_said() -> None:
    record, person = RecordKey("erp", "A/1"), RecordKey("crm", "王")
    bare = AccountUpserted(record, 3, 5, own=False)
    traits = {"name": "ACME", "employees": 3, "brands": ("x",)}
    whole = AccountUpserted(record, 4, 6, False, (Identifier("code", "1"),), traits, True, person)
    link = AccountLinked(RecordKey("crm", "l"), person, record, "member", 1, 2)
    said = {"role": "champion", "title": "Buyer", "influence": 5, "attitude": "for"}
    full = replace(
        link, **said, reports_to=record, primary=True, valid_from=7, valid_to=9, own=False
    )
    for one in (bare, replace(bare, deleted=True), whole, link, full, replace(link, deleted=True)):
        assert decode(topic_of(one).name, encode(one)) == one


def test_a_record_that_is_assigned_anew_leaves_the_customer_before() -> None:
    record = RecordKey("crm", "1")
    before, after = (RecordAssigned(record, name, Version(0, 0)) for name in ("c1", "c2"))
    assert after.following(before).left == "c1"
    assert after.ending().left == "c2"


@pytest.mark.parametrize("message", PERSONAL, ids=lambda one: one.DESCRIPTOR.name)
def test_what_is_personal_has_a_place_to_be_sealed(message: type[Message]) -> None:
    sealed = message.DESCRIPTOR.fields_by_name.get("sealed")
    assert sealed is not None
    assert sealed.type == sealed.TYPE_BYTES


@pytest.mark.parametrize("message", PERSONAL, ids=lambda one: one.DESCRIPTOR.name)
def test_sealed_parts_are_refused_and_blame_no_entry(message: type[Message]) -> None:
    """Read as if they were empty, they would remove all that they should say."""
    name = message.DESCRIPTOR.name
    (topic,) = (one.name for one in REGISTRY if one.payload.__name__ == name)
    with pytest.raises(Unusable) as refused:
        decode(topic, message(sealed=b"x").SerializeToString())
    assert refused.value.code == "PAYLOAD_SEALED"


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        decode("records", b"\xff")
    assert refused.value.code == "PAYLOAD_MALFORMED"
    whole = RecordUpserted(RecordKey("crm", "1"), 1, 1)
    assert RECORD.decode(RECORD.encode(whole)) == whole
