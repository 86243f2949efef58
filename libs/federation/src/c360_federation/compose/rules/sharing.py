"""`@shareable`: who may answer a field together with others."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import DirectiveNode

from c360_federation.compose.problems import ProblemList
from c360_federation.compose.subgraph import Subgraph, TypeDef


def check_repeats(
    made: TypeDef, found: Iterable[DirectiveNode], subgraph: str, problems: ProblemList
) -> None:
    """It is repeatable only for a type and its extensions."""
    places = {made.name: list(found)}
    places.update({f"{made.name}.{one.name}": one.directives for one in made.fields.values()})
    for coordinate, directives in places.items():
        if sum(one.name.value == "shareable" for one in directives) > 1:
            message = f"{coordinate} in subgraph {subgraph!r} is @shareable twice. Say it once."
            problems.add("INVALID_SHAREABLE_USAGE", message, (subgraph,), coordinate)


def check_shareable_places(subgraph: Subgraph, problems: ProblemList) -> None:
    """Interface fields are answered by nobody, so nobody shares them."""
    for owner in subgraph.types.values():
        for field in owner.fields.values():
            coordinate = f"{owner.name}.{field.name}"
            if owner.kind == "interface" and field.has("shareable"):
                message = (
                    f"{coordinate} in subgraph {subgraph.name!r} is @shareable, but of an "
                    "interface. Mark the fields of its types."
                )
                problems.add("INVALID_SHAREABLE_USAGE", message, (subgraph.name,), coordinate)
            if owner.name == "Subscription" and field.has("shareable"):
                message = f"{coordinate} cannot be shared: a subscription has one source."
                problems.add("INVALID_FIELD_SHARING", message, (subgraph.name,), coordinate)
