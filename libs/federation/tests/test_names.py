"""Names that the engine makes up never meet the caller's.

Every name that a caller may choose is drawn from the engine's own words; the answer has to be that
of neutral names, from subgraphs that check what they are sent.
"""

import asyncio

import pytest
from c360_federation import SubgraphResponse
from graphql import parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ITEMS = """
type Query { p: P ps: [P] media: Media }
type P @key(fields: "id") { id: ID! size(unit: String): Int kind: Kind }
type Kind @key(fields: "id") { id: ID! }
interface Media @key(fields: "id") { id: ID! title: String }
type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
"""
EXTRAS = """
type P @key(fields: "id") { id: ID! size(unit: String): Int @external v(a: String, b: Int): String
  area: Int @requires(fields: "size(unit: \\"cm\\")") kind2: Kind }
type Kind @key(fields: "id") { id: ID! name(a: String): String }
type Media @key(fields: "id") @interfaceObject { id: ID! stars(a: String): Int }
"""
# ${a} ... are variables, %0 ... response keys, @f a fragment, #q the operation.
QUERIES = [
    "query #q($a: String, $b: Int) { %0: p { %1: v(a: $a, b: $b) %2: size %3: id } }",
    "query #q($a: String, $b: Int) { %0: p { ...@f %2: area } %3: ps { ...@f } } "
    "fragment @f on P { %1: v(a: $a, b: $b) kind { %4: name(a: $a) } }",
    "query #q($a: String, $b: Int) { %0: ps { %1: area %2: size(unit: $a) %3: v(b: $b) } }",
    "query #q($a: String, $b: Int) { %0: media { %1: stars(a: $a) %2: title ... on Book "
    "{ %3: pages } } %4: p { v(b: $b) } }",
]
VARIABLES = ["representations", "representations0", "representations1", "_representations",
             "_representations0", "__representations", "a", "_Any", "id"]  # fmt: skip
KEYS = ["_entities", "_entities0", "_entities1", "_", "_1_id", "_2_id", "_1_size", "_2_size",
        "_3_size", "_1_title", "id", "size", "v", "kind", "representations", "name", "pages",
        "_service", "key"]  # fmt: skip
NEUTRAL = (["va", "vb"], ["k0", "k1", "k2", "k3", "k4"], "Frag", "Oper")


@pytest.fixture
def shop(world, subgraph):
    item = {"id": "1", "kind": {"id": "k"}}
    book = {"__typename": "Book", "id": "m", "title": "T", "pages": 7}
    items = subgraph(
        ITEMS,
        {
            "Query.p": lambda _: item,
            "Query.ps": lambda _: [item, {**item, "id": "2"}],
            "Query.media": lambda _: book,
            "P.size": lambda one, unit=None: 30 if unit == "cm" else 300,
        },
        {"P": lambda one: {**item, **one}, "Book": lambda _: book, "Kind": lambda one: one},
    )
    extras = subgraph(
        EXTRAS,
        {
            "P.v": lambda one, a=None, b=None: f"{one['id']} {a} {b}",
            "P.area": lambda one: one["size"] * 2,
            "Kind.name": lambda one, a=None: f"kind {a}",
            "Media.stars": lambda one, a=None: len(a or ""),
        },
        {kind: (lambda one: one) for kind in ("P", "Kind", "Media")},
    )
    return world(items=items, extras=extras)


def written(query, variables, keys, fragment, operation):
    for word, name in zip(("$a", "$b"), variables, strict=True):
        query = query.replace(word, f"${name}")
    for number, key in enumerate(keys):
        query = query.replace(f"%{number}", key)
    return query.replace("@f", fragment).replace("#q", operation)


def neutral(data, keys):
    """The answer with response keys as they are in NEUTRAL."""
    back = dict(zip(keys, NEUTRAL[1], strict=True))
    if isinstance(data, list):
        return [neutral(one, keys) for one in data]
    if isinstance(data, dict):
        return {back.get(key, f"own {key}"): neutral(one, keys) for key, one in data.items()}
    return data


def answer(shop, query, variables):
    """The answer; each subgraph is sent a document of which each name stands for one thing."""
    shop.requests.clear()
    result = asyncio.run(shop.engine.run(query, None, variables))
    assert not result.errors, (query, result.errors, shop.texts)
    for _, request in shop.requests:
        declared = parse(request.query).definitions[0].variable_definitions or ()
        assert len(declared) == len({one.variable.name.value for one in declared})
        assert request.variables.keys() <= {one.variable.name.value for one in declared}
    return result.data


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    query=st.sampled_from(QUERIES),
    variables=st.lists(st.sampled_from(VARIABLES), min_size=2, max_size=2, unique=True),
    keys=st.lists(st.sampled_from(KEYS), min_size=5, max_size=5, unique=True),
    fragment=st.sampled_from(["_entities", "representations", "P", "Fields"]),
    operation=st.sampled_from(["_entities", "representations", "_", "query"]),
)
def test_names_of_the_callers_change_nothing(shop, query, variables, keys, fragment, operation):
    values = ["x", 5]
    # A field that keeps its own name may not share a response key with another one.
    own = {"kind", "v"} & set(keys)
    keys = [f"{key}_" if key in own else key for key in keys]
    theirs = answer(
        shop,
        written(query, variables, keys, fragment, operation),
        dict(zip(variables, values, strict=True)),
    )
    ours = answer(shop, written(query, *NEUTRAL), dict(zip(NEUTRAL[0], values, strict=True)))
    assert neutral(theirs, keys) == neutral(ours, NEUTRAL[1])


async def test_a_variable_of_the_callers_is_the_callers(shop):
    query = "query ($representations: String) { p { v(a: $representations) } }"
    assert await shop.data(query, representations="R") == {"p": {"v": "1 R None"}}
    assert await shop.data(query, representations="S") == {"p": {"v": "1 S None"}}
    assert shop.engine.compilations == 1, "plans are kept whatever the names"


async def test_an_interface_object_tells_no_type_under_a_key_of_the_callers(world, subgraph):
    """What an interface object answers where nothing else is asked of it."""
    media = subgraph(
        'type Query { top: Media } type Media @key(fields: "id") @interfaceObject { id: ID! }',
        {"Query.top": lambda _: {"id": "m"}},
    )
    titles = subgraph(
        'interface Media @key(fields: "id") { id: ID! title: String } '
        'type Book implements Media @key(fields: "id") { id: ID! title: String }',
        {},
        {"Media": lambda one: None, "Book": lambda one: None},
    )

    async def unknown(request, context):
        return SubgraphResponse({"_entities": [None]})

    w = world(media=media, titles=titles)
    w.subgraphs["titles"] = unknown
    assert await w.data("{ top { _: title } }") == {"top": {"_": None}}
