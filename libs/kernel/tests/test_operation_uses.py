"""Uses that were read before are those that reading them anew would give."""

from __future__ import annotations

from c360.events.v1 import events_pb2 as pb
from c360_kernel.codec import decode
from c360_kernel.log.topics import AUDIT
from c360_kernel.messages.operation_uses import KnownUses, uses_of
from hypothesis import example, given
from hypothesis import strategies as st

Message = pb.OperationAudited
NAMES = st.sampled_from(["", "a", "Customer.id"])
USES = st.lists(
    st.builds(Message.Use, coordinate=NAMES, use=NAMES, decision=NAMES, rule=NAMES, tag=NAMES),
    max_size=4,
)
PARTS = st.lists(
    st.builds(
        Message,
        operation_hash=st.sampled_from(["", "h"]),
        policy_version=st.sampled_from(["", "v"]),
        principal=NAMES,
        uses=USES,
        use_counts=st.lists(st.integers(-1, 3), max_size=5),
        subjects=st.lists(NAMES, max_size=2),
    ),
    max_size=3,
)


FIRST = Message(uses=[Message.Use(coordinate="a")])
MORE = Message(uses=[Message.Use(coordinate="b")])


@given(payloads=st.lists(PARTS, max_size=8))
@example(payloads=[[FIRST], [FIRST, MORE]])
@example(payloads=[[FIRST], [MORE]])
@example(payloads=[[FIRST], [FIRST, Message(use_counts=[2])], [FIRST]])
def test_whatever_came_before_the_uses_are_the_payloads_own(payloads: list[list[Message]]) -> None:
    known = KnownUses()
    for parts in payloads:
        # As the trail joins them: messages merge when their bytes do.
        data = b"".join(part.SerializeToString() for part in parts)
        message = Message.FromString(data)
        assert known.of(data, message) == uses_of(message)


def test_equal_uses_are_one_value() -> None:
    uses = [Message.Use(coordinate="Customer.id", use="select", decision="allow")]
    standing = Message(operation_hash="h", policy_version="v", uses=uses).SerializeToString()
    first, other = (
        decode(AUDIT, standing + Message(principal=name, at=1).SerializeToString())
        for name in ("ann", "bob")
    )
    assert first.uses is other.uses
    assert (first.principal, other.principal) == ("ann", "bob")
