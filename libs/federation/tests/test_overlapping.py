"""Merging of overlapping fields: what graphql-core's pairwise rule says, at linear cost."""

import random
from collections import Counter

import pytest
from c360_federation.operation.limits import fragments_of
from c360_federation.operation.overlapping import TooManyOverlaps, find_overlapping
from c360_federation.operation.repeats import without_repeats
from graphql import (
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    build_schema,
    parse,
    print_ast,
    specified_rules,
    validate,
)

SCHEMA = build_schema("""
  type Query { a: A b: B node: Node both: Both nodes: [Node!] }
  interface Node { id(as: Int, like: Like): ID node: Node nodes: [Node!]!
    name: String nick: String }
  type A implements Node {
    id(as: Int, like: Like): ID node: Node nodes: [Node!]! name: String nick: String
    own: Int a: A b: B list: [Int]
  }
  type B implements Node {
    id(as: Int, like: Like): ID node: Node nodes: [Node!]! name: String nick: String
    own: String a: A b: B list: Int
  }
  union Both = A | B
  input Like { x: Int y: [Int] }
""")
FIELDS = {
    "Query": ("a", "b", "node", "both", "nodes"),
    "Node": ("id", "node", "nodes", "name", "nick"),
    "A": ("id", "node", "nodes", "name", "nick", "own", "a", "b", "list"),
    "B": ("id", "node", "nodes", "name", "nick", "own", "a", "b", "list"),
    "Both": ("__typename",),
}
BELOW = {"a": "A", "b": "B", "node": "Node", "nodes": "Node", "both": "Both"}
ARGUMENTS = (
    "", "", "(as: 1)", "(as: $n)", "(like: {x: 1, y: [2]})", "(like: {y: [2], x: 1})",
    "(like: {x: 1}, as: 1)", "(as: 1, like: {x: 1})",
)  # fmt: skip
ALIASES = ("", "", "x: ", "x: ")
OTHERS = {"Query": (), "Node": ("A", "B"), "A": ("Node",), "B": ("Node",), "Both": ("A", "B")}


def selections(dice, on, depth, fragments=()):
    parts = []
    for _ in range(dice.randint(1, 3)):
        kind = dice.randrange(10)
        if kind == 0 and fragments:
            parts.append(f"...{dice.choice(fragments)}")
        elif kind <= 4 and depth and OTHERS[on]:
            other = dice.choice((on, *OTHERS[on]))
            parts.append(f"... on {other} {{{selections(dice, other, depth - 1, fragments)}}}")
        else:
            parts.append(field(dice, on, depth, fragments))
    return " ".join(parts)


def field(dice, on, depth, fragments):
    name, alias = dice.choice(FIELDS[on]), dice.choice(ALIASES)
    if name == "id":
        return f"{alias}id{dice.choice(ARGUMENTS)}"
    if name not in BELOW:
        return f"{alias}{name}"
    if not depth:
        return f"{alias}__typename"
    return f"{alias}{name} {{{selections(dice, BELOW[name], depth - 1, fragments)}}}"


def random_document(seed):
    """A query that may spread two fragments, the first of which may spread the second."""
    dice = random.Random(seed)
    second = selections(dice, "Node", 1)
    first = selections(dice, "Node", 1, ("G",))
    query = selections(dice, "Node", 2, ("F", "G"))
    text = f"query Q($n: Int) {{node {{{query}}}}}"
    is_first_used = "...F" in query
    text += f" fragment F on Node {{{first}}}" if is_first_used else ""
    is_second_used = "...G" in query or (is_first_used and "...G" in first)
    return parse(text + (f" fragment G on Node {{{second}}}" if is_second_used else ""))


BESIDES = (OverlappingFieldsCanBeMergedRule, NoUnusedVariablesRule)


def ours(document, most=10_000_000):
    roots = [
        (one.selection_set.selections, "Query")
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode)
    ]
    return find_overlapping(SCHEMA, fragments_of(document), roots, most)


def is_refused_by_graphql_core(document):
    return bool(validate(SCHEMA, document, [OverlappingFieldsCanBeMergedRule]))


def test_the_same_is_refused_as_by_comparing_pairs():
    counts = Counter()
    for document in map(random_document, range(1_000)):
        conflict, _ = ours(document)
        is_refused = is_refused_by_graphql_core(document)
        assert (conflict is not None) == is_refused, print_ast(document)
        said_once, _ = ours(without_repeats(document))
        assert (said_once is not None) == is_refused, print_ast(document)
        counts[is_refused] += 1
    assert min(counts[True], counts[False]) > 200


