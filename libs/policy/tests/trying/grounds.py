"""A small schema with tags, on which policies are tried."""

from c360_policy.reading.names import Known
from c360_policy.reading.parsing import parse_policy
from c360_policy.schema.coordinates import coordinates_of, interfaces_of
from c360_policy.schema.reach import inapplicable_types
from c360_policy.trying.deciding import Ground
from graphql import build_schema

SCHEMA = build_schema(
    """
    type Query { customer(id: ID): Customer customers(filter: CustomerFilter): [Customer] }
    type Mutation { upsertRecords(records: [RecordInput]): Result decide(pair: Pair): Result }
    type Result { status: String }
    type Customer { id: ID profile: Profile events: [Event] }
    type Profile { title: String phone: String email: String card: Card }
    type Card { number: String holder: String }
    interface Event { at: String }
    type Bought implements Event { at: String amount: Int }
    input CustomerFilter { phone: String title: String }
    input RecordInput { traits: TraitsInput }
    input TraitsInput { phone: String title: String }
    input Pair { a: ID b: ID }
    """
)
TAGS = {
    "Profile.phone": frozenset({"phone"}),
    "Profile.email": frozenset({"email"}),
    "Card.number": frozenset({"card"}),
    "Card.holder": frozenset({"card", "name"}),
    "CustomerFilter.phone": frozenset({"phone"}),
    "TraitsInput.phone": frozenset({"phone"}),
    "Mutation.decide": frozenset({"identity_decision"}),
}
GROUND = Ground(coordinates_of(SCHEMA, TAGS), interfaces_of(SCHEMA))
UNASKED = inapplicable_types(SCHEMA)
PURPOSES = frozenset({"service", "marketing"})
KNOWN = Known(GROUND.coordinates, PURPOSES, UNASKED)
NOW = 1_000_000.0


def rule(
    obj="*", act="read", mask="", effect="allow", purpose="*", since="", until="", role="agent"
):
    """A line of policy without its id."""
    return f"p, {role}, {obj}, {act}, {mask}, {effect}, {purpose}, {since}, {until}, "


def policy(*lines):
    """A policy of lines; those of rules are named r1, r2, … by their number."""
    named = (
        f"{line}r{number}" if line.startswith("p,") else line
        for number, line in enumerate(lines, 1)
    )
    return parse_policy("\n".join(named) + "\n")
