"""What differs between subgraphs and composes all the same."""

from __future__ import annotations

from collections.abc import Sequence

from c360_federation.compose.links import is_known
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.spec import MINIMUM_VERSION
from c360_federation.compose.subgraph import ROOTS, Subgraph, TypeDef

Declared = Sequence[tuple[Subgraph, TypeDef]]


def hint_at_versions(subgraph: Subgraph, problems: ProblemList) -> None:
    """A specification that is linked by itself and is newer than the federation linked."""
    for link in subgraph.names.links:
        newest = MINIMUM_VERSION.get(link.name, 0)
        if not subgraph.is_federation_1 and is_known(link) and newest > subgraph.minor:
            message = f"{link.url} in subgraph {subgraph.name!r} is of federation v2.{newest}."
            problems.hint("IMPLICITLY_UPGRADED_FEDERATION_VERSION", message)


def hint_at_type(name: str, kind: str, declared: Declared, problems: ProblemList) -> None:
    """A type that is not the same in all the subgraphs that declare it."""
    if kind == "union":
        _members(name, declared, problems)
    if kind not in ("object", "interface"):
        return
    keyed = [bool(one.keys) for _, one in declared]
    if kind == "object" and any(keyed) and not all(keyed):
        message = f"{name} is an entity in some subgraphs only."
        problems.hint("INCONSISTENT_ENTITY", message, name)
    if not any(keyed) and name not in ROOTS.values():
        is_object = kind == "object"
        code = (
            "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD"
            if is_object
            else "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD"
        )
        for field in dict.fromkeys(each for _, one in declared for each in one.fields):
            if any(field not in one.fields and _answers(one) for _, one in declared):
                message = f"{name}.{field} is missing in some subgraphs that have {name}."
                problems.hint(code, message, f"{name}.{field}")


def _answers(declared: TypeDef) -> bool:
    return not all(one.external for one in declared.fields.values())


def _members(name: str, declared: Declared, problems: ProblemList) -> None:
    for member in dict.fromkeys(each for _, one in declared for each in one.members):
        if any(member not in one.members for _, one in declared):
            message = f"{member} is a member of {name} in some subgraphs only."
            problems.hint("INCONSISTENT_UNION_MEMBER", message, name)


def hint_at_enum_value(
    coordinate: str, lacking: Sequence[str], problems: ProblemList, *, is_input: bool
) -> None:
    """A value that some subgraphs do not know."""
    code = (
        "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM"
        if is_input
        else "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"
    )
    message = f"{coordinate} is unknown to {', '.join(map(repr, lacking))}."
    problems.hint(code, message, coordinate)