def test_random_documents_are_valid_otherwise():
    rules = [rule for rule in specified_rules if rule not in BESIDES]
    assert not any(validate(SCHEMA, random_document(seed), rules) for seed in range(30))


def test_leaving_out_repeats_keeps_the_first_of_each():
    for seed in range(200):
        text = selections(random.Random(seed), "Query", 3)
        once = without_repeats(parse(f"{{{text}}}"))
        assert without_repeats(once) == once
        assert print_ast(without_repeats(parse(f"{{{text} {text}}}"))) == print_ast(once)


def test_what_carries_a_directive_is_no_repeat():
    text = '{ a { ... @defer(label: "x") { id } ... @defer(label: "x") { id } } }'
    assert print_ast(without_repeats(parse(text))) == print_ast(parse(text))


def nested(depth, text="id"):
    for _ in range(depth):
        text = f"node {{{text}}} node {{{text}}}"
    return f"{{node {{{text}}}}}"


def many(unit, count, before="{node {", after="}}"):
    return before + " ".join(unit.replace("#", str(n)) for n in range(count)) + after


WORST = {
    "equal composites": lambda n: many("node { id }", n),
    "composites with one alias more each": lambda n: many("node { a#: id }", n),
    "leaves": lambda n: many("id", n),
    "type names": lambda n: many("__typename", n),
    "inline fragments": lambda n: many("... on A { id own }", n),
    "inline fragments on several types": lambda n: many("...on A{x#: own}...on B{x#: own}", n),
    "aliases": lambda n: many("a#: node { id }", n),
    "fragments": lambda n: (
        many("...f#", n) + many("fragment f# on Node { id node { id } }", n, "", "")
    ),
    "fragments that meet again": lambda n: (
        "{node { ...f0 }}"
        + "".join(f"fragment f{k} on Node {{id ...f{k + 1} ...f{k + 2}}}" for k in range(n))
        + f"fragment f{n} on Node {{id}} fragment f{n + 1} on Node {{id}}"
    ),
    "one fragment below many": lambda n: (
        many("a#: node { ...f }", n) + "fragment f on Node {" + many("b#: id", n, "", "}")
    ),
}


@pytest.mark.parametrize(
    ("text", "reason", "expected"),
    [
        ("x: name x: nick", "'name' and 'nick' are different fields", ("x: name", "x: nick")),
        (
            "x: name x: name x: nick",
            "'name' and 'nick' are different fields",
            ("x: name", "x: nick"),
        ),
        ("id id(as: 1)", "they have differing arguments", ("id", "id(as: 1)")),
        ("id(as: 2) id(as: 1)", "they have differing arguments", ("id(as: 2)", "id(as: 1)")),
        (
            "... on A { x: own } ... on B { x: own }",
            "they return conflicting types",
            ("x: own", "x: own"),
        ),
    ],
)
def test_a_conflict_is_told_by_its_fields_and_its_reason(text, reason, expected):
    conflict, _ = ours(parse(f"{{ node {{ {text} }} }}"))
    assert tuple(print_ast(one) for one in conflict.nodes) == expected
    assert conflict.nodes[0] is not conflict.nodes[1]
    assert conflict.message == (
        f"Fields '{conflict.key}' conflict because {reason}."
        " Use different aliases on the fields to fetch both if this was intentional."
    )


@pytest.mark.parametrize("shape", WORST, ids=str)
def test_work_grows_with_what_is_written(shape):
    small, large = (ours(parse(WORST[shape](n)))[1] for n in (100, 400))
    assert large <= 4 * small + 10


def test_equal_halves_nested_are_looked_at_once():
    assert ours(parse(nested(8)))[1] < 60


def test_combinations_of_types_are_bounded():
    def trunk(depth, leaf):
        return "node {" * depth + leaf + "}" * depth

    text = "id"
    for level in range(10, 0, -1):
        parts = [f"... on {t} {{{trunk(11 - level, f'x{level}: name')}}}" for t in "AB"]
        text = f"node {{{text}}} {' '.join(parts)}".replace("x", f"x{level}")
    document = parse(f"{{ node {{ {text} }} }}")
    with pytest.raises(TooManyOverlaps):
        ours(document, most=100)
    assert ours(document, most=20_000)[0] is None
