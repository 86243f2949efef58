"""The hooks: cut before planning, transform in the projection, choose what introspection shows."""

from dataclasses import dataclass, field

import pytest
from c360_federation import Denial, RequestRefused, Use, UseKind
from c360_federation.project.leaves import exact_type, scalar
from c360_federation.project.problems import Problems
from c360_federation.project.readers import transformed


@dataclass
class Rules:
    """Denies and transforms by coordinate; remembers what it was asked."""

    denied: frozenset[str] = frozenset()
    transforms: dict = field(default_factory=dict)
    schema_shown: object = "same"
    calls: list[Use] = field(default_factory=list)

    @property
    def key(self):
        return (self.denied, tuple(self.transforms), self.schema_shown)

    def decide(self, use):
        self.calls.append(use)
        if use.coordinate in self.denied:
            return Denial("FORBIDDEN", "You may not use this")
        return None

    def transform(self, coordinate):
        return self.transforms.get(coordinate)

    def introspection(self, schema):
        return schema if self.schema_shown == "same" else self.schema_shown


def deny(*coordinates):
    return Rules(frozenset(coordinates))


@pytest.fixture
def crm(world, subgraph):
    identity = subgraph(
        """
        enum Order { NAME PHONE }
        input Filter { name: String phone: String any: [Filter!] }
        type Query {
          customer: Customer
          customers(filter: Filter, order: Order): [Customer!]!
          found: [Found!]!
        }
        type Customer @key(fields: "id") { id: ID! name: String! nick: String }
        union Found = Customer | Company
        type Company { name: String! }
        """,
        {
            "Query.customer": lambda _: {"id": "c", "name": "Ann", "nick": "A"},
            "Query.customers": lambda _, **kw: [{"id": "c", "name": "Ann"}],
            "Query.found": lambda _: [
                {"__typename": "Customer", "id": "c", "name": "Ann"},
                {"__typename": "Company", "name": "Acme"},
            ],
        },
        {"Customer": lambda rep: {"id": "c", "name": "Ann", "nick": "A"}},
    )
    profile = subgraph(
        """
        type Customer @key(fields: "id") {
          id: ID!
          nick: String @external
          profile: Profile
          phones: [String!]
          greeting: String @requires(fields: "nick")
        }
        type Profile { phone: String mail: String! }
        """,
        {"Customer.greeting": lambda rep: f"Hi {rep['nick']}"},
        {
            "Customer": lambda rep: {
                **rep,
                "profile": {"phone": "123", "mail": "a@b"},
                "phones": ["123", "456"],
            }
        },
    )
    return world(identity=identity, profile=profile)


