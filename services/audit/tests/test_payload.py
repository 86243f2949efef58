"""What an act is on record as: the same when it is read, and old entries are what they were."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb
from c360_kernel.codec import decode, encode
from c360_kernel.log.topics import AUDIT
from c360_kernel.payload import AUDIT_KINDS, CoordinateUse, OperationAudited
from hypothesis import given
from hypothesis import strategies as st

_names = st.text("ab|é王", max_size=4)
_uses = st.builds(CoordinateUse, *(_names,) * 5, objects=st.none() | st.integers(0, 2**40))
_acts = st.builds(
    OperationAudited,
    principal=_names,
    roles=st.lists(_names, max_size=2).map(tuple),
    uses=st.lists(_uses, max_size=3).map(tuple),
    subjects=st.lists(_names, max_size=3).map(tuple),
    at=st.integers(0, 2**45),
    kind=st.sampled_from(AUDIT_KINDS),
    times=st.integers(1, 10**6),
    until=st.integers(0, 2**45),
    details=st.dictionaries(_names, _names, max_size=3),
    **dict.fromkeys(
        (
            "reason",
            "code",
            "role_set",
            "ticket",
            "break_glass",
            "attributes_hash",
            "address",
            "row_policy_version",
            "token_id",
            "target",
            "outcome",
            "trace_id",
            "purpose",
        ),
        _names,
    ),
)


@given(_acts)
def test_it_is_read_as_it_was_written(act: OperationAudited) -> None:
    assert decode(AUDIT, encode(act)) == act


def test_an_entry_of_before_kinds_is_an_operation() -> None:
    use = pb.OperationAudited.Use(coordinate="Profile.phone", use="select", decision="mask:year")
    old = pb.OperationAudited(principal="ann", uses=[use], at=7, outcome="answered")
    act = decode(AUDIT, old.SerializeToString())
    assert (act.kind, act.times, act.uses[0].objects) == ("operation", 1, None)
    assert act.uses[0].mask == "year"


def test_of_a_kind_that_only_a_newer_version_knows_everything_stays() -> None:
    payload = pb.OperationAudited(principal="ann", kind="from_the_future", target="x")
    act = decode(AUDIT, payload.SerializeToString())
    assert (act.kind, act.target) == ("from_the_future", "x")
    assert encode(act) == payload.SerializeToString()


def test_counts_follow_uses_also_where_the_message_is_joined_of_two() -> None:
    first, second = (CoordinateUse(name, "select", "allow") for name in ("A.a", "A.b"))
    standing = OperationAudited("", uses=(first,))
    passing = OperationAudited("ann", uses=(second,))
    act = decode(AUDIT, encode(standing) + encode(passing))
    assert act.uses == (first, second)
