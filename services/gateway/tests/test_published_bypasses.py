"""Published ways around field policies: each is closed, and open again without its guard.

GHSA-x33c-7c2v-mrj9 (polymorphic types), GHSA-mx7m-j9xf-62hw (interfaces by way of fragments),
GHSA-g8jh-vg5j-4h3f (renamed directives), GHSA-m8jr-fxqx-8xx6 (inputs of `@requires`), Hasura
graphql-engine #10711 (nested inherited roles), and the ways by which values of one masked field
were measured to leak.
"""

import logging

from c360_federation.operation import variables
from c360_federation.policy import UseKind
from c360_federation.supergraph import links, read_supergraph
from c360_gateway.policy import tables
from c360_gateway.policy.decisions import TablePolicy
from c360_kernel.subgraph import faults
from c360_policy.reading.parsing import parse_policy
from c360_policy.rule import Policy
from c360_policy.schema import coordinates
from c360_policy.store.shipped import policy_text
from c360_policy.table import compile_table
from graphql import build_schema

from libs.federation.tests.test_supergraph_links import link, supergraph

ANALYST, AGENT = "marketing_analyst", "support_agent"
INPUTS = (UseKind.ARGUMENT, UseKind.INPUT_FIELD, UseKind.ENUM_VALUE)


def undecided(monkeypatch, is_passed_over):
    """Policy as if nobody had thought of some uses."""
    decide = TablePolicy.decide

    def careless(self, use):
        return None if is_passed_over(use) else decide(self, use)

    monkeypatch.setattr(TablePolicy, "decide", careless)


def untagged(monkeypatch, coordinate):
    """A field that nobody classified."""
    compile_known = tables.compile_table

    def careless(policy, roles, purpose, known, *more):
        return compile_known(policy, roles, purpose, {**known, coordinate: frozenset()}, *more)

    monkeypatch.setattr(tables, "compile_table", careless)


def polymorphic_types(monkeypatch):
    undecided(monkeypatch, lambda use: use.coordinate.startswith("Called."))


def requirements(monkeypatch):
    undecided(monkeypatch, lambda use: use.kind is UseKind.REQUIRED)


def inputs(monkeypatch):
    undecided(monkeypatch, lambda use: use.kind in INPUTS)


def same_value_elsewhere(monkeypatch):
    untagged(monkeypatch, "Customer.mainPhone")


def exceptions(monkeypatch):
    def verbatim(error, trace_id):
        return faults.fault(faults.INTERNAL, str(error.original_error), error)

    monkeypatch.setattr(faults, "field_fault", verbatim)


def echoes(monkeypatch):
    known = variables._scalar

    def verbatim(kind):
        read = known(kind)

        def reader(value, uses):
            try:
                return read(value, uses)
            except variables.BadValue:
                raise variables.BadValue(f"{value} is no {kind.name}") from None

        return reader

    monkeypatch.setattr(variables, "_scalar", verbatim)


WRONG = {"n": "13800138000x"}
ANSWERS = [
    (polymorphic_types, ANALYST, '{ customer(id: "c1") { anything { ...on Called { number } } } }'),
    (polymorphic_types, ANALYST, '{ customer(id: "c1") { timeline { ...on Called { number } } } }'),
    (requirements, ANALYST, '{ customer(id: "c1") { label } }'),
    (requirements, AGENT, '{ customer(id: "c1") { label } }'),
    (same_value_elsewhere, ANALYST, '{ customer(id: "c1") { mainPhone } }'),
    (exceptions, ANALYST, '{ customer(id: "c1") { id broken } }'),
    (echoes, ANALYST, "query Q($n: Int) { customers(first: $n) { total } }"),
]


async def test_an_answer_shows_the_value_just_where_its_guard_is_gone(world, monkeypatch):
    logging.disable(logging.CRITICAL)
    try:
        for guard, role, query in ANSWERS:
            guarded = await world.ask(query, role, variables=WRONG)
            with monkeypatch.context() as patched:
                guard(patched)
                world.publish(_another(world))
                unguarded = await world.ask(f"{query} ", role, variables=WRONG)
            world.publish(_another(world))
            assert world.PHONE not in repr(guarded), query
            assert world.PHONE in repr(unguarded), query
    finally:
        logging.disable(logging.NOTSET)


