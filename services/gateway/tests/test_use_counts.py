"""Of how many objects a coordinate was answered, counted in the answer itself."""

from c360_federation.policy import Use, UseKind
from c360_gateway.audit.counting import NOT_COUNTED, UseCounting
from hypothesis import given
from hypothesis import strategies as st


def selected(*path):
    return Use(path[-1], UseKind.FIELD, path)


async def counts(world, query, role="support_agent"):
    await world.ask(query, role)
    (act,) = [one for one in await world.acts() if one.kind == "operation"]
    return {use.coordinate: use.objects for use in act.uses if use.use == "select"}


async def test_each_object_of_a_list_counts(world):
    found = await counts(world, "{ customers { edges { node { id profile { phone tier } } } } }")
    assert (found["Profile.phone"], found["Profile.tier"], found["Query.customers"]) == (2, 2, 1)


async def test_a_coordinate_at_two_places_counts_at_both(world):
    both = (
        'a: customer(id: "c1") { profile { tier } }',
        "b: customers { edges { node { profile { tier } } } }",
    )
    assert (await counts(world, f"{{ {' '.join(both)} }}"))["Profile.tier"] == 3


async def test_what_was_denied_was_not_answered(world):
    query = "{ customers { edges { node { profile { phone tier } } } } }"
    found = await counts(world, query, "marketing_analyst")
    assert (found["Profile.phone"], found["Profile.tier"]) == (None, 2)


async def test_nobody_found_is_nothing_answered(world):
    found = await counts(world, '{ customer(id: "nobody") { profile { tier } } }')
    assert (found["Profile.tier"], found["Query.customer"]) == (0, 1)


async def test_below_an_interface_nothing_is_told_apart(world):
    events = "name ... on Visited { number } ... on Called { number }"
    query = f"{{ customers {{ edges {{ node {{ timeline {{ {events} }} }} }} }} }}"
    found = await counts(world, query, "privacy_officer")
    assert found["Visited.number"] is None


_leaf = st.none() | st.integers()
_answers = st.fixed_dictionaries(
    {"list": st.lists(st.none() | st.fixed_dictionaries({"leaf": _leaf}), max_size=5), "one": _leaf}
)


@given(_answers)
def test_it_counts_what_a_walk_through_the_answer_finds(data):
    counting = UseCounting(
        [("a", [selected("list", "leaf")]), ("b", [selected("one")]),
         ("c", [Use("c", UseKind.ARGUMENT, ("one",))])]
    )  # fmt: skip
    objects = sum(one is not None for one in data["list"])
    assert counting.counts(data) == [objects, 1, NOT_COUNTED]
    assert counting.counts(None) == [0, 0, NOT_COUNTED]
