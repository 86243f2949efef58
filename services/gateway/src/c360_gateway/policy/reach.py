"""Which coordinates an act is ever asked of: a rule about another one could hold for nothing."""

from __future__ import annotations

from c360_gateway.policy.rule import Act

LOOKUPS = frozenset(
    ("Query.customerByIdentifier", "Query.customersByIdentifier", "Query.customerByRecord")
)
"""Fields that find customers by the whole of a value that the caller knows already."""
_IDENTIFIER_TYPE = "IdentifierType"


def is_asked(act: Act, coordinate: str) -> bool:
    """Whether operations are ever held against this coordinate under this act.

    What a mutation is given is written, what it answers is read; nothing else is written.
    """
    root = coordinate.partition(".")[0]
    if act == "lookup":
        return root == _IDENTIFIER_TYPE or coordinate.partition("(")[0] in LOOKUPS
    if act == "write":
        return root not in ("Query", "Subscription")
    return root != "Mutation"
