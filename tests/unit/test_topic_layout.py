"""A topic is known by name to its registry, to who writes it and to who reads it: to nobody else.

A new topic is then one row in the registry, beside files of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from c360_kernel.log import topics

ROOT = Path(__file__).parents[2]
KERNEL = ROOT / "libs/kernel/src/c360_kernel"
PAYLOADS = {topic.payload.__name__ for topic in topics.REGISTRY}
NAMES = {name for name in vars(topics) if getattr(topics, name) in topics.TOPICS}
# Where a payload is defined, written as a message and listed.
HOMES = ("payload.py", "messages/", "log/topics.py", "testing/")
# What the kernel itself writes and reads: what no handler took, and time.
OWN = {"EntryDeadLettered", "DEAD_LETTERS", "TICKS"}
# What sources say is compared by rules that are the kernel's own; whatever part of an instance does
# something puts it on record by one writer.
SHARED = {
    "revisions.py": {"RecordUpserted"},
    "accounts/links.py": {"AccountLinked"},
    "accounts/said.py": {"AccountUpserted"},
    "audit_writer.py": {"AUDIT", "OperationAudited"},
}


def sources(*roots: Path) -> Iterator[tuple[Path, ast.Module]]:
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            yield path, ast.parse(path.read_text())


def classes(tree: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)} & PAYLOADS


def cases(tree: ast.Module) -> set[str]:
    """Payloads that a `match` tells apart, and those that a table has as its keys."""
    matched = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.MatchClass)
        for name in classes(node.cls)
    }
    keys = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Name)
        for name in classes(key)
    }
    return matched | keys


def imported(tree: ast.Module) -> set[str]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {
        alias.name
        for node in nodes
        if node.module in {"c360_kernel.payload", "c360_kernel.log.topics"}
        for alias in node.names
    } & (PAYLOADS | NAMES)


def test_the_kernel_names_no_topic_outside_the_registry() -> None:
    found = {
        str(path.relative_to(KERNEL)): names
        for path, tree in sources(KERNEL)
        if not str(path.relative_to(KERNEL)).startswith(HOMES) and (names := imported(tree) - OWN)
    }
    assert found == SHARED


def test_nobody_tells_topics_apart_by_their_payloads() -> None:
    roots = [*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src"), ROOT / "src"]
    found = {
        str(path.relative_to(ROOT)): names
        for path, tree in sources(*roots)
        if (names := cases(tree))
    }
    assert found == {}


def test_both_would_be_seen() -> None:
    payload = ast.parse("match one:\n    case RecordAssigned(): pass\ntable = {ProfileChanged: 1}")
    assert cases(payload) == {"RecordAssigned", "ProfileChanged"}
    assert imported(ast.parse("from c360_kernel.log.topics import MEMBERSHIPS, TOPICS")) == {
        "MEMBERSHIPS"
    }
