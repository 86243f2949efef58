"""A supergraph's own links: what its directives are called, and what is refused by name."""

import pytest
from c360_federation import Engine, InProcessTransport, SupergraphError, read_supergraph

LINKER = '@link(url: "https://specs.apollo.dev/link/v1.0")'
JOIN = '@link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)'
MACHINERY = """
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
"""


def supergraph(*links, types="type Query @join__type(graph: A) { open: Int }"):
    return f"schema {LINKER} {JOIN} {' '.join(links)} {{ query: Query }}\n{MACHINERY}\n{types}"


def link(name, version="v0.1", more=""):
    return f'@link(url: "https://specs.apollo.dev/{name}/{version}"{more})'


def refused(text):
    with pytest.raises(SupergraphError) as caught:
        Engine(text, InProcessTransport({}))
    return caught.value


QUERY = "type Query @join__type(graph: A) {{ open: Int secret: Int @{} }}"
NAMES = [
    ("inaccessible", ""),
    ("private", ', as: "private"'),
    ("hidden", ', import: [{name: "@inaccessible", as: "@hidden"}]'),
    ("private__inaccessible", ', as: "private"'),
    ("inaccessible", ', import: ["@inaccessible"]'),
]


@pytest.mark.parametrize("local, more", NAMES, ids=range(len(NAMES)))
def test_hidden_is_hidden_under_whatever_name(local, more):
    text = supergraph(
        link("inaccessible", "v0.2", more + ", for: SECURITY"), types=QUERY.format(local)
    )
    assert set(read_supergraph(text).schema.query_type.fields) == {"open"}


def test_another_directive_of_that_name_hides_nothing():
    own = '@link(url: "https://example.com/own/v1.0", import: ["@inaccessible"])'
    renamed = link("inaccessible", "v0.2", ', as: "private", for: SECURITY')
    for more in ([own], [renamed], [renamed, own]):
        text = supergraph(*more, types=QUERY.format("inaccessible"))
        assert set(read_supergraph(text).schema.query_type.fields) == {"open", "secret"}


def test_tags_and_costs_are_read_under_whatever_name():
    text = supergraph(
        link("tag", "v0.3", ', import: [{name: "@tag", as: "@label"}]'),
        link("cost", "v0.1", ', as: "price", import: [{name: "@listSize", as: "@size"}]'),
        types='type Query @join__type(graph: A) { a: [Int] @label(name: "pii") '
        "@price(weight: 7) @size(assumedSize: 3) b: Int @price(weight: 2) "
        "c: [Int] @price__listSize(assumedSize: 4) }",
    )
    found = read_supergraph(text)
    assert found.tags == {"Query.a": {"pii"}}
    assert found.costs.weights == {"Query.a": 7, "Query.b": 2}
    assert {name: one.assumed for name, one in found.costs.sizes.items()} == {
        "Query.a": 3,
        "Query.c": 4,
    }


def test_the_join_specification_itself_may_have_another_prefix():
    text = f"""schema {LINKER}
      @link(url: "https://specs.apollo.dev/join/v0.3", as: "j", for: EXECUTION) {{ query: Query }}
    scalar j__FieldSet
    enum j__Graph {{ A @j__graph(name: "a", url: "") B @j__graph(name: "b", url: "") }}
    type Query @j__type(graph: A) @j__type(graph: B) {{ t: T @j__field(graph: A) }}
    type T @j__type(graph: A, key: "id") @j__type(graph: B, key: "id") {{
      id: ID! x: Int @j__field(graph: B) }}"""
    found = read_supergraph(text)
    assert set(found.types_by_graph["B"]["T"].fields) == {"id", "x"}
    assert not any("__" in name.strip("_") for name in found.schema.type_map)


def test_the_link_directive_itself_may_have_another_name():
    linker = '@uses(url: "https://specs.apollo.dev/link/v1.0", as: "uses")'
    text = f"""schema {linker} @uses(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
      @uses(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "private", for: SECURITY)
      {{ query: Query }} {MACHINERY} {QUERY.format("private")}"""
    assert set(read_supergraph(text).schema.query_type.fields) == {"open"}


@pytest.mark.parametrize(
    "line",
    [
        link("guard", "v0.1", ", for: SECURITY"),
        link("connect", "v0.1", ", for: EXECUTION"),
        '@link(url: "https://example.com/shield/v1.2", for: SECURITY)',
        '@link(url: "https://example.com/shield/v1.2", as: "tag", for: SECURITY)',
        '@link(url: "https://example.com/inaccessible/v0.2", for: SECURITY)',
        link("join", "v9.0", ", for: EXECUTION"),
        link("join", "v0.1", ', as: "old"'),
        link("inaccessible", "v0.9"),
        link("tag", "v7.0"),
        link("link", "v3.0"),
    ],
)
def test_a_feature_that_is_not_understood_is_refused_by_name(line):
    error = refused(supergraph(line))
    url = line.split('"')[1]
    assert error.code == "UNSUPPORTED_FEATURE"
    assert url in str(error)


def test_a_feature_without_a_purpose_may_be_unknown():
    text = supergraph('@link(url: "https://example.com/notes/v1.0", import: ["@note"])')
    assert read_supergraph(text).schema.query_type.fields


def test_a_supergraph_that_links_no_join_specification_is_refused():
    text = "type Query { a: Int }" + MACHINERY
    assert refused(text).code == "UNSUPPORTED_FEATURE"


