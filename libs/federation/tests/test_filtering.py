"""What a policy is asked about: what may turn up, and nothing below what is cut already."""

import pytest
from c360_federation.policy import OPEN, Denial

SDL = """
    type Query { things: [Thing!]! any: Any one: Car }
    union Any = Car | Boat
    interface Thing { name: String owner: Owner }
    type Car implements Thing { name: String owner: Owner }
    type Boat implements Thing { name: String owner: Owner }
    type Owner { phone: String }
"""


class Denying:
    """Denies some coordinates, and notes what it was asked."""

    def __init__(self, *denied):
        self.denied, self.key, self.calls = denied, denied, []

    def decide(self, use):
        self.calls.append(use.coordinate)
        return Denial("DENIED", "no") if use.coordinate in self.denied else None

    def transform(self, coordinate):
        return None

    def introspection(self, schema):
        return OPEN.introspection(schema)


@pytest.fixture
def things(world, subgraph):
    owner = {"phone": "1"}
    car = {"__typename": "Car", "name": "c", "owner": owner}
    boat = {"__typename": "Boat", "name": "b", "owner": owner}
    resolvers = {
        "Query.things": lambda _: [car, boat],
        "Query.any": lambda _: car,
        "Query.one": lambda _: car,
    }
    return world(things=subgraph(SDL, resolvers))


async def test_a_fragment_within_a_type_asks_about_that_type_alone(things):
    policy = Denying("Boat.name")
    text = "{ any { ... on Car { ... on Thing { name } } } one { ... on Thing { name } } }"
    result = await things.engine.run(text, policy=policy)
    assert result.data == {"any": {"name": "c"}, "one": {"name": "c"}}
    assert not result.errors
    assert "Boat.name" not in policy.calls


async def test_nothing_is_asked_below_what_is_denied(things):
    policy = Denying("Car.owner", "Boat.owner", "Owner.phone")
    result = await things.engine.run("{ things { name owner { phone } } }", policy=policy)
    assert [one["name"] for one in result.data["things"]] == ["c", "b"]
    assert "Owner.phone" not in policy.calls


async def test_what_some_types_may_give_is_given_by_those(things):
    result = await things.engine.run("{ things { name } }", policy=Denying("Boat.name"))
    assert [one["name"] for one in result.data["things"]] == ["c", None]
