"""Whom an operation touched is noted wherever a customer stands in a subgraph's answer."""

import pytest
from c360_federation import SubgraphSdl, compose
from c360_federation.execute.transport import SubgraphRequest, SubgraphResponse
from c360_federation.supergraph import read_supergraph
from c360_gateway.audit.subjects import SUBJECT_ALIAS, SubjectsOf, SubjectTracing
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_kernel.context import CallerContext
from graphql import build_schema, graphql_sync, parse

SDL = """
interface Named { name: String }
type Customer implements Named { id: ID! name: String friend: Customer links: [Named] found: Found }
type Shop implements Named { name: String owner: Customer }
union Found = Customer | Shop
type Pair { ids: [ID!] said: String }
type Link { who: Customer said: String }
type Query {
  named: Named named_list: [[Named]] found: Found customer: Customer shop: Shop pair: Pair
  links: [Link]
}
"""
ANN = {"__typename": "Customer", "id": "ann", "name": "A"}
BOB = {"__typename": "Customer", "id": "bob", "name": "B", "friend": ANN}
SHOP = {"__typename": "Shop", "name": "S", "owner": BOB}
ROOT = {
    "named": ANN,
    "named_list": [[ANN, None], [SHOP]],
    "found": SHOP,
    "customer": {**BOB, "links": [SHOP, ANN], "found": ANN},
    "shop": SHOP,
    "pair": {"ids": ["ann", "bob"], "said": "x"},
    "links": [{"who": ANN, "said": "x"}, {"who": BOB, "said": "y"}, {"who": None, "said": "z"}],
}


class Subgraph:
    """A strict subgraph that answers from one tree."""

    def __init__(self):
        self.schema = build_schema(SDL)

    async def execute(self, subgraph, request, context):
        answer = graphql_sync(self.schema, request.query, ROOT)
        assert answer.errors is None, answer.errors
        return SubgraphResponse(answer.data, [])


async def unasked(*_):
    raise AssertionError("policy shows nothing by consent here")


@pytest.fixture
def tracing():
    subgraph = SubgraphSdl("one", SDL, "http://one")
    supergraph = read_supergraph(compose([subgraph]))
    about = {"Pair": "ids", "Link": "who.id"}
    return SubjectTracing(Subgraph(), SubjectsOf(supergraph, "Customer", "id", about), unasked)


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("{ customer { name } }", {"bob"}),
        ("{ pair { said } }", {"ann", "bob"}),
        ("{ links { said } }", {"ann", "bob"}),
        ("{ links { who { friend { name } } } }", {"ann", "bob"}),
        ("{ customer { c360Subject: name } }", {"bob"}),
        ("{ a: customer { b: friend { name } } }", {"ann", "bob"}),
        ("{ named { ... on Customer { name } } }", {"ann"}),
        ("{ named { ... { ... on Customer { name } } } }", {"ann"}),
        ("{ found { ... on Shop { owner { ... on Customer { name } } } } }", {"bob"}),
        ("{ found { ... on Shop { owner { friend { name } } } } }", {"ann", "bob"}),
        (
            "{ named_list { ... on Customer { name } ... on Shop { owner { name } } } }",
            {"ann", "bob"},
        ),
        ("{ customer { links { ... on Customer { name } } } }", {"ann", "bob"}),
        ("{ customer { found { ... on Customer { name } } name } }", {"ann", "bob"}),
        ("{ customer { ... @include(if: true) { friend { name } } } }", {"ann", "bob"}),
        ("{ shop { name } }", set()),
        ("{ named { name } }", {"ann"}),
        ("{ named_list { __typename } }", {"ann"}),
        ("{ found { __typename } }", set()),
        ("{ customer { links { name } found { __typename } } }", {"ann", "bob"}),
        ("{ named { name ... on Customer @include(if: false) { name } } }", {"ann"}),
    ],
)
async def test_a_customer_is_noted_under_every_kind_of_selection(tracing, query, subjects):
    context = OperationContext(CallerContext("ann", ()), Principal("ann", (), "", frozenset(), 0))
    response = await tracing.execute("one", SubgraphRequest(query, {}), context)
    assert context.subjects == subjects
    assert response.data


async def test_what_is_asked_stays_what_was_asked_but_for_the_ids(tracing):
    query = "{ named { ... on Customer { x: name } } }"
    sent, _ = tracing._subjects.traced("one", query)
    expected = f"{{ named {{ ... on Customer {{ x: name {SUBJECT_ALIAS}: id }} }} }}"
    assert parse(sent, no_location=True) == parse(expected, no_location=True)