GUARDED = [
    ("authenticated", "", "@authenticated"),
    ("authenticated", ', as: "login"', "@login"),
    ("authenticated", ', import: [{name: "@authenticated", as: "@signedIn"}]', "@signedIn"),
    ("requiresScopes", "", '@requiresScopes(scopes: [["a"]])'),
    ("requiresScopes", ', as: "scoped"', '@scoped(scopes: [["a"]])'),
    ("policy", "", '@policy(policies: [["a"]])'),
    ("policy", ', as: "rule"', '@rule__policy(policies: [["a"]])'),
    ("context", "", '@context(name: "a")'),
]


@pytest.mark.parametrize("name, more, applied", GUARDED)
@pytest.mark.parametrize("place", ["type", "field", "enum"])
def test_a_guard_that_nothing_here_keeps_is_refused_with_its_place(name, more, applied, place):
    at = {place: applied}
    types = (
        f"type Query @join__type(graph: A) {{ t: T e: E }} "
        f"type T @join__type(graph: A) {at.get('type', '')} {{ x: Int {at.get('field', '')} }} "
        f"enum E @join__type(graph: A) {at.get('enum', '')} {{ V }}"
    )
    error = refused(supergraph(link(name, "v0.1", more + ", for: SECURITY"), types=types))
    assert error.code == "UNSUPPORTED_FEATURE"
    assert f"@{name} on " + {"type": "T", "field": "T.x", "enum": "E"}[place] in str(error)


@pytest.mark.parametrize(
    "argument, named",
    [
        ('graph: A, overrideLabel: "percent(1)"', "percent(1)"),
        ('graph: A, override: "b", overrideLabel: "mine"', "mine"),
        ('graph: A, contextArguments: [{name: "l", type: "String", context: "c", '
         'selection: "{ x }"}]', "Query.x(l:)"),
        ("graph: A, onlyFor: SOME", "onlyFor"),
    ],
)  # fmt: skip
def test_an_argument_that_changes_who_answers_is_refused(argument, named):
    types = f"type Query @join__type(graph: A) {{ x: Int @join__field({argument}) }}"
    for version in ("v0.4", "v0.5"):
        text = supergraph(types=types).replace("join/v0.3", f"join/{version}")
        error = refused(text)
        assert (error.code, named in str(error)) == ("UNSUPPORTED_FEATURE", True)


def test_unknown_join_directives_and_arguments_of_guards_are_refused():
    unknown = "type Query @join__type(graph: A) { x: Int @join__only(graph: A) }"
    assert "@join__only" in str(refused(supergraph(types=unknown)))
    carried = (
        'type Query @join__type(graph: A) { x: Int @join__directive(graphs: [A], name: "source") }'
    )
    assert "source" in str(refused(supergraph(types=carried)))
    narrowed = 'type Query @join__type(graph: A) { y: Int x: Int @inaccessible(to: "web") }'
    assert "@inaccessible(to:)" in str(refused(supergraph(types=narrowed)))


def test_an_argument_that_says_nothing_is_no_reason_to_refuse():
    types = (
        "type Query @join__type(graph: A) "
        "{ x: Int @join__field(graph: A, overrideLabel: null, contextArguments: []) }"
    )
    text = supergraph(types=types).replace("join/v0.3", "join/v0.5")
    assert set(read_supergraph(text).schema.query_type.fields) == {"x"}


TAGGED = 'type Query @join__type(graph: A) {{ open: Int @{}(name: "pii") }}'


@pytest.mark.parametrize("end", ["/", "?a=1", "#a", "/?a=1#b"])
def test_an_address_is_read_as_its_specification_says(end):
    line = f'@link(url: "https://specs.apollo.dev/tag/v0.3{end}", as: "label")'
    found = read_supergraph(supergraph(line, types=TAGGED.format("label")))
    assert found.tags == {"Query.open": {"pii"}}


@pytest.mark.parametrize(
    "url",
    [
        "http://specs.apollo.dev/tag/v0.3",
        "HTTPS://specs.apollo.dev/tag/v0.3",
        "https://Specs.Apollo.dev/tag/v0.3",
        "https://specs.apollo.dev:443/tag/v0.3",
        "https://specs.apollo.dev//tag/v0.3",
        "https://specs.apollo.dev/x/tag/v0.3",
        "https://specs.apollo.dev/tag/V0.3",
        "https://specs.apollo.dev/tag/v0.3.0",
        "specs.apollo.dev/tag/v0.3",
    ],
)
@pytest.mark.parametrize("more", ["", ', as: "label"', ', import: ["@tag"]'])
def test_a_guard_that_is_addressed_wrongly_is_not_passed_over(url, more):
    local = "label" if "label" in more else "tag"
    error = refused(supergraph(f'@link(url: "{url}"{more})', types=TAGGED.format(local)))
    assert url in str(error)


def test_one_import_is_as_good_as_a_list_of_one():
    line = link("inaccessible", "v0.2", ', as: "private", import: "@inaccessible", for: SECURITY')
    text = supergraph(line, types=QUERY.format("inaccessible"))
    assert set(read_supergraph(text).schema.query_type.fields) == {"open"}


@pytest.mark.parametrize(
    "lines",
    [
        [
            link(
                "inaccessible",
                "v0.2",
                ', import: [{name: "@inaccessible", as: "@a"}, {name: "@inaccessible", as: "@b"}]',
            )
        ],
        [link("inaccessible", "v0.2", ', import: ["inaccessible"]')],
        [
            link("inaccessible", "v0.2", ', import: [{name: "@inaccessible", as: "@guard"}]'),
            link("tag", "v0.3", ', import: [{name: "@tag", as: "@guard"}]'),
        ],
    ],
    ids=["two names", "no directive", "two meanings"],
)
def test_imports_that_say_two_things_are_refused(lines):
    error = refused(supergraph(*lines))
    assert error.code == "UNSUPPORTED_FEATURE"
    assert "imports" in str(error)
