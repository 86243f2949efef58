"""Directives that pass into the supergraph: one name for each, and `@composeDirective`."""

from __future__ import annotations

from collections.abc import Sequence

from c360_federation.compose.links import custom_links
from c360_federation.compose.problems import ProblemList
from c360_federation.compose.spec import COMPOSED
from c360_federation.compose.subgraph import Subgraph
from c360_federation.supergraph.links import Link

_CODE = "DIRECTIVE_COMPOSITION_ERROR"


def check_composed_names(subgraphs: Sequence[Subgraph], problems: ProblemList) -> None:
    """A directive that is merged is called the same wherever it is applied."""
    for name in COMPOSED:
        called: dict[str, list[str]] = {}
        for subgraph in subgraphs:
            for local in subgraph.applied_as.get(name, ()):
                called.setdefault(local, []).append(subgraph.name)
        if len(called) > 1:
            uses = ", ".join(
                f"@{local} in {', '.join(map(repr, one))}" for local, one in called.items()
            )
            message = f"@{name} has several names: {uses}. Import it under one."
            graphs = [one for found in called.values() for one in found]
            problems.add("LINK_IMPORT_NAME_MISMATCH", message, graphs)


def check_compose_directive(subgraphs: Sequence[Subgraph], problems: ProblemList) -> None:
    """What `@composeDirective` names must be linked, and be one thing in all subgraphs."""
    composed: dict[str, list[tuple[Subgraph, Link]]] = {}
    for subgraph in subgraphs:
        for arguments in subgraph.schema.applied("composeDirective"):
            link = _linked(subgraph, arguments.get("name"), problems)
            if link is not None:
                composed.setdefault(arguments["name"], []).append((subgraph, link))
    _check_versions(composed, problems)
    _check_same(composed, problems)


def _linked(subgraph: Subgraph, name: object, problems: ProblemList) -> Link | None:
    found: str | None = None
    link: Link | None = None
    if not isinstance(name, str) or not name.startswith("@"):
        found = "names no directive: start the name with '@'"
    elif name[1:] in subgraph.names.directives:
        return _known(subgraph, name, problems)
    elif name[1:] not in subgraph.directives:
        found = f"names {name}, which is not defined"
    else:
        link = next((one for one in custom_links(subgraph.names) if _gives(one, name)), None)
        if link is None:
            found = f"names {name}, which no @link brings"
    if found is not None:
        message = f"@composeDirective in subgraph {subgraph.name!r} {found}."
        problems.add(_CODE, message, (subgraph.name,))
    return link


def _known(subgraph: Subgraph, name: str, problems: ProblemList) -> None:
    """A directive of a known specification: those that pass on do so by themselves."""
    if subgraph.names.directives[name[1:]] not in COMPOSED:
        message = f"@composeDirective in subgraph {subgraph.name!r} names {name} of federation."
        problems.add(_CODE, message, (subgraph.name,))
    else:
        text = f"@composeDirective names {name}, which passes on by itself."
        problems.hint("DIRECTIVE_COMPOSITION_INFO", text)


def _gives(link: Link, name: str) -> bool:
    prefix = name[1:].partition("__")[0]
    return name in link.imports.values() or link.prefix in (name[1:], prefix)


def _check_versions(
    composed: dict[str, list[tuple[Subgraph, Link]]], problems: ProblemList
) -> None:
    majors: dict[str, set[str]] = {}
    for found in composed.values():
        for _, link in found:
            majors.setdefault(link.identity, set()).add(link.version.partition(".")[0])
    for identity, versions in majors.items():
        if len(versions) > 1:
            versions_text = " and ".join(sorted(versions))
            message = (
                f"Directives of {identity} are composed from {versions_text}. Link one of them."
            )
            problems.add(_CODE, message)


def _check_same(composed: dict[str, list[tuple[Subgraph, Link]]], problems: ProblemList) -> None:
    names: dict[tuple[str, str], set[str]] = {}
    for name, found in composed.items():
        origins = {(link.identity, _original(link, name)) for _, link in found}
        for origin in origins:
            names.setdefault(origin, set()).add(name)
        if len(origins) > 1:
            message = f"{name} is composed from several specifications. Rename all but one."
            problems.add(_CODE, message, [one.name for one, _ in found])
    for (identity, original), local in names.items():
        if len(local) > 1:
            names_text = ", ".join(sorted(local))
            message = f"{original} of {identity} is composed under several names: {names_text}."
            problems.add(_CODE, message)


def _original(link: Link, name: str) -> str:
    found = next((one for one, local in link.imports.items() if local == name), None)
    return found or name
