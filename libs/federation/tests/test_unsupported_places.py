"""What is refused by name is refused wherever it stands, and what only readers use is not."""

import pytest
from c360_federation import SupergraphError
from c360_federation.supergraph.refusals import refuse_unsupported
from graphql import parse

QUERY = "type Query { a: Int }"


@pytest.mark.parametrize(
    ("sdl", "expected"),
    [
        ("schema @join__directive(name: \"foo\") { query: Query }", "'foo'.* on the schema"),
        ("schema { query: Query } extend schema @policy(policies: [])", "@policy on the schema"),
        ("type T @join__directive(name: \"foo\") { a: Int }", "'foo'.* on T"),
        ("type T { a: Int @join__directive(graphs: [A]) }", r"None.* on T\.a"),
        ("type T { a: Int @join__field(contextArguments: [\"x\"]) }", r"@fromContext of T\.a\(x:"),
        ("type T { a: Int @join__field(contextArguments: [{name: \"x\"}]) }", r"T\.a\(x:"),
    ],
)  # fmt: skip
def test_it_is_refused_wherever_it_stands(sdl, expected):
    with pytest.raises(SupergraphError, match=expected):
        refuse_unsupported(parse(f"{QUERY} {sdl}"))


@pytest.mark.parametrize("name", ["link", "cacheTag", "federation__cacheTag"])
def test_what_changes_no_answer_is_passed_over(name):
    refuse_unsupported(parse(f'{QUERY} type T @join__directive(name: "{name}") {{ a: Int }}'))