async def test_a_denied_field_is_null_and_never_requested(crm):
    query = "{ customer { name profile { tel: phone mail } } }"
    result = await crm.engine.run(query, policy=deny("Profile.phone"))
    assert result.data == {"customer": {"name": "Ann", "profile": {"tel": None, "mail": "a@b"}}}
    (error,) = result.errors
    assert error["path"] == ["customer", "profile", "tel"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["extensions"]["coordinates"] == ["Profile.phone"]
    assert "phone" not in crm.texts


async def test_a_subgraph_with_nothing_left_is_not_called(crm):
    query = "{ customer { name profile { phone } } }"
    result = await crm.engine.run(query, policy=deny("Profile.phone"))
    assert result.data == {"customer": {"name": "Ann", "profile": None}}
    assert [one["path"] for one in result.errors] == [["customer", "profile", "phone"]]
    assert crm.calls == ["identity"]


async def test_when_all_is_cut_nothing_is_sent(crm):
    result = await crm.engine.run("{ customer { name } }", policy=deny("Customer.name"))
    assert result.data == {"customer": None}
    assert len(result.errors) == 1
    assert crm.requests == []


async def test_a_denied_field_that_may_not_be_null_nulls_its_parent(crm):
    result = await crm.engine.run("{ customer { id name } }", policy=deny("Customer.name"))
    assert result.data == {"customer": None}
    assert [one["extensions"]["code"] for one in result.errors] == ["FORBIDDEN"]


async def test_a_list_gets_one_error_for_all_rows_at_the_list(crm):
    # Below a list a path would have to say which row, and the denial holds for each.
    result = await crm.engine.run("{ customers { id nick } }", policy=deny("Customer.nick"))
    assert result.data == {"customers": [{"id": "c", "nick": None}]}
    assert [one["path"] for one in result.errors] == [["customers"]]


PLACES = [
    ("{ shop { name } }", [("Shop.name", ["shop", "name"])]),
    ("{ a: shop { b: name } }", [("Shop.name", ["a", "b"])]),
    ("{ shop { tags } }", [("Shop.tags", ["shop", "tags"])]),
    ("{ shops { name tags } }", [("Shop.name", ["shops"]), ("Shop.tags", ["shops"])]),
    ("{ shops { name again: name } }", [("Shop.name", ["shops"])]),
    ("{ grid { name } }", [("Shop.name", ["grid"])]),
    ("{ shop { part { whole { name } } } }", [("Shop.name", ["shop", "part", "whole", "name"])]),
    ("{ shop { part { shops { name } } } }", [("Shop.name", ["shop", "part", "shops"])]),
    ("{ shops { part { shops { name } whole { tags } } } }",
     [("Shop.name", ["shops"]), ("Shop.tags", ["shops"])]),
    ("{ found { ... on Shop { name } ... on Part { whole { name } } } }",
     [("Shop.name", ["found"])]),
    ("{ shop { ...F } } fragment F on Shop { p: part { s: shops { n: name } } }",
     [("Shop.name", ["shop", "p", "s"])]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), PLACES)
async def test_a_denial_stands_once_per_coordinate_at_the_deepest_place_in_no_list(
    world, subgraph, query, expected
):
    shops = subgraph("""
        type Query { shop: Shop shops: [Shop!]! grid: [[Shop]]! found: [Found] }
        type Shop { name: String tags: [String] part: Part }
        type Part { whole: Shop shops: [Shop] }
        union Found = Shop | Part
        """)
    rules = deny("Shop.name", "Shop.tags")
    denials = world(shops=shops).engine.prepare(query, policy=rules).operation.denials
    assert [(one["extensions"]["coordinates"], one["path"]) for one in denials] == [
        ([coordinate], path) for coordinate, path in expected
    ]


async def test_a_denial_in_a_list_explains_no_other_null_of_it(world, subgraph):
    shops = subgraph(
        'type Query { shops: [Shop] } type Shop @key(fields: "id") { id: ID! name: String! }',
        {"Query.shops": lambda _: [{"id": "1"}, {"id": "2"}]},
    )
    cities = subgraph(
        'type Shop @key(fields: "id") { id: ID! city: String! note: String }',
        {},
        {"Shop": lambda rep: {"city": "X"} if rep["id"] == "1" else None},
    )
    engine = world(shops=shops, cities=cities).engine
    answer = await engine.run("{ shops { city note } }", policy=deny("Shop.note"))
    assert answer.data == {"shops": [{"city": "X", "note": None}, None]}
    assert [(one["extensions"]["code"], one["path"]) for one in answer.errors] == [
        ("FORBIDDEN", ["shops"]),
        ("NULL_IN_NON_NULL", ["shops", 1, "city"]),
    ]
    answer = await engine.run("{ shops { name city } }", policy=deny("Shop.name"))
    assert answer.data == {"shops": [None, None]}
    assert [one["path"] for one in answer.errors] == [["shops"]]


async def test_members_of_a_union_are_decided_one_by_one(crm):
    query = "{ found { ... on Customer { name nick } ... on Company { name } } }"
    result = await crm.engine.run(query, policy=deny("Customer.nick"))
    assert result.data == {"found": [{"name": "Ann", "nick": None}, {"name": "Acme"}]}
    assert "nick" not in crm.texts


async def test_an_interface_field_is_split_when_types_differ(world, subgraph):
    zoo = subgraph(
        """
        type Query { pets: [Pet!]! }
        interface Pet { name: String }
        type Cat implements Pet { name: String }
        type Dog implements Pet { name: String }
        """,
        {
            "Query.pets": lambda _: [
                {"__typename": "Cat", "name": "Tom"},
                {"__typename": "Dog", "name": "Rex"},
            ]
        },
    )
    w = world(zoo=zoo)
    result = await w.engine.run("{ pets { name } }", policy=deny("Cat.name"))
    assert result.data == {"pets": [{"name": None}, {"name": "Rex"}]}
    assert w.requests[0][1].query == "{pets{__typename ... on Dog{name}}}"


async def test_requirements_are_decided_too(crm):
    rules = deny("Customer.nick")
    result = await crm.engine.run("{ customer { id greeting } }", policy=rules)
    assert result.data == {"customer": {"id": "c", "greeting": None}}
    assert Use(
        "Customer.nick", UseKind.REQUIRED, ("customer", "greeting"), "Customer.greeting"
    ) in (rules.calls)
    assert crm.calls == ["identity"]
    assert "nick" not in crm.texts


@pytest.mark.parametrize(
    "query, variables, coordinate, kind",
    [
        ("{ customers(filter: {phone: \"1\"}) { id } }", {}, "Filter.phone", UseKind.INPUT_FIELD),
        ("{ customers(filter: {any: [{phone: \"1\"}]}) { id } }", {}, "Filter.phone",
         UseKind.INPUT_FIELD),
        ("query($f: Filter) { customers(filter: $f) { id } }", {"f": {"any": [{"phone": "1"}]}},
         "Filter.phone", UseKind.INPUT_FIELD),
        ("query($f: Filter = {phone: \"1\"}) { customers(filter: $f) { id } }", {}, "Filter.phone",
         UseKind.INPUT_FIELD),
        ("{ customers(order: PHONE) { id } }", {}, "Order.PHONE", UseKind.ENUM_VALUE),
        ("query($o: Order) { customers(order: $o) { id } }", {"o": "PHONE"}, "Order.PHONE",
         UseKind.ENUM_VALUE),
        ("{ customers(order: NAME) { id } }", {}, "Query.customers(order:)", UseKind.ARGUMENT),
    ],
)  # fmt: skip
async def test_inputs_are_uses(crm, query, variables, coordinate, kind):
    rules = deny(coordinate)
    result = await crm.engine.run(query, None, variables, rules)
    assert result.data is None
    assert [one["path"] for one in result.errors] == [["customers"]]
    assert crm.requests == []
    assert Use(coordinate, kind, ("customers",), "Query.customers") in rules.calls


async def test_another_value_of_the_same_variable_is_decided_anew(crm):
    query = "query($f: Filter) { customers(filter: $f) { id } }"
    rules = deny("Filter.phone")
    assert not (await crm.engine.run(query, None, {"f": {"name": "A"}}, rules)).errors
    assert (await crm.engine.run(query, None, {"f": {"phone": "1"}}, rules)).errors
    assert not (await crm.engine.run(query, None, {"f": {"name": "A"}}, rules)).errors


async def test_transforms_apply_to_each_value_of_the_concrete_type(crm):
    rules = Rules(
        transforms={"Profile.phone": lambda _: "***", "Customer.phones": lambda v: v[0] + "**"}
    )
    query = "{ customer { tel: phones profile { phone mail } } }"
    result = await crm.engine.run(query, policy=rules)
    assert result.data == {
        "customer": {"tel": ["1**", "4**"], "profile": {"phone": "***", "mail": "a@b"}}
    }


async def test_policies_do_not_share_what_they_must_not(crm):
    query = "{ customer { profile { phone } } }"
    masked = Rules(transforms={"Profile.phone": lambda _: "***"})
    for rules, phone in ((masked, "***"), (Rules(), "123"), (masked, "***")):
        result = await crm.engine.run(query, policy=rules)
        assert result.data["customer"]["profile"]["phone"] == phone


async def test_a_field_kept_through_another_fragment_survives(crm):
    query = """{ found {
      ... on Customer { profile { phone } }
      ... on Customer { profile { mail } }
    } customer { ...a ...b } }
    fragment a on Customer { profile { phone } }
    fragment b on Customer { profile { mail } }"""
    result = await crm.engine.run(query, policy=deny("Profile.phone"))
    assert result.data["customer"] == {"profile": {"phone": None, "mail": "a@b"}}
    assert result.data["found"][0] == {"profile": {"phone": None, "mail": "a@b"}}


async def test_preparing_tells_what_will_be_used(crm):
    rules = deny("Profile.phone")
    query = "query Q($f: Filter) { customers(filter: $f) { name profile { phone mail } } }"
    prepared = crm.engine.prepare(query, "Q", {"f": {"name": "A"}}, rules)
    assert (prepared.kind, prepared.name) == ("query", "Q")
    assert prepared.coordinates == {
        "Query.customers", "Query.customers(filter:)", "Filter.name", "Customer.name",
        "Customer.profile", "Profile.mail",
    }  # fmt: skip
    (denied,) = prepared.denied
    assert denied.use.coordinate == "Profile.phone"
    assert denied.path == ("customers", "profile", "phone")
    assert crm.requests == []


async def test_introspection_shows_the_chosen_schema(crm):
    query = '{ __schema { queryType { name } } __type(name: "Profile") { name } }'
    result = await crm.engine.run(query)
    assert result.data == {
        "__schema": {"queryType": {"name": "Query"}},
        "__type": {"name": "Profile"},
    }
    refused = await crm.engine.run(query, policy=Rules(schema_shown=None))
    assert refused.errors[0]["extensions"]["code"] == "INTROSPECTION_DISABLED"


async def test_introspection_mixes_with_data_and_variables(crm):
    query = "query($n: String!) { t: __type(name: $n) { name } customer { id } }"
    assert await crm.data(query, n="Customer") == {
        "t": {"name": "Customer"},
        "customer": {"id": "c"},
    }
    assert (await crm.data(query, n="Profile"))["t"] == {"name": "Profile"}


def test_decisions_are_cached_by_policy_key(crm):
    rules = deny("Profile.phone")
    crm.engine.prepare("{ customer { id } }", policy=rules)
    count = len(rules.calls)
    crm.engine.prepare("{ customer { id } }", policy=rules)
    assert len(rules.calls) == count


def test_aliases_of_typename_are_refused(crm):
    with pytest.raises(RequestRefused):
        crm.engine.prepare("{ customer { __typename: name } }")


def test_a_transform_of_an_id_is_given_a_text_however_it_was_answered():
    """So whoever masks texts need not look what they are."""
    given = []
    read = transformed(lambda value: given.append(value) or value, scalar("ID"), exact_type("ID"))
    for answered in ("13800138000", 13800138000, True, None, 1.5):
        read(answered, None, Problems(lambda place: "crm"))
    assert given == ["13800138000"] * 2
