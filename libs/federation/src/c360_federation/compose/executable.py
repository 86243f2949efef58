"""Directives of operations: kept when every subgraph knows them, as far as all agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphql import DirectiveDefinitionNode

from c360_federation.compose.descriptions import merged_description
from c360_federation.compose.fields import EnumUses
from c360_federation.compose.inputs import JoinedInput, arguments_of, join_inputs
from c360_federation.compose.printing import described
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Element, InputDef, Subgraph
from c360_federation.compose.type_refs import IsSubtype

_LOCATIONS = frozenset(
    ("QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD",
     "INLINE_FRAGMENT", "VARIABLE_DEFINITION")
)  # fmt: skip
_OURS = frozenset(("skip", "include", "deprecated", "specifiedBy", "defer", "oneOf", "link"))


def joined_directives(
    subgraphs: Sequence[Subgraph], is_subtype: IsSubtype, uses: EnumUses, problems: ProblemList
) -> Iterator[str]:
    """The definitions of the supergraph."""
    names = dict.fromkeys(
        name for one in subgraphs for name, node in one.directives.items() if _is_kept(one, node)
    )
    for name in names:
        found = [(one, one.directives[name]) for one in subgraphs if name in one.directives]
        if len(found) < len(subgraphs):
            message = f"@{name} is left out, because some subgraphs do not define it."
            problems.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE", message, f"@{name}")
        elif locations := _locations(name, [node for _, node in found], problems):
            yield _text(name, found, locations, is_subtype, uses, problems)


def _is_kept(subgraph: Subgraph, node: DirectiveDefinitionNode) -> bool:
    name = node.name.value
    is_ours = name in _OURS or name in subgraph.names.directives
    return not is_ours and any(one.value in _LOCATIONS for one in node.locations)


def _locations(
    name: str, nodes: Sequence[DirectiveDefinitionNode], problems: ProblemList
) -> list[str]:
    locations_by_node = [
        [one.value for one in node.locations if one.value in _LOCATIONS] for node in nodes
    ]
    common = [one for one in locations_by_node[0] if all(one in each for each in locations_by_node)]
    if not common:
        message = f"@{name} is left out, because it stands nowhere in all subgraphs."
        problems.hint("NO_EXECUTABLE_DIRECTIVE_INTERSECTION", message, f"@{name}")
    elif any(set(each) != set(common) for each in locations_by_node):
        message = f"@{name} stands where it does in all subgraphs only: {', '.join(common)}."
        problems.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS", message, f"@{name}")
    return common


def _text(
    name: str,
    found: Sequence[tuple[Subgraph, DirectiveDefinitionNode]],
    locations: Sequence[str],
    is_subtype: IsSubtype,
    uses: EnumUses,
    problems: ProblemList,
) -> str:
    repeatable = {node.repeatable for _, node in found}
    if len(repeatable) > 1:
        message = f"@{name} is not repeatable in some subgraphs, so in none."
        problems.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE", message, f"@{name}")
    declared = [(graph, dict(_arguments(graph, node))) for graph, node in found]
    arguments = join_inputs(arguments_of(f"@{name}"), declared, is_subtype, problems)
    uses.take(arguments)
    elements = [
        Element(name, node.description.value if node.description else None) for _, node in found
    ]
    doc = described(merged_description(elements, problems, f"@{name}"))
    mark = " repeatable" if repeatable == {True} else ""
    return f"{doc}directive @{name}{_arguments_text(arguments)}{mark} on {' | '.join(locations)}"


def _arguments_text(arguments: dict[str, JoinedInput]) -> str:
    return f"({', '.join(one.text for one in arguments.values())})" if arguments else ""


def _arguments(graph: Subgraph, node: DirectiveDefinitionNode) -> Iterator[tuple[str, InputDef]]:
    for one in node.arguments or ():
        marks = [each for each in one.directives or () if graph.names.of(each.name.value)]
        yield (
            one.name.value,
            InputDef(
                one.name.value,
                one.description.value if one.description else None,
                [graph.canonical(each) for each in marks],
                type=one.type,
                default=one.default_value,
            ),
        )