def _another(world):
    """The same policy under another version, for which nothing is prepared."""
    world.versions = getattr(world, "versions", 0) + 1
    text = policy_text(world.settings.policy_directory)
    lines = [one for one in text.splitlines() if not one.startswith("# end")]
    lines.append(f"p, nobody{world.versions}, Query.me, read, , allow, *, , , v{world.versions}")
    return "\n".join((*lines, ""))


TRIED = [
    (AGENT, '{ customers(filter: {phone: {startsWith: "138"}}) { total } }', "total"),
    (ANALYST, '{ customers(filter: {phone: {eq: "13800138000"}}) { total } }', "total"),
    (AGENT, "{ customers(orderBy: {field: PHONE}) { total } }", "total"),
    (ANALYST, '{ customerByIdentifier(type: PHONE, value: "13800138000") { id } }', "c1"),
]


async def test_a_value_is_found_by_trying_just_where_its_guard_is_gone(world, monkeypatch):
    guarded = [(await world.ask(query, role))["data"] for role, query, _ in TRIED]
    inputs(monkeypatch)
    world.publish(_another(world))
    unguarded = [(await world.ask(f"{query} ", role))["data"] for role, query, _ in TRIED]
    entries = [one for _, _, one in TRIED]
    assert not any(one in repr(data) for one, data in zip(entries, guarded, strict=True))
    assert all(one in repr(data) for one, data in zip(entries, unguarded, strict=True))


async def test_a_schema_is_shown_just_where_its_guard_is_gone(world, monkeypatch):
    query = '{ __type(name: "Profile") { fields { name } } }'
    assert "phone" not in repr(await world.ask(query, ANALYST))
    monkeypatch.setattr(TablePolicy, "introspection", lambda self, schema: schema)
    assert "phone" in repr(await world.ask(f"{query} ", ANALYST))


INTERFACES = build_schema("""
interface Event { note: String }
type Called implements Event { note: String }
type Query { events: [Event] }
""")
READS_ALL = parse_policy("p, a, *, read, , allow, *, , , r\n")


def read_of(coordinate, known, policy=READS_ALL, roles=("a",), interfaces=None):
    return compile_table(policy, roles, "", known, 0, interfaces or {}).read(coordinate).action


def test_a_tag_on_an_interface_holds_in_fragments_just_while_it_is_inherited(monkeypatch):
    tags = {"Event.note": frozenset({"secret"})}
    assert read_of("Called.note", coordinates.coordinates_of(INTERFACES, tags)) == "deny"
    monkeypatch.setattr(coordinates, "_inherited", lambda *_: frozenset())
    assert read_of("Called.note", coordinates.coordinates_of(INTERFACES, tags)) == "allow"


def test_a_deny_on_an_interface_holds_in_its_types_just_while_they_are_known():
    policy = parse_policy(
        "p, a, *, read, , allow, *, , , r\np, a, Event.note, read, , deny, *, , , d\n"
    )
    known = coordinates.coordinates_of(INTERFACES, {})
    implemented = coordinates.interfaces_of(INTERFACES)
    assert read_of("Called.note", known, policy, interfaces=implemented) == "deny"
    assert read_of("Called.note", known, policy) == "allow"


RENAMED = supergraph(
    link("tag", "v0.3", ', import: [{name: "@tag", as: "@label"}]'),
    types='type Query @join__type(graph: A) { a: [Int] @label(name: "pii") }',
)


def test_a_tag_is_read_under_another_name_just_while_links_are_followed(monkeypatch):
    assert read_supergraph(RENAMED).tags == {"Query.a": {"pii"}}
    monkeypatch.setattr(links.Link, "directive", lambda self, name: name)
    try:
        tags = read_supergraph(RENAMED).tags
    except Exception:
        tags = {}
    assert not tags


def test_what_is_denied_several_roles_away_is_denied_just_while_all_are_followed(monkeypatch):
    policy = parse_policy(
        "p, a, tag:phone, read, , allow, *, , , r\n"
        "p, c, tag:phone, read, , deny, *, , , d\n"
        "g, a, b\ng, b, c\n"
    )
    known = {"Profile.phone": frozenset({"phone"})}
    assert read_of("Profile.phone", known, policy) == "deny"

    def one_step(self, roles):
        return frozenset(roles).union(*(self.inherits.get(one, ()) for one in roles))

    monkeypatch.setattr(Policy, "closure", one_step)
    assert read_of("Profile.phone", known, policy) == "allow"
